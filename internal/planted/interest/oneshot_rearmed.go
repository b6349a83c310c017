package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// OneshotRearmed arms a oneshot watch again after its handler has run. The
// handler is called again without a Modify.
//
// Seen in wepoll, whose emulation of oneshot differed from epoll's (commits
// e55a761 and 153bc11), and in nbio, where one readable event of a oneshot
// descriptor started two readers.
func OneshotRearmed(l *loop.Loop) {
	call := l.Parts.Call
	l.Parts.Call = func(w *loop.Watch, ev demux.Event) {
		call(w, ev)
		if w.Mode&demux.Oneshot != 0 && !w.Closed {
			_ = l.Parts.Demux.Modify(w.Handle, w.Token, w.Want, w.Mode)
		}
	}
}
