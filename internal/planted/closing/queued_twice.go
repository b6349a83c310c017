package closing

import "reactortest/internal/planted/loop"

// QueuedTwice queues a watch for its close callback before it looks whether the
// watch is closed already. When two parties close it, the callback runs twice.
//
// Seen in gaio, which removed a timeout from its heap in two places and so hit
// another request the second time.
func QueuedTwice(l *loop.Loop) {
	closeWatch := l.Parts.CloseWatch
	l.Parts.CloseWatch = func(w *loop.Watch, onClose func()) error {
		if w.Closed {
			l.Closing = append(l.Closing, w)
		}
		return closeWatch(w, onClose)
	}
}
