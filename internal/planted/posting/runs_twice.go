package posting

import "reactortest/internal/planted/loop"

// RunsTwice clears the queue after it has run, and only if nothing came in the
// meantime. A function that posts another makes all of them run again.
//
// Seen in this form nowhere. nbio's executor had the opposite fault: it cleared
// its list after it had run, and lost what had come in between.
func RunsTwice(l *loop.Loop) {
	l.Parts.RunPosted = func() (n int) {
		l.Parts.Waker.Clear()
		l.Mu.Lock()
		fns := l.Posted
		l.Mu.Unlock()
		for _, fn := range fns {
			if !l.Closed.Load() {
				n++
				fn()
			}
		}
		l.Mu.Lock()
		defer l.Mu.Unlock()
		if len(l.Posted) == len(fns) { // nothing has come meanwhile
			l.Posted = nil
		}
		return n
	}
}
