package posting

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// WakesUnderLock holds the lock of the queue during Wake. That is slow but
// correct, because Wake never blocks: it must not be reported.
//
// Seen in no report, since it breaks nothing.
func WakesUnderLock(l *loop.Loop) {
	l.Parts.Post = func(fn func()) error {
		l.Host.Yield("post")
		l.Mu.Lock()
		defer l.Mu.Unlock()
		if l.Closed.Load() {
			return demux.ErrClosed
		}
		l.Posted = append(l.Posted, fn)
		if l.Waking.Swap(true) {
			return nil
		}
		return loop.IgnoreClosed(l.Parts.Demux.Wake())
	}
}
