package timers

import "reactortest/internal/planted/loop"

// StopRemovesAnother removes the first timer of the queue when a timer that has
// run already is stopped.
//
// Seen in gaio, which removed a timeout from its heap by an index twice and so
// removed that of another request.
func StopRemovesAnother(l *loop.Loop) {
	stopTimer := l.Parts.StopTimer
	l.Parts.StopTimer = func(t *loop.Timer) bool {
		if next := l.Parts.Timers.Next(); !t.Pending && next != nil {
			l.Parts.Timers.Remove(next)
		}
		return stopTimer(t)
	}
}
