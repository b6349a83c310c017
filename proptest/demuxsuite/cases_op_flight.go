package demuxsuite

import (
	"bytes"
	"errors"
	"strings"
	"syscall"

	"reactortest/demux"
)

var opOneEventCases = []ruleCase{
	{"read-and-write", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 16)
		o.silence("a read is in flight, and nothing has arrived")
		w := o.write(b, "hello")
		o.await("a write, and the read of what it wrote", r, w)
		o.received(r, o.moved(w))
		o.silence("both operations have had their event")
	}},
	{"many", func(c *checker) {
		const pairs = 20
		o := c.completer()
		var ops []*demux.Op
		for range pairs {
			a, b := c.pair()
			ops = append(ops, o.read(a, 8), o.read(b, 8), o.write(a, "ab"), o.write(b, "c"))
		}
		o.await("reads and writes on many handles", ops...)
		for i := 0; i < len(ops); i += 4 {
			o.received(ops[i], o.moved(ops[i+3]))
			o.received(ops[i+1], o.moved(ops[i+2]))
		}
		o.silence("all operations have had their event")
	}},
	{"again-and-again", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 4)}
		for i := range 50 {
			o.submit(r)
			w := o.write(b, string(rune('a'+i%26)))
			o.await("an Op is submitted again", r, w)
			if want := string(rune('a' + i%26)); got(r) != want || r.Err != nil {
				c.fatal("round %d: read %q with %v, want %q", i, got(r), r.Err, want)
			}
		}
	}},
	{"after-cancel", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		r := o.read(a, 8)
		o.cancel(r)
		o.await("a read was canceled", r)
		if !errors.Is(r.Err, demux.ErrCanceled) {
			c.failRule("O3", "a read without data was canceled: got %v, want ErrCanceled", r.Err)
		}
		o.silence("the read was canceled and has had its event")
	}},
	{"after-deregister", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.register(o.d, a, 1<<40, 0, c.anyMode(o.d))
		r := o.read(a, 8)
		c.deregister(o.d, a)
		c.write(b, marker)
		o.await("the handle was deregistered with a read in flight", r)
		o.succeeded(r, 1)
		o.silence("the read has had its event")
	}},
	{"failed-submit", func(c *checker) {
		o := c.completer()
		for _, kind := range []demux.OpKind{demux.OpRead, demux.OpWrite, demux.OpAccept} {
			for _, h := range []demux.Handle{notOpen, demux.NoHandle} {
				op := &demux.Op{Kind: kind, Handle: h, Buf: []byte(marker)}
				err := o.d.Submit(op, 1)
				switch {
				case err == nil:
					o.flights[op] = 1 // a host may tell by the result
					o.await("an operation on a handle that is not open", op)
					if !errors.Is(op.Err, syscall.EBADF) {
						c.fail("a %v of a handle that is not open: got %v, want EBADF", kind, op.Err)
					}
				case !errors.Is(err, syscall.EBADF):
					c.fail("Submit of a %v of a handle that is not open: got %v, want EBADF", kind, err)
				}
			}
		}
		o.silence("no Submit has succeeded")
	}},
}

var opOwnershipCases = []ruleCase{
	{"a-buffer-is-the-callers-after-the-event", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 16)
		c.write(b, "first")
		o.await("data arrived", r)
		o.received(r, "first")
		mine := []byte("0123456789abcdef")
		copy(r.Buf, mine)
		c.write(b, "second")
		o.silence("no read is in flight")
		if !bytes.Equal(r.Buf, mine) {
			c.fatal("the buffer of a read that has had its event was written to: %q", r.Buf)
		}
		c.receive(a, "second")
	}},
	{"a-canceled-read-takes-nothing", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 16)
		o.cancel(r)
		o.await("a read was canceled", r)
		mine := []byte("0123456789abcdef")
		copy(r.Buf, mine)
		c.write(b, "data")
		if got := o.readAll(a, 4); got != "data" {
			c.fatal("after a canceled read there was %q to read, want %q", got, "data")
		}
		if !bytes.Equal(r.Buf, mine) {
			c.fatal("the buffer of a canceled read was written to: %q", r.Buf)
		}
	}},
	{"the-op-comes-back-as-it-was", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		buf := make([]byte, 8)
		r := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: buf}
		o.submit(r)
		c.write(b, marker)
		o.await("data arrived", r)
		if r.Kind != demux.OpRead || r.Handle != a || len(r.Buf) != 8 || &r.Buf[0] != &buf[0] {
			c.fatal("the event brought back another operation: %+v", r)
		}
		w := o.write(a, "unchanged")
		o.await("a write", w)
		if string(w.Buf) != "unchanged" {
			c.fatal("a write has changed its buffer: %q", w.Buf)
		}
	}},
	{"nothing-else-keeps-a-buffer-alive", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 1<<16)
		c.churn()
		want := strings.Repeat("0123456789", 100)
		c.write(b, want)
		c.churn()
		o.await("data arrived", r)
		if r.Err != nil || !strings.HasPrefix(want, got(r)) || r.N == 0 {
			c.fatal("read %d bytes with %v that were not written", r.N, r.Err)
		}
	}},
}

var opCancelCases = []ruleCase{
	{"not-in-flight", func(c *checker) {
		o, other := c.completer(), c.completer()
		a, b := c.pair()
		r := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}
		check := func(d demux.Completer, when string) {
			if err := d.Cancel(r); !errors.Is(err, demux.ErrNotFound) {
				c.fail("Cancel of an operation %s: got %v, want ErrNotFound", when, err)
			}
		}
		check(o.d, "that was never submitted")
		o.submit(r)
		check(other.d, "of another demux")
		c.write(b, marker)
		o.await("data arrived", r)
		o.succeeded(r, 1)
		check(o.d, "that has had its event")
	}},
	{"twice", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		r := o.read(a, 8)
		o.cancel(r)
		o.cancel(r)
		o.await("a read was canceled twice", r)
		o.silence("the read has had its event")
	}},
	{"one-of-two", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		p, q := c.pair()
		one, two := o.read(a, 8), o.read(p, 8)
		o.cancel(one)
		o.await("a read was canceled", one)
		o.silence("the other read was not canceled, and nothing has arrived")
		c.write(q, "ab")
		c.write(b, "lost?")
		o.await("data arrived", two)
		o.received(two, "ab")
		c.receive(a, "lost?")
	}},
	{"too-late", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		for i := range 20 {
			r := o.read(a, 8)
			c.write(b, "data")
			if i%2 == 0 {
				c.passTime(tick)
			}
			o.cancel(r)
			o.await("a read was canceled as data arrived", r)
			switch {
			case r.Err == nil:
				if rest := o.readAll(a, 4-r.N); got(r)+rest != "data" {
					c.fatal("a cancel that came too late: read %q and %q, want %q", got(r), rest, "data")
				}
			case !errors.Is(r.Err, demux.ErrCanceled):
				c.fatal("a canceled read: got %v, want nil or ErrCanceled", r.Err)
			default:
				if r.N != 0 {
					c.fatal("a canceled read has N = %d", r.N)
				}
				if all := o.readAll(a, 4); all != "data" {
					c.fatal("a canceled read took data: %q is left of %q", all, "data")
				}
			}
		}
	}},
	{"accept", func(c *checker) {
		o := c.completer()
		l, at := c.listener()
		c.handles = append(c.handles, l)
		op := o.accept(l)
		o.cancel(op)
		o.await("an accept was canceled", op)
		if !errors.Is(op.Err, demux.ErrCanceled) {
			c.fatal("an accept without a connection was canceled: got %v, want ErrCanceled", op.Err)
		}
		next := o.accept(l)
		c.dial(at)
		o.await("a connection came after another accept was canceled", next)
		if next.Err != nil {
			c.fatal("an accept: %v", next.Err)
		}
	}},
}

var opMistakeCases = []ruleCase{
	{"panics", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.mustPanic("Submit of a nil Op", func() { _ = o.d.Submit(nil, 1) })
		c.mustPanic("Submit with NoToken", func() {
			_ = o.d.Submit(&demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 1)}, demux.NoToken)
		})
		r := o.read(a, 8)
		c.mustPanic("Submit of an Op that is in flight", func() { _ = o.d.Submit(r, 2) })
		c.write(b, marker)
		o.await("the second Submit has panicked, and data arrived", r)
		o.succeeded(r, 1)
	}},
}
