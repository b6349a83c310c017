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
			o.received(first, "ab")
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
		if all += o.readAll(a, 6-len(all)); all != "abcdef" {
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
		want := o.moved(first) + o.moved(second)
		if got := o.readAll(b, len(want)); got != want {
			c.fatal("read %q, want %q", got, want)
		}
	}},
	{"both-directions", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r, w := o.read(a, 8), o.write(a, "out")
		o.await("a write while a read is in flight", w)
		c.write(b, "in")
		o.await("data arrived", r)
		o.received(r, "in")
		want := o.moved(w)
		if got := o.readAll(b, len(want)); got != want {
			c.fatal("read %q, want %q", got, want)
		}
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
			all.WriteString(o.moved(ev.Op))
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

var opResultCases = append([]ruleCase{
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
		want := o.moved(w)
		if got := o.readAll(b, len(want)); got != want {
			c.fatal("after a half-close the other direction carried %q, want %q", got, want)
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
		o := c.completer()
		a, b := c.pair()
		data := strings.Repeat("0123456789abcdef", c.capacity()/4) // four times what fits
		w := o.write(a, data)
		sent, received := 0, 0
		for received < len(data) {
			r := o.read(b, 1<<16)
			o.await("a read while a large write is in flight", r)
			if part := o.moved(r); !strings.HasPrefix(data[received:], part) {
				c.fatal("byte %d and on: read %d bytes that are not what was written", received, len(part))
			}
			received += r.N
			if o.inFlight([]*demux.Op{w}) == 0 {
				if sent += len(o.moved(w)); sent < len(data) { // it was short
					w = o.write(a, data[sent:])
				}
			}
		}
		o.await("all that it sent was read", w)
	}},
	{"accept", func(c *checker) {
		o := c.completer()
		c.connections(func() {
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
		})
	}},
	{"write-after-the-end", func(c *checker) {
		o := c.completer()
		a, _ := c.pair()
		c.halfClose(a)
		w := o.write(a, marker)
		o.await("a write after CloseWrite", w)
		if w.Err == nil {
			c.fatal("a write after CloseWrite: %d bytes with nil", w.N)
		}
	}},
	{"connect", func(c *checker) {
		o := c.completer()
		c.connections(func() {
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
				c.lost(err)
				c.fatal("ConnectResult after a connect: %v", err)
			}
			w := o.write(h, "hello")
			o.await("a write after a connect", w)
			want := o.moved(w)
			if got := o.readAll(acc.New, len(want)); got != want {
				c.fatal("read %q, want %q", got, want)
			}
			c.halfClose(h)
			r := o.read(acc.New, 8)
			o.await("the end after a CloseWrite", r)
			o.succeeded(r, 0)
		})
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
		c.passTime(tick) // so that it has arrived
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
}, emptyBufferCases...)

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
		c.passTime(tick)
	}
}

// churn makes the collector take what nobody holds, and its memory be used
// again. A simulated kernel holds what is in flight as any Go code does.
func (c *checker) churn() {
	if c.simulated {
		return
	}
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
