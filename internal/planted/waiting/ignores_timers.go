package waiting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// IgnoresTimers does not look at the timers when it decides how long to wait.
// They run when something else ends the wait.
//
// Seen in libuv, whose decision to sleep overlooked an idle handle that had
// stopped itself (libuv #3590).
func IgnoresTimers(l *loop.Loop) {
	l.Parts.Timeout = func(limit time.Duration) time.Duration {
		if len(l.Closing) > 0 || l.Ends && !l.Parts.Alive() {
			return 0
		}
		return limit
	}
}
