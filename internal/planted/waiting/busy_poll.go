package waiting

import (
	"slices"
	"time"

	"reactortest/internal/planted/loop"
)

// BusyPoll counts a watch that wants nothing as work at hand. While one is
// paused, the loop polls instead of blocking.
//
// Seen in a similar form in libuv, where a pipe that nobody read from kept its
// registration and used a whole processor (libuv #2162).
func BusyPoll(l *loop.Loop) {
	timeout := l.Parts.Timeout
	l.Parts.Timeout = func(limit time.Duration) time.Duration {
		paused := func(w *loop.Watch) bool { return w != nil && w.Want == 0 }
		if slices.ContainsFunc(l.Parts.Table.All(), paused) {
			return 0
		}
		return timeout(limit)
	}
}
