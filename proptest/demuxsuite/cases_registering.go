package demuxsuite

import (
	"errors"
	"syscall"

	"reactortest/demux"
)

// notOpen is a handle that no host of the suite has open: more than any
// has at once, and small enough for a C int.
const notOpen demux.Handle = 1<<30 + 7

var mistakeCases = []ruleCase{
	{"panics", func(c *checker) {
		d := c.open()
		h, _ := c.pair()
		mode := c.anyMode(d)
		for _, bad := range badArguments {
			c.mustPanic("Register with "+bad.why, func() { _ = d.Register(h, bad.tok, bad.want, bad.mode|mode) })
		}
		if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
			c.fatal("Deregister after a Register that panicked: got %v, want ErrNotFound", err)
		}
		c.mustPanic("Wait with no room for events", func() { _, _ = d.Wait(nil, 0) })
	}},
	{"a-failed-modify-changes-nothing", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		h, peer := c.pair()
		c.register(d, h, 1, rd, mode)
		for _, bad := range badArguments {
			c.mustPanic("Modify with "+bad.why, func() { _ = d.Modify(h, bad.tok, bad.want, bad.mode|mode) })
		}
		for _, denied := range []demux.Mode{demux.Level, demux.Edge, demux.Oneshot, demux.Edge | demux.Oneshot} {
			if d.Traits().Supports(denied) {
				continue
			}
			if err := d.Modify(h, 9, wr, denied); !errors.Is(err, errors.ErrUnsupported) {
				c.fatal("Modify to mode %v, which Traits denies: got %v, want errors.ErrUnsupported", denied, err)
			}
		}
		c.silence(d, "no Modify has succeeded, and nothing has arrived")
		c.write(peer, marker)
		c.see(d, 1, rd, "no Modify has succeeded, and data arrived")
	}},
	{"a-failed-register-leaves-nothing", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		h, peer := c.pair()
		c.register(d, h, 1, rd, mode)
		if err := d.Register(h, 2, rd|wr, mode); err == nil {
			c.failRule("W12", "Register of a registered handle: got nil, want ErrExists")
		}
		c.silence(d, "the second Register has failed, and nothing has arrived")
		c.write(peer, marker)
		c.see(d, 1, rd, "the second Register has failed, and data arrived")
	}},
	{"denied-modes", func(c *checker) {
		c.modes(c.open(), demux.Level, demux.Edge, demux.Oneshot, demux.Edge|demux.Oneshot)
	}},
}

// badArguments are arguments that no demux may accept.
var badArguments = []struct {
	why  string
	tok  demux.Token
	want demux.Ready
	mode demux.Mode
}{
	{"Hangup wanted", 2, rd | demux.Hangup, 0},
	{"Failed wanted", 2, demux.Failed, 0},
	{"unknown conditions wanted", 2, wr | 1<<7, 0},
	{"unknown mode bits", 2, rd, 1 << 2},
	{"all mode bits", 2, rd, 0xff},
	{"NoToken", demux.NoToken, rd, 0},
}

// mustPanic calls f, which must panic.
func (c *checker) mustPanic(what string, f func()) {
	defer func() {
		if recover() == nil {
			c.failRule("W3", "%s did not panic", what)
		}
	}()
	f()
}

var endCases = []ruleCase{
	{"silent-after-deregister", func(c *checker) {
		for _, mode := range c.modes(c.open(), demux.Level, demux.Edge, demux.Oneshot, demux.Edge|demux.Oneshot) {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd|wr, mode)
			c.write(b, marker)
			if mode == demux.Level {
				c.see(d, 1, rd|wr, "data arrived")
			}
			c.deregister(d, a)
			c.silence(d, "the handle is deregistered")
			c.close(b)
			c.silence(d, "the handle is deregistered, and the peer is gone")
		}
	}},
	{"token-used-again", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		other, _ := c.pair()
		c.register(d, a, 1, rd, mode)
		c.write(b, marker)
		c.see(d, 1, rd, "data arrived")
		c.deregister(d, a)
		c.register(d, other, 1, rd, mode)
		c.silence(d, "the token is another handle's now, and that has received nothing")
	}},
	{"new-token-after-modify", func(c *checker) {
		for _, mode := range c.modes(c.open(), demux.Level, demux.Edge, demux.Oneshot, demux.Edge|demux.Oneshot) {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd, mode)
			c.write(b, marker)
			c.modify(d, a, 2, rd, mode)
			for range 3 {
				seen, _ := c.collect(d, func(s reports) bool { return len(s) > 0 })
				if seen[2] == 0 || len(seen) > 1 {
					c.fatal("mode %v: after Modify to token 2 reported %v", mode, seen)
				}
				c.modify(d, a, 2, rd, mode)
			}
		}
	}},
	{"new-interest-after-modify", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.register(d, a, 1, rd, mode)
		c.write(b, marker)
		c.see(d, 1, rd, "data arrived")
		c.modify(d, a, 1, wr, mode)
		c.see(d, 1, wr, "there is room")
		c.modify(d, a, 1, 0, mode)
		c.silence(d, "nothing is wanted any more")
	}},
	{"registered-anew", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.write(b, marker)
		for tok := demux.Token(1); tok < 20; tok++ {
			c.register(d, a, tok, rd, mode)
			seen, _ := c.collect(d, func(s reports) bool { return len(s) > 0 })
			if seen[tok] == 0 || len(seen) > 1 {
				c.fatal("registered anew as %d: reported %v", tok, seen)
			}
			c.deregister(d, a)
		}
		c.silence(d, "the handle is deregistered")
	}},
}

var setCases = []ruleCase{
	{"registered-twice", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.register(d, a, 1, rd, mode)
		if err := d.Register(a, 2, wr, mode); !errors.Is(err, demux.ErrExists) {
			c.fatal("Register of a registered handle: got %v, want ErrExists", err)
		}
		c.write(b, marker)
		c.see(d, 1, rd, "the second Register has failed, and data arrived")
		c.deregister(d, a)
		c.register(d, a, 3, rd, mode)
	}},
	{"not-registered", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		check := func(when string) {
			if err := d.Modify(a, 1, rd, mode); !errors.Is(err, demux.ErrNotFound) {
				c.fatal("Modify %s: got %v, want ErrNotFound", when, err)
			}
			if err := d.Deregister(a); !errors.Is(err, demux.ErrNotFound) {
				c.fatal("Deregister %s: got %v, want ErrNotFound", when, err)
			}
		}
		check("before Register")
		c.register(d, b, 1, rd, mode)
		check("of the peer of a registered handle")
		c.register(d, a, 1, rd, mode)
		c.deregister(d, a)
		check("after Deregister")
		c.silence(d, "the handle is not registered")
	}},
	{"not-open", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		for _, h := range []demux.Handle{notOpen, demux.NoHandle} {
			if err := d.Register(h, 1, rd, mode); !errors.Is(err, syscall.EBADF) {
				c.fatal("Register of a handle that is not open: got %v, want EBADF", err)
			}
			if err := d.Modify(h, 1, rd, mode); !errors.Is(err, demux.ErrNotFound) {
				c.fatal("Modify of a handle that is not open: got %v, want ErrNotFound", err)
			}
			if err := d.Deregister(h); !errors.Is(err, demux.ErrNotFound) {
				c.fatal("Deregister of a handle that is not open: got %v, want ErrNotFound", err)
			}
		}
	}},
	{"two-handles-of-one-object", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		second := c.dup(a)
		c.register(d, a, 1, rd, mode)
		c.register(d, second, 2, rd, mode)
		c.write(b, marker)
		c.seeAll(d, 1, 2, "data arrived")
		c.deregister(d, a)
		c.modify(d, second, 2, rd, mode)
		c.see(d, 2, rd, "the other name of the object is still registered")
	}},
	{"two-demuxes", func(c *checker) {
		d, other := c.open(), c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.register(d, a, 1, rd, mode)
		c.register(other, a, 2, rd, mode)
		c.write(b, marker)
		c.see(d, 1, rd, "data arrived")
		c.see(other, 2, rd, "data arrived")
		c.deregister(d, a)
		if err := d.Deregister(a); !errors.Is(err, demux.ErrNotFound) {
			c.fatal("second Deregister: got %v, want ErrNotFound", err)
		}
		c.deregister(other, a)
	}},
}

var tooSoonCases = []ruleCase{
	{"last-name-closed", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		c.register(d, a, 1, rd, c.anyMode(d))
		c.write(b, marker)
		c.close(a)
		c.onlyOld(d, "the last name of the object is closed")
		_ = d.Deregister(a) // nil, ErrNotFound or the system's error
		_ = d.Deregister(a)
		c.onlyOld(d, "the last name of the object is closed and deregistered")
	}},
	{"a-duplicate-is-open", func(c *checker) {
		d := c.open()
		a, b := c.pair()
		second := c.dup(a)
		c.register(d, a, 1, rd, c.anyMode(d))
		c.close(a)
		c.write(b, marker)
		c.onlyOld(d, "one of two names of the object is closed")
		c.close(second)
		c.close(b)
		_ = d.Deregister(a)
		c.onlyOld(d, "the last name of the object is closed")
	}},
	{"number-used-again", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.register(d, a, 1, rd, mode)
		c.close(a)
		heir, peer := c.reuse(a)
		if err := again(func() error { return d.Register(heir, 2, rd, mode) }); err != nil {
			if !errors.Is(err, demux.ErrExists) {
				c.fatal("Register of a number that is used again: got %v, want nil or ErrExists", err)
			}
			return // as kqueue may; the caller has been told
		}
		c.onlyOld(d, "the number is registered anew, and nothing has arrived")
		c.write(peer, marker)
		c.see(d, 2, rd, "the number is registered anew, and data arrived")
		c.close(b)
		c.deregister(d, heir)
		c.onlyOld(d, "the new object is deregistered")
	}},
	{"number-used-again-beside-a-duplicate", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.dup(a)
		c.register(d, a, 1, rd, mode)
		c.close(a)
		heir, peer := c.reuse(a)
		if err := again(func() error { return d.Register(heir, 2, rd, mode) }); err != nil {
			return
		}
		c.write(b, marker)
		c.onlyOld(d, "data arrived for the old object only")
		c.write(peer, marker)
		c.see(d, 2, rd, "data arrived for the new object")
		c.deregister(d, heir)
		c.onlyOld(d, "the new object is deregistered")
	}},
}

// onlyOld listens for a time and fails if another token is reported than 1, which
// is the one of a registration whose handle was closed. What is reported of that
// is the kernel's: it may go on forever.
func (c *checker) onlyOld(d demux.Demux, why string) {
	dst := make([]demux.Event, 4)
	deadline := c.host.Now() + quiet
	for range maxEmpty {
		left := deadline - c.host.Now()
		if left <= 0 {
			return
		}
		for _, ev := range c.wait(d, dst, left) {
			if ev.Token != 1 {
				c.fatal("%s: reported %v under token %d, and only 1 may be", why, ev.Ready, ev.Token)
			}
		}
	}
}

// reuse makes a pair one of whose handles has the number of h, which was
// closed. It skips the case where the host does not reuse numbers at once.
func (c *checker) reuse(h demux.Handle) (heir, peer demux.Handle) {
	heir, peer = c.pair()
	if peer == h {
		heir, peer = peer, heir
	}
	if heir != h {
		c.skip("this host does not use the number %d again at once", h)
	}
	return heir, peer
}
