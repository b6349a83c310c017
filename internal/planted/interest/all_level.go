package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// AllLevel registers every watch in level mode, whatever mode was asked for.
//
// Seen in libevent, which dropped the edge flag when it computed the interest of
// a descriptor anew (commits b77d3e78 and a1293bd2).
func AllLevel(l *loop.Loop) {
	l.Parts.Demux = &level{l.Parts.Demux}
}

type level struct{ demux.Demux }

func (d *level) Register(h demux.Handle, tok demux.Token, want demux.Ready, _ demux.Mode) error {
	return d.Demux.Register(h, tok, want, demux.Level)
}

func (d *level) Modify(h demux.Handle, tok demux.Token, want demux.Ready, _ demux.Mode) error {
	return d.Demux.Modify(h, tok, want, demux.Level)
}
