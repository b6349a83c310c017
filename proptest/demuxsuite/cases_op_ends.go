package demuxsuite

import (
	"errors"

	"reactortest/demux"
)

var opCloseCases = []ruleCase{
	{"in-flight", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		l, _ := c.listener()
		c.handles = append(c.handles, l)
		ops := []*demux.Op{o.read(a, 8), o.read(b, 8), o.accept(l)}
		if err := o.d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		o.given(ops...)
		// The handles are the caller's, and so are the buffers.
		before := string(ops[0].Buf)
		c.write(b, "data")
		c.receive(a, "data")
		if string(ops[0].Buf) != before {
			c.fatal("the buffer of a read was written to after Close: %q", ops[0].Buf)
		}
	}},
	{"finished-and-not-reported", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		w, r := o.write(a, "data"), o.read(b, 8)
		if err := o.d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		o.given(w, r)
	}},
	{"a-blocked-wait", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		r := o.read(a, 8)
		waiter := c.start("waiter", func() {
			n, err := o.d.Wait(make([]demux.Event, 4), -1)
			if n != 0 || !errors.Is(err, demux.ErrClosed) {
				c.fail("the Wait that Close ended: got %d, %v, want 0, ErrClosed", n, err)
			}
		})
		c.passTime(2 * tick)
		if err := o.d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		c.join(waiter)
		o.given(r)
	}},
	{"every-later-call", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		r := o.read(a, 8)
		if err := o.d.Close(); err != nil {
			c.fatal("Close: %v", err)
		}
		o.given(r)
		c.also = append(c.also, "W13")
		if err := o.d.Submit(r, 1); !errors.Is(err, demux.ErrClosed) {
			c.failRule("W13", "Submit after Close: got %v, want ErrClosed", err)
		}
		if err := o.d.Cancel(r); !errors.Is(err, demux.ErrClosed) {
			c.failRule("W13", "Cancel after Close: got %v, want ErrClosed", err)
		}
	}},
}

// given checks that Close has given ops back.
func (o *opChecker) given(ops ...*demux.Op) {
	for _, op := range ops {
		if !errors.Is(op.Err, demux.ErrClosed) {
			o.c.fail("a %v was in flight at Close: got %v, want ErrClosed", op.Kind, op.Err)
		}
	}
}

var opLendingCases = []ruleCase{
	{"nil-buffer", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := &demux.Op{Kind: demux.OpRead, Handle: a}
		if !o.d.Traits().Lends {
			if err := o.d.Submit(r, 1); !errors.Is(err, errors.ErrUnsupported) {
				c.fatal("Submit of a read without a buffer: got %v, want errors.ErrUnsupported", err)
			}
			o.silence("no Submit has succeeded")
			return
		}
		for range 8 {
			o.submit(r)
			c.write(b, "lent")
			o.await("data arrived for a read without a buffer", r)
			if r.Err != nil || got(r) != "lent" {
				c.fatal("a read without a buffer: got %q with %v, want %q", got(r), r.Err, "lent")
			}
			if err := o.d.Cancel(r); err != nil && !errors.Is(err, demux.ErrNotFound) {
				c.fatal("Cancel of a read that has had its event: %v", err)
			}
			r.Buf = nil
		}
	}},
}

var opInFlightCases = []ruleCase{
	{"closing-the-handle", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 8)
		c.close(a)
		if o.d.Traits().CloseCancels {
			o.await("the handle was closed with a read in flight", r)
			if r.Err == nil {
				c.fatal("the handle was closed with a read in flight: it ended with N = %d and nil", r.N)
			}
			o.silence("the read has had its event")
			return
		}
		o.silence("the handle was closed, the read lives on, and nothing has arrived")
		c.write(b, marker)
		o.await("data arrived for a read whose handle was closed", r)
		o.succeeded(r, 1)
	}},
	{"the-portable-order", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 8)
		o.cancel(r)
		o.await("a read was canceled", r)
		c.close(a)
		if !o.within(func() bool {
			_, err := c.host.Read(b, make([]byte, 8))
			return err != nil && !errors.Is(err, demux.ErrAgain)
		}) {
			c.fatal("the read was canceled and the handle closed, and the peer does not see it")
		}
		o.silence("the read has had its event")
	}},
	{"number-used-again", func(c *checker) {
		o := c.completer()
		if !o.d.Traits().CloseCancels {
			c.skip("Traits.CloseCancels does not hold")
		}
		a, b := c.pair()
		old := o.read(a, 8)
		c.close(a)
		c.close(b)
		heir, peer := c.reuse(a)
		r := o.read(heir, 8)
		c.write(peer, "new")
		o.await("a read of a number that is used again, and the one of the old object", old, r)
		if old.Err == nil {
			c.fatal("the read of the handle that was closed ended with N = %d and nil", old.N)
		}
		o.received(r, "new")
	}},
}

var opAttachmentCases = []ruleCase{
	{"attached-elsewhere", func(c *checker) {
		o, other := c.completer(), c.completer()
		a, b := c.pair()
		r := o.read(a, 8)
		w := &demux.Op{Kind: demux.OpWrite, Handle: a, Buf: []byte(marker)}
		for _, when := range []string{"while an operation is in flight", "after it has had its event"} {
			if err := other.d.Submit(w, 1); !errors.Is(err, demux.ErrAttached) {
				c.fatal("Submit of a handle that is attached elsewhere, %s: got %v, want ErrAttached", when, err)
			}
			if o.inFlight([]*demux.Op{r}) > 0 {
				c.write(b, marker)
				o.await("data arrived", r)
			}
		}
		other.silence("no Submit has succeeded")
	}},
	{"attached-here", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		for range 3 {
			r, w := o.read(a, 8), o.write(b, marker)
			o.await("both handles are attached to this demux", r, w)
			o.succeeded(r, 1)
			o.succeeded(w, 1)
		}
	}},
	{"beside-a-registration", func(c *checker) {
		const tok = 1 << 40
		o := c.completer()
		a, b := c.pair()
		c.register(o.d, b, tok, rd, c.anyMode(o.d))
		w := o.write(a, marker)
		c.also = append(c.also, "W8", "W9")
		var seen demux.Ready
		dst := make([]demux.Event, 4)
		for waiter := c.waiter(o.d, c.patience); seen == 0 || o.inFlight([]*demux.Op{w}) > 0; {
			events, ok := waiter.next(dst)
			if !ok {
				c.failRule("W1", "a registration and an operation in one demux: reported %v, and %d operations are in flight", seen, len(o.flights))
				return
			}
			for _, ev := range o.completed(events) {
				if ev.Token != tok {
					c.failRule("W9", "readiness is reported as %d, and only %d is registered", ev.Token, int64(tok))
				}
				seen |= ev.Ready
			}
		}
		if seen&rd == 0 {
			c.failRule("W8", "data arrived: reported %v", seen)
		}
	}},
}
