package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// RearmSkipped optimizes away a Modify that changes nothing. A oneshot watch is
// never armed again, and an edge is not reported anew.
//
// Seen in nbio, which does not arm a oneshot descriptor again after a write
// that ended in EAGAIN, and in mio's Windows backend (mio #1895).
func RearmSkipped(l *loop.Loop) {
	modify := l.Parts.Modify
	l.Parts.Modify = func(w *loop.Watch, want demux.Ready, mode demux.Mode) error {
		if want == w.Want && mode == w.Mode {
			return nil
		}
		return modify(w, want, mode)
	}
}
