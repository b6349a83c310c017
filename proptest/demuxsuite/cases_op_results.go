package demuxsuite

import (
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"syscall"

	"reactortest/demux"
)

var opOrderCases = []ruleCase{
	{"reads", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		first := o.read(a, 2)
		second := &demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 2)}
		if !o.d.Traits().ReadsOrdered {
			if err := o.d.Submit(second, 9); !errors.Is(err, errors.ErrUnsupported) {
				c.fatal("Submit of a second read, and Traits.ReadsOrdered does not hold: got %v, want errors.ErrUnsupported", err)
			}
			c.write(b, "abcd")
			o.await("data arrived", first)
			if got(first) != "ab" {
				c.fatal("read %q, want %q", got(first), "ab")
			}
			o.silence("the second Submit has failed")
			if got := o.readAll(a, 2); got != "cd" {
				c.fatal("read %q after a Submit that failed, want %q", got, "cd")
			}
			return
		}
		o.submit(second)
		third := o.read(a, 2)
		c.write(b, "abcdef")
		all := o.inOrder(first, second, third)
		if all != "abcdef" {
			c.fatal("three reads in flight, in the order of submission, have read %q, want %q", all, "abcdef")
		}
	}},
	{"writes", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		first := o.write(a, "ab")
		second := &demux.Op{Kind: demux.OpWrite, Handle: a, Buf: []byte("cd")}
		if err := o.d.Submit(second, 9); !errors.Is(err, errors.ErrUnsupported) {
			c.fatal("Submit of a second write while one is in flight: got %v, want errors.ErrUnsupported", err)
		}
		o.await("a write", first)
		o.submit(second)
		o.await("a write after another", second)
		if got := o.readAll(b, first.N+second.N); got != "abcd" {
			c.fatal("read %q, want %q", got, "abcd")
		}
	}},
	{"both-directions", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r, w := o.read(a, 8), o.write(a, "out")
		o.await("a write while a read is in flight", w)
		c.write(b, "in")
		o.await("data arrived", r)
		o.succeeded(r, 2)
		o.succeeded(w, 3)
	}},
}

// inOrder awaits ops, whose events must come in this order, and returns what
// they have read.
func (o *opChecker) inOrder(ops ...*demux.Op) string {
	var all strings.Builder
	dst := make([]demux.Event, 1)
	for w := o.c.waiter(o.d, o.c.patience); len(ops) > 0; {
		events, ok := w.next(dst)
		if !ok {
			o.c.fatal("%d reads in flight have no event", len(ops))
		}
		o.completed(events)
		for _, ev := range events {
			if ev.Op != ops[0] {
				o.c.fatal("Traits.ReadsOrdered holds, and a read is reported before an earlier one")
			}
			all.WriteString(got(ev.Op))
			ops = ops[1:]
		}
	}
	return all.String()
}

var opAtOnceCases = []ruleCase{
	{"through-wait", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.write(b, "data")
		for range 4 {
			r := o.read(a, 1)
			if o.inFlight([]*demux.Op{r}) != 1 {
				return
			}
			events := c.wait(o.d, make([]demux.Event, 4), -1)
			if len(events) != 1 {
				c.failRule("W1", "a read of data that is there, and Wait(-1): got %d events, want 1", len(events))
			}
			o.completed(events)
			o.succeeded(r, 1)
		}
	}},
	{"does-not-starve-others", func(c *checker) {
		const tok, rounds = 1 << 40, 32
		o := c.completer()
		a, b := c.pair()
		p, q := c.pair()
		mode := c.anyMode(o.d)
		c.register(o.d, p, tok, rd, mode)
		c.write(q, marker)
		c.write(b, strings.Repeat(marker, rounds))
		seen := false
		dst := make([]demux.Event, 1)
		r := o.read(a, 1)
		for range rounds {
			if len(o.completed(c.wait(o.d, dst, c.patience))) > 0 {
				seen = true
				break
			}
			if o.inFlight([]*demux.Op{r}) == 0 {
				o.submit(r)
			}
		}
		if !seen {
			c.unfair(o.d, "in %d batches of 1 an operation that finishes at once is reported each time, and a registration that is reportable never", rounds)
		}
	}},
	{"is-not-starved", func(c *checker) {
		const handles, rounds = 4, 32
		o := c.completer()
		c.claimedOrSkip(o.d, demux.Level)
		for i := range demux.Token(handles) {
			p, q := c.pair()
			c.register(o.d, p, 1<<40+i, rd, demux.Level)
			c.write(q, marker)
		}
		a, _ := c.pair()
		w := o.write(a, marker)
		dst := make([]demux.Event, 2)
		for range rounds {
			o.completed(c.wait(o.d, dst, c.patience))
			if o.inFlight([]*demux.Op{w}) == 0 {
				return
			}
		}
		c.unfair(o.d, "in %d batches of 2 registrations are reported each time, and an operation that has finished never", rounds)
	}},
}

var opResultCases = []ruleCase{
	{"end-of-stream", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.write(b, "last")
		c.close(b)
		if got := o.readAll(a, 4); got != "last" {
			c.fatal("read %q, want %q", got, "last")
		}
		for range 2 {
			r := o.read(a, 8)
			o.await("the peer is gone", r)
			o.succeeded(r, 0)
		}
	}},
	{"end-of-stream-during-a-read", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 8)
		c.halfClose(b)
		o.await("the peer sends no more", r)
		o.succeeded(r, 0)
		w := o.write(a, "still read")
		o.await("a write to a peer that sends no more", w)
		if got := o.readAll(b, w.N); got != "still read"[:len(got)] || len(got) == 0 {
			c.fatal("after a half-close the other direction carried %q", got)
		}
	}},
	{"small-buffer", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.write(b, "abcdef")
		for _, want := range []string{"abc", "def"} {
			if got := o.readAll(a, 3); got != want {
				c.fatal("read %q, want %q", got, want)
			}
		}
	}},
	{"large-write", func(c *checker) {
		const size = 4 << 20
		o := c.completer()
		a, b := c.pair()
		data := strings.Repeat("0123456789abcdef", size/16)
		w := o.write(a, data)
		sent, received := 0, 0
		for received < size {
			r := o.read(b, 1<<16)
			o.await("a read while a large write is in flight", r)
			if r.Err != nil || r.N == 0 || got(r) != data[received:received+r.N] {
				c.fatal("byte %d and on: read %d bytes with %v, and not what was written", received, r.N, r.Err)
			}
			received += r.N
			if o.inFlight([]*demux.Op{w}) == 0 {
				if w.Err != nil || w.N <= 0 {
					c.fatal("a write: %d bytes with %v", w.N, w.Err)
				}
				if sent += w.N; sent < size { // it was short
					w = o.write(a, data[sent:])
				}
			}
		}
		o.await("all that it sent was read", w)
	}},
	{"accept", func(c *checker) {
		o := c.completer()
		l, at := c.listener()
		c.handles = append(c.handles, l)
		first, second := o.accept(l), o.accept(l)
		clients := []demux.Handle{c.dial(at), c.dial(at)}
		o.await("two connections came", first, second)
		for _, op := range []*demux.Op{first, second} {
			if op.Err != nil || op.New == demux.NoHandle {
				c.fatal("an accept: handle %d with %v", op.New, op.Err)
			}
			c.write(op.New, marker)
			c.halfClose(op.New)
		}
		for _, h := range clients {
			r := o.read(h, 8)
			o.await("an accepted handle was written to", r)
			o.succeeded(r, 1)
		}
		w := o.write(first.New, marker)
		o.await("a write after CloseWrite", w)
		if w.Err == nil {
			c.fatal("a write after CloseWrite: %d bytes with nil", w.N)
		}
	}},
	{"connect", func(c *checker) {
		o := c.completer()
		l, at := c.listener()
		c.handles = append(c.handles, l)
		h := c.stream(at.Addr())
		acc, con := o.accept(l), &demux.Op{Kind: demux.OpConnect, Handle: h, Addr: at}
		o.submit(con)
		o.await("a connect and an accept", acc, con)
		if acc.Err != nil || con.Err != nil {
			c.fatal("accept: %v; connect: %v", acc.Err, con.Err)
		}
		if err := c.host.ConnectResult(h); err != nil {
			c.fatal("ConnectResult after a connect: %v", err)
		}
		w := o.write(h, "hello")
		o.await("a write after a connect", w)
		if got := o.readAll(acc.New, w.N); got != "hello"[:len(got)] {
			c.fatal("read %q, want %q", got, "hello")
		}
		c.halfClose(h)
		r := o.read(acc.New, 8)
		o.await("the end after a CloseWrite", r)
		o.succeeded(r, 0)
	}},
	{"refused", func(c *checker) {
		o := c.completer()
		l, at := c.listener()
		_ = c.host.Close(l)
		con := &demux.Op{Kind: demux.OpConnect, Handle: c.stream(at.Addr()), Addr: at}
		o.submit(con)
		o.await("a connect to where nobody listens", con)
		if !errors.Is(con.Err, syscall.ECONNREFUSED) {
			c.fatal("a connect to where nobody listens: got %v, want ECONNREFUSED", con.Err)
		}
	}},
	{"reset", func(c *checker) {
		o := c.completer()
		l, at := c.listener()
		c.handles = append(c.handles, l)
		acc := o.accept(l)
		client := c.dial(at)
		o.await("a connection came", acc)
		if acc.Err != nil {
			c.fatal("an accept: %v", acc.Err)
		}
		// Closing with unread data resets a TCP connection, RFC 1122 4.2.2.13.
		r := o.read(acc.New, 8)
		w := o.write(acc.New, marker)
		o.await("a write", w)
		c.pauseHere(tick) // so that it has arrived
		c.close(client)
		o.await("the peer closed with unread data", r)
		if r.Err == nil && r.N == 0 {
			c.note("the peer closed with unread data, and it shows as the end of the stream")
			return
		}
		if !errors.Is(r.Err, syscall.ECONNRESET) {
			c.fatal("the peer closed with unread data: got %d bytes and %v, want ECONNRESET", r.N, r.Err)
		}
	}},
}

// dial connects to at, and waits until the attempt has finished.
func (c *checker) dial(at netip.AddrPort) (h demux.Handle) {
	c.try("Connect", func() (err error) {
		h, err = c.host.Connect(at)
		return err
	})
	c.handles = append(c.handles, h)
	deadline := c.host.Now() + c.patience
	for {
		err := c.host.ConnectResult(h)
		switch {
		case err == nil:
			return h
		case !errors.Is(err, demux.ErrAgain) || c.host.Now() >= deadline:
			c.fatal("ConnectResult: %v", err)
		}
		c.pauseHere(tick)
	}
}

// churn makes the collector take what nobody holds, and its memory be used
// again.
func (c *checker) churn() {
	for range 2 {
		runtime.GC()
	}
	kept := make([][]byte, 0, 64)
	for i := range 64 {
		b := make([]byte, 1<<16)
		for j := range b {
			b[j] = byte(i)
		}
		kept = append(kept, b)
	}
	runtime.KeepAlive(kept)
}
