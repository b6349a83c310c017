package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// TableModulo64 keys its table by the handle modulo 64. Of two open handles that
// share a place, only the one that came last is served.
//
// Seen in libev's Windows backend, which kept its state by a descriptor number
// that another handle had taken (fixed in 4.04).
func TableModulo64(l *loop.Loop) {
	l.Parts.Table = &modulo{}
}

type modulo struct {
	places [64]*loop.Watch
	opened uint32
}

func (t *modulo) Add(w *loop.Watch) {
	t.opened++
	w.Token = demux.Token(t.opened)<<32 | demux.Token(w.Handle%64)
	t.places[w.Handle%64] = w
}

func (t *modulo) Remove(w *loop.Watch) { t.places[w.Handle%64] = nil }

func (t *modulo) Get(tok demux.Token) *loop.Watch {
	if w := t.places[uint32(tok)]; w != nil && w.Token == tok {
		return w
	}
	return nil
}

func (t *modulo) All() []*loop.Watch { return t.places[:] }
