package waiting

import (
	"time"

	"reactortest/internal/planted/loop"
)

// RestartsTimeout waits again for the full timeout when a Wait ended early for
// no reason, as it does after a signal. The timers are late by the time that
// had passed.
//
// Seen in mio's Windows backend, where completions without events restarted the
// whole timeout (mio #1106).
func RestartsTimeout(l *loop.Loop) {
	wait := l.Parts.Wait
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		for {
			end := l.Host.Now() + timeout
			n, err := wait(timeout)
			if n > 0 || err != nil || timeout <= 0 || l.Host.Now() >= end || l.Waking.Load() {
				return n, err
			}
		}
	}
}
