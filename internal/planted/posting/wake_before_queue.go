package posting

import "reactortest/internal/planted/loop"

// WakeBeforeQueue wakes the loop and then queues the function, with nothing in
// between at which a schedule could switch but Wake itself. The loop may sleep
// again before the function is there.
//
// Seen in libkqueue, which signaled before it queued (commit 10a942b).
func WakeBeforeQueue(l *loop.Loop) {
	l.Parts.Post = func(fn func()) error {
		l.Host.Yield("post")
		if err := loop.IgnoreClosed(l.Parts.Demux.Wake()); err != nil {
			return err
		}
		return l.Parts.Push(fn)
	}
}
