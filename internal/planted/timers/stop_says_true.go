package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// StopSaysTrue reports that it has stopped a timer that is due within a
// millisecond, and leaves it in the queue: it runs all the same.
//
// Seen in libevent, whose event_del could return while the callback still ran
// (libevent #236).
func StopSaysTrue(l *loop.Loop) {
	stopTimer := l.Parts.StopTimer
	l.Parts.StopTimer = func(t *loop.Timer) bool {
		if t.Pending && t.At <= l.Host.Now()+time.Millisecond {
			return true // it is as good as stopped
		}
		return stopTimer(t)
	}
}
