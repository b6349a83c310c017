package demuxsuite

import (
	"errors"
	"time"

	"reactortest/demux"
)

// The steps that cases are made of.

const (
	rd = demux.Readable
	wr = demux.Writable
)

// register registers and must succeed.
func (c *checker) register(d demux.Demux, h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) {
	if err := again(func() error { return d.Register(h, tok, want, mode) }); err != nil {
		c.fatal("%v: %v", call{name: "Register", handle: h, token: tok, want: want, mode: mode}, err)
	}
}

// modify modifies and must succeed.
func (c *checker) modify(d demux.Demux, h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) {
	if err := again(func() error { return d.Modify(h, tok, want, mode) }); err != nil {
		c.fatal("%v: %v", call{name: "Modify", handle: h, token: tok, want: want, mode: mode}, err)
	}
}

// deregister deregisters and must succeed.
func (c *checker) deregister(d demux.Demux, h demux.Handle) {
	if err := d.Deregister(h); err != nil {
		c.fatal("Deregister(%d): %v", h, err)
	}
}

// wait is a Wait that must not return an error. It ends the case if a rule was
// broken before.
func (c *checker) wait(d demux.Demux, dst []demux.Event, timeout time.Duration) []demux.Event {
	if c.broken() {
		panic(abortCase{})
	}
	n, err := d.Wait(dst, timeout)
	switch {
	case err != nil:
		c.fatal("Wait(%d, %v): %v", len(dst), timeout, err)
	case n < 0 || n > len(dst):
		c.failRule("W1", "Wait(%d, %v) returned n = %d: there is room for %d", len(dst), timeout, n, len(dst))
		panic(abortCase{})
	}
	return dst[:n]
}

// waiter waits for a time in as many Waits as it takes.
type waiter struct {
	c        *checker
	d        demux.Demux
	deadline time.Duration
	empties  int
}

func (c *checker) waiter(d demux.Demux, long time.Duration) *waiter {
	return &waiter{c: c, d: d, deadline: c.host.Now() + long}
}

// next makes one Wait. It reports false if the time is over.
func (w *waiter) next(dst []demux.Event) ([]demux.Event, bool) {
	left := w.deadline - w.c.host.Now()
	if left <= 0 {
		return nil, false
	}
	events := w.c.wait(w.d, dst, left)
	if len(events) > 0 {
		w.empties = 0
	} else if w.empties++; w.empties > maxEmpty {
		w.c.fatal("%d Waits in a row returned nothing before their timeout", w.empties)
	}
	return events, true
}

// reports is what was reported, by token.
type reports map[demux.Token]demux.Ready

func (s reports) add(events []demux.Event) {
	for _, ev := range events {
		s[ev.Token] |= ev.Ready
	}
}

// collect waits until cond holds for all that was reported since the call, and
// reports whether it came to that.
func (c *checker) collect(d demux.Demux, cond func(reports) bool) (reports, bool) {
	seen := make(reports)
	dst := make([]demux.Event, 16)
	for w := c.waiter(d, c.patience); !cond(seen); {
		events, ok := w.next(dst)
		if !ok {
			return seen, false
		}
		seen.add(events)
	}
	return seen, true
}

// see waits until tok was reported with all of ready.
func (c *checker) see(d demux.Demux, tok demux.Token, ready demux.Ready, why string) {
	seen, ok := c.collect(d, func(s reports) bool { return s[tok]&ready == ready })
	if !ok {
		c.fatal("%s: token %d is not reported with %v after %v, only with %v", why, tok, ready, c.patience, seen[tok])
	}
}

// seeAny waits until tok was reported with one of ready, and returns with what.
func (c *checker) seeAny(d demux.Demux, tok demux.Token, ready demux.Ready, why string) demux.Ready {
	seen, ok := c.collect(d, func(s reports) bool { return s[tok]&ready != 0 })
	if !ok {
		c.fatal("%s: token %d is not reported with any of %v after %v, only with %v", why, tok, ready, c.patience, seen[tok])
	}
	return seen[tok]
}

// seeAll waits until each of the tokens first to last was reported.
func (c *checker) seeAll(d demux.Demux, first, last demux.Token, why string) {
	seen, ok := c.collect(d, func(s reports) bool {
		for tok := first; tok <= last; tok++ {
			if s[tok] == 0 {
				return false
			}
		}
		return true
	})
	if !ok {
		c.fatal("%s: of the tokens %d to %d only %v are reported after %v", why, first, last, seen, c.patience)
	}
}

// listen returns all that is reported in the next quiet.
func (c *checker) listen(d demux.Demux) reports {
	seen := make(reports)
	dst := make([]demux.Event, 16)
	for w := c.waiter(d, quiet); len(seen) == 0; {
		events, ok := w.next(dst)
		if !ok {
			break
		}
		seen.add(events)
	}
	return seen
}

// silence fails if anything is reported in the next quiet.
func (c *checker) silence(d demux.Demux, why string) {
	if seen := c.listen(d); len(seen) > 0 {
		c.fatal("%s: reported %v, want nothing", why, seen)
	}
}

// modes returns those of all that the demux claims. The others must be
// refused, by Register and by Modify, and leave nothing behind.
func (c *checker) modes(d demux.Demux, all ...demux.Mode) []demux.Mode {
	var claimed []demux.Mode
	for _, mode := range all {
		if d.Traits().Supports(mode) {
			claimed = append(claimed, mode)
			continue
		}
		h, _ := c.pair()
		if err := d.Register(h, 1, rd, mode); !errors.Is(err, errors.ErrUnsupported) {
			c.fail("Register in mode %v, which Traits denies: got %v, want errors.ErrUnsupported", mode, err)
		}
		if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
			c.fail("Deregister after a refused Register: got %v, want ErrNotFound", err)
		}
	}
	return claimed
}

// anyMode returns a mode that the demux claims, level if it can.
func (c *checker) anyMode(d demux.Demux) demux.Mode {
	for _, mode := range []demux.Mode{demux.Level, demux.Oneshot, demux.Edge} {
		if d.Traits().Supports(mode) {
			return mode
		}
	}
	c.fatal("Traits claims no mode at all")
	return demux.Level
}
