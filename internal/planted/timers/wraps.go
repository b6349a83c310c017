package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// Wraps counts the milliseconds of its sleep in 32 bits. A timer that is at
// least 2^31 ms away, which is 24.8 days, gives a negative timeout: the loop
// sleeps forever.
//
// Seen in mio (mio #1948) and, with microseconds, in Redis (redis #12474).
func Wraps(l *loop.Loop) {
	timeout := l.Parts.Timeout
	l.Parts.Timeout = func(limit time.Duration) time.Duration {
		asked := timeout(limit)
		if asked <= 0 {
			return asked
		}
		ms := int32((asked-1)/time.Millisecond + 1)
		return time.Duration(ms) * time.Millisecond
	}
}
