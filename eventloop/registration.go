package eventloop

import (
	"errors"

	"reactortest/demux"
)

// Registration is one handle that the loop watches. Only the loop's goroutine
// may call its methods.
type Registration struct {
	loop   *Loop
	handle demux.Handle
	token  demux.Token
	closed bool
}

// Watch calls fn in the dispatch phase whenever h is ready for want, as often
// as mode says. The event has the reported conditions and the token of the
// registration. Watch returns the errors of Demux.Register, and demux.ErrClosed
// once the loop is closed. It panics if fn is nil.
//
// The handle still belongs to the caller. Close the registration before the
// handle.
func (l *Loop) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*Registration, error) {
	if fn == nil {
		panic("eventloop: Watch without a function")
	}
	if l.closed.Load() {
		return nil, demux.ErrClosed
	}
	r := &Registration{loop: l, handle: h, token: l.registrations.nextToken()}
	if err := l.demux.Register(h, r.token, want, mode); err != nil {
		return nil, err
	}
	l.registrations.put(r.token, want, fn)
	return r, nil
}

// Token returns the name of the registration, as the demux and the observer use
// it. No other registration of the loop gets the same token for the next 2^32
// uses of its slot.
func (r *Registration) Token() demux.Token { return r.token }

// Modify replaces the interest and the mode, and arms the registration again even
// if both stay the same: a condition that already holds is reported. It takes
// effect at once, also for the events of the present batch. Modify returns
// demux.ErrNotFound if the registration is closed, and otherwise the error of
// Demux.Modify. A Modify that fails changes nothing.
func (r *Registration) Modify(want demux.Ready, mode demux.Mode) error {
	if r.closed {
		return demux.ErrNotFound
	}
	if err := r.loop.demux.Modify(r.handle, r.token, want, mode); err != nil {
		return err
	}
	r.loop.registrations.at(r.token).want = want
	return nil
}

// Close ends the registration at once: its function is no longer called, not even
// for events of the present batch. The caller may close the handle as soon as
// Close has returned. Close returns demux.ErrNotFound if the registration is
// already closed. Any other error comes from the demux, and the registration has
// ended anyway.
func (r *Registration) Close() error {
	if r.closed {
		return demux.ErrNotFound
	}
	r.closed = true
	r.loop.registrations.remove(r.token)
	err := r.loop.demux.Deregister(r.handle)
	if errors.Is(err, demux.ErrClosed) {
		return nil // the demux took all its registrations with it
	}
	return err
}

// CloseFunc closes the registration as Close does, and the loop calls fn once in
// the next closing phase. If the registration is already closed, CloseFunc
// returns demux.ErrNotFound and fn is not called. It panics if fn is nil.
func (r *Registration) CloseFunc(fn func()) error {
	if fn == nil {
		panic("eventloop: CloseFunc without a function")
	}
	if r.closed {
		return demux.ErrNotFound
	}
	err := r.Close()
	r.loop.closing.push(fn)
	return err
}

// table finds what is called for a token. A token is the index of a slot and
// the slot's generation, which grows each time the slot is given up. It is
// never demux.NoToken: a table has fewer than 2^32-1 slots.
type table struct {
	slots []slot
	free  []uint32 // indexes, used from the end
	open  int
}

// slot has all that dispatch needs of a registration.
type slot struct {
	fn         func(demux.Event) // nil if free
	generation uint32
	want       demux.Ready
}

func index(t demux.Token) uint32      { return uint32(t) }
func generation(t demux.Token) uint32 { return uint32(t >> 32) }

// nextToken returns the token of the registration that is put next. It does not
// take a slot yet, so a Register that fails or panics changes nothing.
func (t *table) nextToken() demux.Token {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		return demux.Token(i) | demux.Token(t.slots[i].generation)<<32
	}
	return demux.Token(len(t.slots))
}

// put takes the slot of tok, which nextToken has returned.
func (t *table) put(tok demux.Token, want demux.Ready, fn func(demux.Event)) {
	if n := len(t.free); n > 0 {
		t.free = t.free[:n-1]
	} else {
		t.slots = append(t.slots, slot{})
	}
	s := t.at(tok)
	s.want, s.fn = want, fn
	t.open++
}

// at returns the slot of tok, which is open.
func (t *table) at(tok demux.Token) *slot { return &t.slots[index(tok)] }

func (t *table) remove(tok demux.Token) {
	s := t.at(tok)
	s.fn = nil
	s.generation++
	t.free = append(t.free, index(tok))
	t.open--
}

// lookup returns the slot of tok, nil if its registration is closed. known is false
// if no registration can ever have had tok. The slot is valid until the next put.
func (t *table) lookup(tok demux.Token) (s *slot, known bool) {
	i := index(tok)
	if uint64(i) >= uint64(len(t.slots)) {
		return nil, false
	}
	s = &t.slots[i]
	if s.generation != generation(tok) || s.fn == nil {
		return nil, true
	}
	return s, true
}
