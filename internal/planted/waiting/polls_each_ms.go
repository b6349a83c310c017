package waiting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// PollsEachMillisecond never waits for longer than 1 ms, with nothing to do and
// no timer pending.
//
// Seen in evio, which hid a lost wake-up behind a poll timeout, though one of
// 100 ms, and burned a processor after its first Wake.
func PollsEachMillisecond(l *loop.Loop) {
	wait := l.Parts.Wait
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		if timeout < 0 || timeout > time.Millisecond {
			timeout = time.Millisecond
		}
		return wait(timeout)
	}
}
