package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// DropsWritable has a Modify that takes Writable off if the watch did not want
// it before. Output that was queued later is never sent.
//
// Seen in gaio, which armed only the side that had fired (fixed in v1.2.18), and
// in Netty, whose kqueue transport enabled the write filter when there was
// nothing to write (netty #11128).
func DropsWritable(l *loop.Loop) {
	modify := l.Parts.Modify
	l.Parts.Modify = func(w *loop.Watch, want demux.Ready, mode demux.Mode) error {
		if w.Want&demux.Writable == 0 {
			want &^= demux.Writable
		}
		return modify(w, want, mode)
	}
}
