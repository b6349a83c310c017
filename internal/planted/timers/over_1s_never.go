package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// Over1sNever takes a delay of more than one second for "never".
//
// Seen in mio, where a conversion made a long timeout infinite, though only for
// more than 24.8 days (mio #1948).
func Over1sNever(l *loop.Loop) {
	setTimer := l.Parts.SetTimer
	l.Parts.SetTimer = func(t *loop.Timer, d time.Duration) {
		if setTimer(t, d); d > time.Second {
			l.Parts.Timers.Remove(t)
		}
	}
}
