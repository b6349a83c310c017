package timers

import "reactortest/internal/planted/loop"

// CountedTwice marks a timer as run only after its function has returned. A
// timer that stops itself is counted down twice: RunWhileAlive ends while
// another timer is pending.
//
// Seen in goja_nodejs, where clearTimeout in the timer's own callback did that
// (fixed in February 2024).
func CountedTwice(l *loop.Loop) {
	l.Parts.Fire = func(t *loop.Timer) {
		l.Work--
		t.Fn()
		t.Pending = false
	}
}
