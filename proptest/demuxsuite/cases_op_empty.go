package demuxsuite

import (
	"errors"

	"reactortest/demux"
)

// emptyBufferCases are those of O6 for operations that move no bytes.
var emptyBufferCases = []ruleCase{
	{"empty-read-waits-for-data-and-leaves-it", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 0)
		o.silence("a read into an empty buffer is in flight, and nothing has arrived")
		c.write(b, "data")
		o.await("data arrived for a read into an empty buffer", r)
		o.succeeded(r, 0)
		o.untouched(a)
	}},
	{"empty-read-of-data-that-is-there", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		c.write(b, "data")
		for range 2 {
			r := o.read(a, 0)
			o.await("data is there, and the buffer is empty", r)
			o.succeeded(r, 0)
		}
		o.untouched(a)
	}},
	{"empty-read-at-the-end", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		early := o.read(a, 0)
		c.halfClose(b)
		o.await("the peer sends no more, and the buffer is empty", early)
		o.succeeded(early, 0)
		for _, room := range []int{0, 8} {
			r := o.read(a, room)
			o.await("the stream has ended", r)
			o.succeeded(r, 0)
		}
	}},
	{"empty-read-canceled", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(a, 0)
		o.cancel(r)
		o.await("a read into an empty buffer was canceled", r)
		if !errors.Is(r.Err, demux.ErrCanceled) || r.N != 0 {
			c.fatal("a read into an empty buffer was canceled, and nothing has arrived: got %d bytes with %v, want 0 with ErrCanceled", r.N, r.Err)
		}
		c.write(b, "data")
		o.untouched(a)
	}},
	{"empty-read-of-a-pipe", func(c *checker) {
		o := c.completer()
		p, q := c.pipe()
		r := &demux.Op{Kind: demux.OpRead, Handle: p, Buf: []byte{}}
		if err := o.d.Submit(r, 1); err != nil {
			c.skip("a read of a pipe: %v", err)
		}
		o.flights[r] = 1
		o.silence("a read into an empty buffer is in flight, and nothing has arrived")
		c.write(q, "data")
		o.await("data arrived for a read into an empty buffer", r)
		o.succeeded(r, 0)
		o.untouched(p)
	}},
	{"empty-write", func(c *checker) {
		o := c.completer()
		a, b := c.pair()
		r := o.read(b, 8)
		for _, buf := range [][]byte{nil, {}} {
			w := &demux.Op{Kind: demux.OpWrite, Handle: a, Buf: buf}
			o.submit(w)
			o.await("a write of no bytes", w)
			o.succeeded(w, 0)
		}
		o.silence("writes of no bytes send nothing")
		if o.inFlight([]*demux.Op{r}) == 0 {
			c.fatal("two writes of no bytes: %d bytes arrived with %v", r.N, r.Err)
		}
		c.write(a, marker)
		o.await("data arrived after writes of no bytes", r)
		o.succeeded(r, 1)
	}},
}

// untouched checks that "data" is all that there is to read from h.
func (o *opChecker) untouched(h demux.Handle) {
	if got := o.readAll(h, 4); got != "data" {
		o.c.fatal("a read into an empty buffer took data: %q is left of %q", got, "data")
	}
	r := o.read(h, 1)
	o.silence("all that was written is read")
	o.cancel(r)
	o.await("a read was canceled", r)
}
