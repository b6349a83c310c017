package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// Over5msNever takes a delay of more than 5 ms for "never".
//
// Seen in mio, where a conversion made a long timeout infinite, though only for
// more than 24.8 days (mio #1948).
func Over5msNever(l *loop.Loop) {
	setTimer := l.Parts.SetTimer
	l.Parts.SetTimer = func(t *loop.Timer, d time.Duration) {
		if setTimer(t, d); d > 5*time.Millisecond {
			l.Parts.Timers.Remove(t)
		}
	}
}
