package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// RoundedDown rounds the deadlines of long timers to a coarse tick, so that
// they run together, and rounds them down: they run early.
//
// Seen in Seastar, whose comparison of deadlines was off by one tick (commit
// 3957b7bde).
func RoundedDown(l *loop.Loop) {
	const long = 4 * time.Millisecond
	deadline := l.Parts.Deadline
	l.Parts.Deadline = func(d time.Duration) time.Duration {
		if d > long {
			return deadline(d).Truncate(long)
		}
		return deadline(d)
	}
}
