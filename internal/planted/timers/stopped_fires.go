package timers

import "reactortest/internal/planted/loop"

// StoppedFires collects the timers that are due before it calls the first one.
// A timer that another one stops in the meantime runs all the same.
//
// Seen in a similar form in libuv, where a callback that closed another element
// of such a snapshot crashed the loop (commit 46343764d).
func StoppedFires(l *loop.Loop) {
	l.Parts.RunTimers = func() (n int) {
		now, last := l.Host.Now(), l.Serial
		var due []*loop.Timer
		for !l.Closed.Load() {
			t := l.Parts.Timers.Due(now, last)
			if t == nil {
				break
			}
			due = append(due, t)
		}
		for _, t := range due {
			n++
			l.Parts.Fire(t)
		}
		return n
	}
}
