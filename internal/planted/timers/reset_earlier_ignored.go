package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// ResetEarlierIgnored keeps the old deadline of a timer that is reset to an
// earlier one: the timer is late.
//
// Seen in gaio, which did not arm its timer again for an earlier deadline (fixed
// in v1.2.34).
func ResetEarlierIgnored(l *loop.Loop) {
	resetTimer := l.Parts.ResetTimer
	l.Parts.ResetTimer = func(t *loop.Timer, d time.Duration) bool {
		if t.Pending && l.Parts.Deadline(d) < t.At {
			return true
		}
		return resetTimer(t, d)
	}
}
