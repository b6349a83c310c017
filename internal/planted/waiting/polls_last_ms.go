package waiting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// PollsLastMillisecond sleeps for whole milliseconds, rounded down, and polls through
// the rest of the time to a deadline. A timer is pending all the while.
//
// Seen in no report, since it breaks nothing: loops that need exact timers spin.
func PollsLastMillisecond(l *loop.Loop) {
	timeout := l.Parts.Timeout
	l.Parts.Timeout = func(limit time.Duration) time.Duration {
		if left := timeout(limit); left > 0 {
			return left.Truncate(time.Millisecond)
		}
		return timeout(limit)
	}
}
