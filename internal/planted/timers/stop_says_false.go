package timers

import "reactortest/internal/planted/loop"

// StopSaysFalse stops a timer and reports that it was too late. The caller
// waits for a call that never comes.
//
// Seen in this form nowhere. gnet is close: it accepted writes and dropped their
// callbacks when the connection closed in the meantime (gnet #465).
func StopSaysFalse(l *loop.Loop) {
	stopTimer := l.Parts.StopTimer
	l.Parts.StopTimer = func(t *loop.Timer) bool {
		stopTimer(t)
		return false
	}
}
