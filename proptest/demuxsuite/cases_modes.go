package demuxsuite

import (
	"errors"
	"io"

	"reactortest/demux"
)

// claimedOrSkip skips a case about a mode that the demux denies, after it has
// checked that the mode is refused.
func (c *checker) claimedOrSkip(d demux.Demux, mode demux.Mode) {
	if len(c.modes(d, mode)) == 0 {
		c.skip("Traits denies mode %v", mode)
	}
}

var levelCases = []ruleCase{
	{"while-unread", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Level)
		a, b := c.pair()
		c.register(d, a, 1, rd, demux.Level)
		c.write(b, "abc")
		c.see(d, 1, rd, "data arrived")
		one := make([]byte, 1)
		dst := make([]demux.Event, 4)
		for i := range 3 {
			if events := c.wait(d, dst, 0); len(events) == 0 {
				c.fatal("%d of 3 bytes are unread, and a Wait does not report it", 3-i)
			}
			for {
				if _, err := c.host.Read(a, one); !errors.Is(err, demux.ErrAgain) {
					break
				}
			}
		}
		if _, err := c.drain(a); !errors.Is(err, demux.ErrAgain) {
			c.fatal("Read: %v", err)
		}
		c.silence(d, "all is read")
	}},
	{"while-there-is-room", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Level)
		a, b := c.pair()
		c.register(d, a, 1, wr, demux.Level)
		dst := make([]demux.Event, 4)
		for range 3 {
			if events := c.wait(d, dst, 0); len(events) == 0 {
				c.fatal("there is room, and a Wait does not report it")
			}
		}
		c.fill(a)
		c.silence(d, "there is no room")
		_, _ = c.drain(b)
		c.see(d, 1, wr, "there is room again")
	}},
	{"all-that-fits", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Level)
		const handles = 5
		for tok := demux.Token(1); tok <= handles; tok++ {
			a, b := c.pair()
			c.register(d, a, tok, rd, demux.Level)
			c.write(b, marker)
		}
		c.seeAll(d, 1, handles, "data arrived")
		dst := make([]demux.Event, 2*handles)
		for range 3 {
			seen := make(reports)
			seen.add(c.wait(d, dst, 0))
			if len(seen) != handles {
				c.fatal("%d registrations are reportable and fit in dst, one Wait reports %d", handles, len(seen))
			}
		}
	}},
	{"after-end-of-stream", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Level)
		a, b := c.pair()
		c.register(d, a, 1, rd, demux.Level)
		c.close(b)
		for range 3 {
			c.see(d, 1, rd, "the stream has ended")
			if _, err := c.drain(a); !errors.Is(err, io.EOF) {
				c.fatal("Read at the end: got %v, want EOF", err)
			}
		}
	}},
}

var edgeCases = []ruleCase{
	{"arises-after-register", func(c *checker) {
		for _, mode := range c.edgeModes() {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd, mode)
			c.silence(d, "nothing has arrived")
			c.write(b, marker)
			c.see(d, 1, rd, "data arrived after Register")
		}
	}},
	{"holds-at-register", func(c *checker) {
		for _, mode := range c.edgeModes() {
			d := c.open()
			a, b := c.pair()
			c.write(b, marker)
			c.register(d, a, 1, rd, mode)
			c.see(d, 1, rd, "data arrived before Register")
		}
	}},
	{"holds-at-modify", func(c *checker) {
		for _, mode := range c.edgeModes() {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd, mode)
			c.write(b, marker)
			c.see(d, 1, rd, "data arrived")
			for tok := demux.Token(2); tok < 8; tok += 2 {
				wants := []demux.Ready{rd | wr, rd | wr}
				if mode&demux.Oneshot != 0 && !d.Traits().Merged { // the first direction that is reported is the shot, W6
					wants = []demux.Ready{rd, wr}
				}
				for i, want := range wants {
					c.modify(d, a, tok+demux.Token(i), want, mode)
					c.see(d, tok+demux.Token(i), want, "unread data and room at Modify")
				}
			}
		}
	}},
	{"is-not-level", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Edge)
		a, b := c.pair()
		c.write(b, marker)
		c.register(d, a, 1, rd, demux.Edge)
		c.see(d, 1, rd, "data arrived before Register")
		c.edgesEnd(d, "unread data after Register")
		for _, want := range []demux.Ready{rd | wr, wr, rd} {
			c.modify(d, a, 1, want, demux.Edge)
			c.see(d, 1, want, "what holds at Modify")
			c.edgesEnd(d, "unread data and room after Modify")
		}
	}},
	{"arises-again", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Edge)
		a, b := c.pair()
		c.register(d, a, 1, rd, demux.Edge)
		for range 4 {
			c.write(b, marker)
			c.see(d, 1, rd, "data arrived after the last was read")
			if _, err := c.drain(a); !errors.Is(err, demux.ErrAgain) {
				c.fatal("Read: %v", err)
			}
		}
		c.close(b)
		c.see(d, 1, rd, "the stream has ended")
	}},
	{"room-arises-again", func(c *checker) {
		d := c.open()
		c.claimedOrSkip(d, demux.Edge)
		a, b := c.pair()
		c.register(d, a, 1, wr, demux.Edge)
		for range 3 {
			c.see(d, 1, wr, "there is room")
			c.fill(a)
			if _, err := c.drain(b); !errors.Is(err, demux.ErrAgain) {
				c.fatal("Read: %v", err)
			}
		}
	}},
}

// edgesEnd fails if reports of an edge come without end while nothing happens.
func (c *checker) edgesEnd(d demux.Demux, when string) {
	dst := make([]demux.Event, 4)
	for range maxEmpty {
		if len(c.wait(d, dst, tick)) == 0 {
			return
		}
	}
	c.fatal("%s: reported in %d Waits in a row, and nothing has happened", when, maxEmpty)
}

// edgeModes returns the modes with Edge that are claimed; the others are
// checked to be refused.
func (c *checker) edgeModes() []demux.Mode {
	modes := c.modes(c.open(), demux.Edge, demux.Edge|demux.Oneshot)
	if len(modes) == 0 {
		c.skip("Traits denies edges")
	}
	return modes
}

var oneshotCases = []ruleCase{
	{"silent-after-one-event", func(c *checker) {
		for _, mode := range c.oneshotModes() {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd, mode)
			c.write(b, marker)
			c.see(d, 1, rd, "data arrived")
			c.silence(d, "the data is still unread, and the registration has fired")
			c.write(b, marker)
			c.silence(d, "more data arrived, and the registration has fired")
			c.close(b)
			c.silence(d, "the peer is gone, and the registration has fired")
			c.modify(d, a, 2, rd, mode)
			c.see(d, 2, rd, "Modify has armed the registration again")
		}
	}},
	{"both-directions-are-one-shot", func(c *checker) {
		for _, mode := range c.oneshotModes() {
			d := c.open()
			a, b := c.pair()
			c.fill(a)
			c.register(d, a, 1, rd|wr, mode)
			c.write(b, marker)
			c.see(d, 1, rd, "data arrived")
			_, _ = c.drain(b)
			c.silence(d, "there is room, and the registration has fired for data")
			c.modify(d, a, 1, rd|wr, mode)
			c.seeAny(d, 1, rd|wr, "Modify has armed the registration again")
		}
	}},
	{"armed-again-for-both-directions", func(c *checker) {
		for _, mode := range c.oneshotModes() {
			d := c.open()
			a, b := c.pair()
			c.register(d, a, 1, rd|wr, mode)
			c.see(d, 1, wr, "there is room")
			c.modify(d, a, 2, rd|wr, mode)
			c.see(d, 2, wr, "there is room, and Modify has armed the registration again")
			c.fill(a)
			c.modify(d, a, 3, rd|wr, mode)
			c.write(b, marker)
			c.see(d, 3, rd, "data arrived, and Modify has armed the registration again")
		}
	}},
	{"the-registration-stays", func(c *checker) {
		for _, mode := range c.oneshotModes() {
			d := c.open()
			a, _ := c.pair()
			c.register(d, a, 1, wr, mode)
			c.see(d, 1, wr, "there is room")
			if err := d.Register(a, 2, wr, mode); !errors.Is(err, demux.ErrExists) {
				c.fatal("Register of a registration that has fired: got %v, want ErrExists", err)
			}
			c.deregister(d, a)
			c.register(d, a, 3, wr, mode)
			c.see(d, 3, wr, "there is room")
		}
	}},
}

// oneshotModes returns the modes with Oneshot that are claimed; the others are
// checked to be refused.
func (c *checker) oneshotModes() []demux.Mode {
	modes := c.modes(c.open(), demux.Oneshot, demux.Edge|demux.Oneshot)
	if len(modes) == 0 {
		c.skip("Traits denies oneshot")
	}
	return modes
}

var mergingCases = []ruleCase{
	{"both-directions", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.write(b, marker)
		c.register(d, a, 1, rd, mode)
		c.see(d, 1, rd, "data arrived")
		// From here on both conditions hold.
		for range 3 {
			c.modify(d, a, 1, rd|wr, mode)
			events := c.wait(d, make([]demux.Event, 4), c.patience)
			switch merged := d.Traits().Merged; {
			case merged && (len(events) != 1 || events[0].Ready != rd|wr):
				c.fatal("both directions are ready: got %v, want one event with both", events)
			case merged:
			case mode == demux.Level && len(events) != 2:
				c.fatal("both directions are ready: got %v, want one event for each", events)
			}
		}
	}},
	{"one-batch-with-room-for-one", func(c *checker) {
		d := c.open()
		mode := c.anyMode(d)
		a, b := c.pair()
		c.write(b, marker)
		c.register(d, a, 1, rd|wr, mode)
		dst := make([]demux.Event, 1)
		seen := make(reports)
		for w := c.waiter(d, c.patience); seen[1] != rd|wr; {
			events, ok := w.next(dst)
			if !ok {
				c.fatal("both directions are ready, in batches of one only %v is reported", seen[1])
			}
			seen.add(events)
			if mode != demux.Level {
				c.modify(d, a, 1, rd|wr, mode)
			}
		}
	}},
}
