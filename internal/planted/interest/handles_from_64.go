package interest

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// HandlesFrom64 does not register handles of 64 and above, and says that it has
// done so: they have no place in its table.
//
// Seen in nbio, whose table was indexed by descriptor and had no place for large
// ones, though it panicked.
func HandlesFrom64(l *loop.Loop) {
	l.Parts.Demux = &small{l.Parts.Demux}
}

type small struct{ demux.Demux }

func (d *small) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if h >= 64 {
		return nil
	}
	return d.Demux.Register(h, tok, want, mode)
}

func (d *small) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if h >= 64 {
		return nil
	}
	return d.Demux.Modify(h, tok, want, mode)
}

func (d *small) Deregister(h demux.Handle) error {
	if h >= 64 {
		return nil
	}
	return d.Demux.Deregister(h)
}
