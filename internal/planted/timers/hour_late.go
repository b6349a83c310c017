package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// HourLate sets every timer for an hour more than it was asked for.
//
// Seen in Redis, whose timers followed the wall clock: after the clock was set
// back by an hour, they stalled for an hour (commit b7b2a1cc5).
func HourLate(l *loop.Loop) {
	deadline := l.Parts.Deadline
	l.Parts.Deadline = func(d time.Duration) time.Duration {
		return deadline(min(d, 1<<62)) + time.Hour
	}
}
