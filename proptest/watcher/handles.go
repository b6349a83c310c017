package watcher

import (
	"slices"

	"reactortest/demux"
)

// handleState is what the judge knows of a number of a handle.
type handleState struct {
	owner  *watchState   // that a registration of the handle serves
	regs   *registration // the first of it, in the order they were made
	opened string        // by which call the subject has opened it, "" if it has not
	closed bool          // and not opened again
}

// handleBook knows whose each handle is and which registrations exist.
type handleBook struct {
	low    []handleState // of handles below lowHandles, by number
	high   map[demux.Handle]*handleState
	none   handleState     // of a handle that nothing is known of
	order  []demux.Handle  // those that the subject has opened, for reports
	regs   []*registration // live, in any order
	made   int             // registrations so far
	tokens [tokenChains]*registration
	stale  []staleEvent // of the last batch
	leaked []leakedRegistration
}

const (
	lowHandles  = 1 << 13 // handles of kernels but Windows' are small numbers
	tokenChains = 64
)

// registration is one that a demux of the subject holds.
type registration struct {
	demux  *observedDemux
	handle demux.Handle
	token  demux.Token
	watch  *watchState // nil: the subject's own affair
	want   demux.Ready
	mode   demux.Mode
	stale  bool // its handle was closed
	row    int  // of Waits in which it was reported last, see idleCount

	number  int           // in the order they were made
	at      int           // in handleBook.regs
	younger *registration // of the same handle
	older   *registration // of those whose tokens are in the same chain
}

// staleEvent is an event of the last batch.
type staleEvent struct {
	watch *watchState
	ready demux.Ready
}

// leakedRegistration is one that was still there when its handle was closed.
type leakedRegistration struct {
	reg *registration
	at  int
}

// touch says that the subject has read from the handle, or closed it.
func (s *handleState) touch() {
	if s.owner != nil {
		s.owner.unread = false
	}
}

// reset forgets a run and keeps the memory.
func (b *handleBook) reset() {
	clear(b.low)
	clear(b.high)
	clear(b.tokens[:])
	b.low, b.order, b.regs, b.made, b.stale, b.leaked = b.low[:0], b.order[:0], b.regs[:0], 0, b.stale[:0], b.leaked[:0]
}

// of returns what is known of h. It is not written to.
func (b *handleBook) of(h demux.Handle) *handleState {
	if i := uint64(h); i < uint64(len(b.low)) {
		return &b.low[i]
	}
	if s, have := b.high[h]; have {
		return s
	}
	return &b.none
}

// note returns what is known of h, to be changed.
func (b *handleBook) note(h demux.Handle) *handleState {
	if i := uint64(h); i < lowHandles {
		if n := int(i) + 1; n > len(b.low) {
			b.low = slices.Grow(b.low, n-len(b.low))[:n] // all zero: reset has cleared it
		}
		return &b.low[i]
	}
	s := b.high[h]
	if s == nil {
		if b.high == nil {
			b.high = make(map[demux.Handle]*handleState)
		}
		s = new(handleState)
		b.high[h] = s
	}
	return s
}

// reopened says that h is the number of something new, which is not closed.
func (b *handleBook) reopened(h demux.Handle) {
	if b.of(h).closed {
		b.note(h).closed = false
	}
}

// open books a handle that a call of the subject has opened. It serves no watch,
// whatever had its number before.
func (b *handleBook) open(call string, h demux.Handle) {
	s := b.note(h)
	s.owner, s.opened, s.closed = nil, call, false
	b.order = append(b.order, h)
}

// staleSource returns another watch, closed by now, whose event in the last
// batch explains missing; nil if there is none.
func (b *handleBook) staleSource(w *watchState, missing demux.Ready) *watchState {
	for _, s := range b.stale {
		if s.watch != w && s.ready&missing != 0 && !s.watch.live {
			return s.watch
		}
	}
	return nil
}

// add books a registration.
func (b *handleBook) add(r *registration) {
	b.made++
	r.number, r.at = b.made, len(b.regs)
	b.regs = append(b.regs, r)
	at := &b.note(r.handle).regs
	for *at != nil {
		at = &(*at).younger
	}
	*at = r
	b.chain(r)
}

// chain puts r where token finds it: each chain has the youngest first.
func (b *handleBook) chain(r *registration) {
	at := &b.tokens[r.token%tokenChains]
	for *at != nil && (*at).number > r.number {
		at = &(*at).older
	}
	r.older, *at = *at, r
}

func (b *handleBook) unchain(r *registration) {
	at := &b.tokens[r.token%tokenChains]
	for *at != r {
		at = &(*at).older
	}
	*at, r.older = r.older, nil
}

// rename gives r another token.
func (b *handleBook) rename(r *registration, tok demux.Token) {
	if r.token != tok {
		b.unchain(r)
		r.token = tok
		b.chain(r)
	}
}

// drop forgets a registration.
func (b *handleBook) drop(r *registration) {
	last := b.regs[len(b.regs)-1]
	b.regs[r.at], last.at = last, r.at
	b.regs = b.regs[:len(b.regs)-1]
	at := &b.note(r.handle).regs
	for *at != r {
		at = &(*at).younger
	}
	*at, r.younger = r.younger, nil
	b.unchain(r)
}

// find returns the registration of h in d.
func (b *handleBook) find(d *observedDemux, h demux.Handle) *registration {
	for r := b.of(h).regs; r != nil; r = r.younger {
		if r.demux == d && !r.stale {
			return r
		}
	}
	return nil
}

// token returns the registration of d that is named tok, the youngest first.
func (b *handleBook) token(d *observedDemux, tok demux.Token) *registration {
	for r := b.tokens[tok%tokenChains]; r != nil; r = r.older {
		if r.demux == d && r.token == tok {
			return r
		}
	}
	return nil
}

// serves reports whether there is a registration for w: a loop that was never
// told of a watch, or forgot it, is not unfair.
func (b *handleBook) serves(w *watchState) bool {
	return slices.ContainsFunc(b.regs, func(r *registration) bool { return r.watch == w && !r.stale })
}

// blameLeak fails the run if a registration that was left behind has the number of
// h, which is why h cannot be registered.
func (j *judge) blameLeak(h demux.Handle) {
	j.Lock()
	defer j.Unlock()
	for _, l := range j.handles.leaked {
		if l.reg.handle == h {
			j.Broke(ruleNoLeakedRegistration, l.at, "the watch of handle %d was closed, and its registration is still there: the number cannot be registered again", h)
		}
	}
}
