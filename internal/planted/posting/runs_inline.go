package posting

import "reactortest/internal/planted/loop"

// RunsInline calls a function that is posted while a timer runs at once: inside
// that timer, or in the thread that posts. It is the shortcut "the loop is
// running already", taken without asking in which thread.
//
// Seen in libevent's IOCP backend, which called back outside of the loop (commit
// 908e710d), and in uvloop, whose call_soon_threadsafe touched the loop from a
// foreign thread (commit 4b803b1).
func RunsInline(l *loop.Loop) {
	post := l.Parts.Post
	l.Parts.Post = func(fn func()) error {
		if l.Phase.Load() == loop.InTimers {
			l.Host.Yield("post")
			fn()
			return nil
		}
		return post(fn)
	}
}
