package posting

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// AfterClose accepts a Post until Run has returned. A function that is posted
// after Close has returned is accepted and does not run.
//
// Seen in gnet, whose AsyncWrite returns nil after the engine has stopped and
// never calls back.
func AfterClose(l *loop.Loop) {
	l.Parts.Push = func(fn func()) error {
		l.Mu.Lock()
		defer l.Mu.Unlock()
		if l.Phase.Load() == loop.Stopped {
			return demux.ErrClosed
		}
		l.Posted = append(l.Posted, fn)
		return nil
	}
}
