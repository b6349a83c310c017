package waiting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// TicksEach10ms never waits for longer than 10 ms. That costs 100 wakes a
// second and breaks no rule: it must not be reported.
//
// Seen in no report, since it breaks nothing: loops with a periodic job tick.
func TicksEach10ms(l *loop.Loop) {
	wait := l.Parts.Wait
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		if timeout < 0 || timeout > 10*time.Millisecond {
			timeout = 10 * time.Millisecond
		}
		return wait(timeout)
	}
}
