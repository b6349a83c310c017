package main

import (
	"errors"
	"io"

	"reactortest/demux"
	"reactortest/eventloop"
)

// conn is one connection. It reads while there is room for what it reads, and
// wants to write only while something is pending: a socket is writable nearly
// always, and a loop that asks for it without need spins. So it always wants
// something, until it is closed.
type conn struct {
	server *server
	index  int // in server.conns
	handle demux.Handle
	watch  *eventloop.Registration
	want   demux.Ready

	pending []byte // read and not sent back, maxPending bytes at the most
	ended   bool   // the peer sends no more
	shut    bool   // nor does this end
}

// ready is the handler. It need not know Hangup and Failed: they come with what
// the connection wants, and the read or the write tells the truth (rule W8).
func (c *conn) ready(ev demux.Event) {
	var err error
	if ev.Ready&demux.Writable != 0 {
		err = c.flush()
	}
	if err == nil && ev.Ready&demux.Readable != 0 {
		err = c.read()
	}
	if err != nil {
		c.close(err)
		return
	}
	c.update()
}

// read takes one piece and sends it back. One a dispatch is fair to the others;
// level mode reports the rest again.
func (c *conn) read() error {
	b := c.server.buffer
	if !c.server.stopping {
		b = b[:min(len(b), c.server.maxPending-len(c.pending))]
	}
	n, err := c.server.host.Read(c.handle, b)
	switch {
	case later(err):
		return nil
	case errors.Is(err, io.EOF):
		c.ended = true
		return nil
	case err != nil:
		return err
	case c.server.stopping: // too late to be answered
		return nil
	}
	c.pending = append(c.pending, b[:n]...)
	return c.flush()
}

// flush sends what is pending, or as much of it as the socket takes.
func (c *conn) flush() error {
	for len(c.pending) > 0 {
		n, err := c.server.host.Write(c.handle, c.pending)
		if later(err) {
			return nil
		}
		if err != nil {
			return err
		}
		c.pending = c.pending[:copy(c.pending, c.pending[n:])]
	}
	return nil
}

// update wants what the connection can use now. It closes a connection that
// has nothing left to do.
func (c *conn) update() {
	if len(c.pending) == 0 && c.ended {
		c.close(nil)
		return
	}
	if len(c.pending) == 0 && c.server.stopping && !c.shut {
		// The peer reads the end behind the last byte, and ends in turn. To
		// close instead would reset it if it has sent more meanwhile.
		c.shut = true
		if err := c.server.host.CloseWrite(c.handle); err != nil {
			c.close(err)
			return
		}
	}
	if err := c.interest(c.wanted()); err != nil {
		c.close(err)
	}
}

// wanted returns the interest. What stops reading is a full buffer; it goes on
// when half is free, and not for every byte.
func (c *conn) wanted() demux.Ready {
	var want demux.Ready
	limit := c.server.maxPending
	if c.want&demux.Readable == 0 {
		limit = (limit + 1) / 2
	}
	if !c.ended && (len(c.pending) < limit || c.server.stopping) {
		want |= demux.Readable
	}
	if len(c.pending) > 0 {
		want |= demux.Writable
	}
	return want
}

// interest replaces the interest, if it is another one.
func (c *conn) interest(want demux.Ready) error {
	if want == c.want {
		return nil
	}
	if err := c.watch.Modify(want, demux.Level); err != nil {
		return err
	}
	c.want = want
	return nil
}

// close ends the connection, and nothing else. The registration ends before
// its handle: the number may be reused at once.
func (c *conn) close(why error) {
	if why != nil {
		c.server.logf("connection %d: %v", c.handle, why)
	}
	_ = c.watch.Close()
	_ = c.server.host.Close(c.handle)
	c.server.remove(c)
}
