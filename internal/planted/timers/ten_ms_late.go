package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// TenMillisecondsLate sets every timer for 10 ms more than it was asked for, and
// declares no grain.
//
// Seen in evio, which hid a lost wake-up behind a poll timeout of 100 ms: what
// should have happened at once happened late by just that much.
func TenMillisecondsLate(l *loop.Loop) {
	deadline := l.Parts.Deadline
	l.Parts.Deadline = func(d time.Duration) time.Duration {
		return deadline(min(d, 1<<62)) + 10*time.Millisecond
	}
}
