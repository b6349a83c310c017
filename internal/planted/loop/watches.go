package loop

import (
	"slices"

	"reactortest/demux"
)

// Slots is a Table. The low half of a token is the index of the watch, the high
// half is its generation.
type Slots struct {
	List   []*Watch // nil is free
	opened uint32   // how many watches there have been
}

// Add puts w in the first free slot.
func (s *Slots) Add(w *Watch) {
	i := slices.Index(s.List, nil)
	if i < 0 {
		i = len(s.List)
		s.List = append(s.List, nil)
	}
	s.opened++
	w.Token = demux.Token(s.opened)<<32 | demux.Token(i)
	s.List[i] = w
}

// Remove frees the slot of w.
func (s *Slots) Remove(w *Watch) { s.List[uint32(w.Token)] = nil }

// Get returns the open watch with this token, nil if there is none.
func (s *Slots) Get(tok demux.Token) *Watch {
	if i := uint64(uint32(tok)); i < uint64(len(s.List)) && s.List[i] != nil && s.List[i].Token == tok {
		return s.List[i]
	}
	return nil // it was closed after Wait returned
}

// All returns the slots.
func (s *Slots) All() []*Watch { return s.List }

func (l *Loop) register(w *Watch) error {
	return l.Parts.Demux.Register(w.Handle, w.Token, w.Want, w.Mode)
}

func (l *Loop) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.Parts.Demux.Modify(w.Handle, w.Token, want, mode); err != nil {
		return err
	}
	w.Want, w.Mode = want, mode
	return nil
}

func (l *Loop) deregister(w *Watch) error { return l.Parts.Demux.Deregister(w.Handle) }

func (l *Loop) closeWatch(w *Watch, onClose func()) error {
	if w.Closed {
		return demux.ErrNotFound
	}
	w.Closed, w.OnClose = true, onClose
	l.Parts.Table.Remove(w)
	l.Closing = append(l.Closing, w)
	return IgnoreClosed(l.Parts.Deregister(w))
}

func (l *Loop) order(batch []demux.Event) []demux.Event { return batch }

func (l *Loop) dispatch(batch []demux.Event) (n int) {
	for _, ev := range l.Parts.Order(batch) {
		w := l.Parts.Table.Get(ev.Token)
		if w == nil || l.Closed.Load() {
			continue
		}
		if ev.Ready = l.Parts.Filter(w, ev.Ready); ev.Ready != 0 {
			n++
			l.Parts.Call(w, ev)
		}
	}
	return n
}

func (l *Loop) filter(w *Watch, ready demux.Ready) demux.Ready {
	return ready & (w.Want | demux.Hangup | demux.Failed)
}

func (l *Loop) call(w *Watch, ev demux.Event) { w.Fn(ev) }
