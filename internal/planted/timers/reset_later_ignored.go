package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// ResetLaterIgnored keeps the old deadline of a timer that is reset to a later
// one: the timer is early.
//
// Seen in a similar form in nbio, whose Reset took a moment that had passed for
// the delay, so that the timer ran at once.
func ResetLaterIgnored(l *loop.Loop) {
	resetTimer := l.Parts.ResetTimer
	l.Parts.ResetTimer = func(t *loop.Timer, d time.Duration) bool {
		if t.Pending && l.Parts.Deadline(d) > t.At {
			return true
		}
		return resetTimer(t, d)
	}
}
