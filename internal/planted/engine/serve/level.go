package serve

import (
	"errors"
	"io"

	"reactortest/demux"
)

// Level makes an engine with one loop, which waits for readiness in level mode. It
// wants to write only while it has something that the socket did not take.
func Level(h demux.Host) *Engine { return newEngine(h, common()) }

// open is the part Open.
func (l *Loop) open(h demux.Handle) {
	p := &l.Engine.Parts
	c := &Conn{Loop: l, Handle: h}
	l.Table.Add(c)
	if err := p.Attach(c); err != nil {
		l.Table.Remove(c)
		p.Refuse(l, h)
		return
	}
	l.Conns++
	c.Greet()
	p.Settle(c)
}

// Greet calls the handler's Open and sends what it returns.
func (c *Conn) Greet() {
	h := c.Loop.Engine.Handler
	if b := h.Open(c); len(b) > 0 {
		if err := c.Write(b); err != nil {
			h.Lost(c, err)
		}
	}
}

// attach is the part Attach.
func (c *Conn) attach() error {
	c.Want = demux.Readable
	return c.Loop.Demux.Register(c.Handle, c.Token, c.Want, demux.Level)
}

// detach is the part Detach. The registration ends before its handle, whose number may
// be used again at once.
func (c *Conn) detach() { _ = c.Loop.Demux.Deregister(c.Handle) }

// event is the part Event. Hangup and Failed come with what the connection wants, and
// the read or the write tells the truth.
func (c *Conn) event(ev demux.Event) {
	c.Perform(ev.Ready)
	c.parts().Settle(c)
}

// Perform makes the calls for which the connection is ready.
func (c *Conn) Perform(ready demux.Ready) {
	if ready&demux.Writable != 0 {
		c.parts().Flush(c)
	}
	if ready&demux.Readable != 0 && c.Broken == nil && !c.Ended {
		c.parts().Read(c)
	}
}

// read is the part Read. One read a turn is fair to the others; level mode reports the
// rest again.
func (c *Conn) read() {
	b := c.Buffer()
	n, err := c.host().Read(c.Handle, b)
	c.Took(b[:n], err)
}

// Buffer returns the buffer of the thread that has the connection.
func (c *Conn) Buffer() []byte {
	if w := c.strand.worker; w != nil {
		return w.Buffer
	}
	return c.Loop.Buffer
}

// Took deals with the result of a read, and reports whether there may be more.
func (c *Conn) Took(b []byte, err error) (more bool) {
	switch {
	case err == nil:
		c.parts().Deliver(c, b)
		closing, _ := c.Closing()
		return !closing && c.Broken == nil
	case again(err):
		return false
	case interrupted(err):
		return true
	case errors.Is(err, io.EOF):
		c.Ended = true
		return false
	default:
		c.Broken = err
		return false
	}
}

// deliver is the part Deliver. A connection that only sends what it has accepted
// takes what its peer still sends and drops it, so that the peer goes on to read.
func (c *Conn) deliver(b []byte) {
	if closing, _ := c.Closing(); closing || c.Draining {
		return
	}
	if c.Loop.Engine.Handler.Data(c, b) {
		c.Draining = true
	}
}

// send is the part Send.
func (c *Conn) send(b []byte) error {
	first := len(c.Out) == 0
	c.Out = append(c.Out, b...)
	if first {
		c.parts().Flush(c)
	}
	return c.Broken
}

// flush is the part Flush.
func (c *Conn) flush() {
	for len(c.Out) > 0 {
		n, err := c.host().Write(c.Handle, c.Out)
		switch {
		case again(err):
			return
		case interrupted(err):
		case err != nil:
			c.Broken = err
			return
		default:
			c.Out = c.Out[n:]
		}
	}
}

// settle is the part Settle.
func (c *Conn) settle() {
	if c.Over() {
		return
	}
	if over, why := c.Verdict(); over {
		c.parts().End(c, why)
	} else {
		c.parts().Arm(c)
	}
}

// arm is the part Arm. A socket is writable nearly always, and a loop that waits for
// that without need spins.
func (c *Conn) arm() {
	want := c.Wanted()
	if want == 0 || want == c.Want { // 0: only for bytes of Async, which are in the queue
		return
	}
	if err := c.Loop.Demux.Modify(c.Handle, c.Token, want, demux.Level); err != nil {
		c.Broken = err
		c.parts().End(c, err)
		return
	}
	c.Want = want
}

// Wanted returns what the connection waits for.
func (c *Conn) Wanted() demux.Ready {
	var want demux.Ready
	if !c.Ended {
		want |= demux.Readable
	}
	if len(c.Out) > 0 {
		want |= demux.Writable
	}
	return want
}
