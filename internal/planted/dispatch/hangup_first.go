package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// HangupFirst reports a hang-up to the writing side first. A watch that also
// wants to write gets the hang-up without the data that came with it, and takes
// the data for lost. It shows when a peer writes and closes at once.
//
// Seen in nbio, which handled EPOLLRDHUP before EPOLLIN (fixed in v1.3.19), and
// in netpoll (#128).
func HangupFirst(l *loop.Loop) {
	filter := l.Parts.Filter
	l.Parts.Filter = func(w *loop.Watch, ready demux.Ready) demux.Ready {
		ready = filter(w, ready)
		if ready&demux.Hangup != 0 && w.Want&demux.Writable != 0 {
			ready &^= demux.Readable // the writer is to know first
		}
		return ready
	}
}
