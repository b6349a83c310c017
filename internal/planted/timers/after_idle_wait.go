package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// AfterIdleWait takes a Wait that returned nothing for one that timed out, and
// runs the first timer. It shows when a late Wake, whose function has run
// already, ends the Wait.
//
// Seen in libkqueue, which reported a wake-up as a timeout of a wait (commit
// 6feb33f).
func AfterIdleWait(l *loop.Loop) {
	wait := l.Parts.Wait
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		t := l.Parts.Timers.Next()
		untilTimer := t != nil && timeout > 0 && t.At-l.Host.Now() <= timeout && l.Called == 0
		n, err := wait(timeout)
		if untilTimer && n == 0 && l.Parts.Timers.Next() == t && !l.Waking.Load() {
			t.At = 0 // Wait has timed out
		}
		return n, err
	}
}
