package timers

import "reactortest/internal/planted/loop"

// FiresTwice calls the function of each timer twice.
//
// Seen in libuv, which ran timers before and after the poll of one iteration
// (libuv #3686).
func FiresTwice(l *loop.Loop) {
	fire := l.Parts.Fire
	l.Parts.Fire = func(t *loop.Timer) {
		fire(t)
		if !l.Closed.Load() {
			t.Fn()
		}
	}
}
