package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// KeepsMode lets Modify change the interest and not the mode: the watch stays in
// the mode in which it was made.
//
// Seen in a similar form in libevent, where a change of one event on a
// descriptor changed the mode of the others (commit b77d3e78).
func KeepsMode(l *loop.Loop) {
	modify := l.Parts.Modify
	l.Parts.Modify = func(w *loop.Watch, want demux.Ready, _ demux.Mode) error {
		return modify(w, want, w.Mode)
	}
}
