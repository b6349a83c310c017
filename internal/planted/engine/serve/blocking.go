package serve

import (
	"reactortest/demux"
	"reactortest/proptest/server"
)

// Blocking makes an engine with a thread for each connection, whose reads and writes
// block. A demultiplexer of its own stands for the calls that block: it has one
// registration.
func Blocking(h demux.Host) *Engine {
	p := common()
	p.Accept, p.Adopt = (*Loop).acceptWithSpare, (*Loop).startConn
	p.Send, p.End = (*Conn).sendBlocking, (*Conn).endBlocking
	e := newEngine(h, p)
	e.declared = server.Declared{
		Unbuffered: true,
		Source:     map[string]string{"Unbuffered": "Blocking: \"whose reads and writes block\""},
	}
	return e
}

// acceptWithSpare opens the demultiplexer of the next connection before it accepts the
// connection: without descriptors for both it accepts none.
func (l *Loop) acceptWithSpare() {
	for range acceptBatch {
		if l.spare == nil {
			d, err := l.Engine.Host.Open()
			if err != nil {
				l.Pause()
				return
			}
			l.spare = d
		}
		h, err := l.Engine.Host.Accept(l.Listener)
		if err == nil {
			l.Accepted(h)
		} else if !l.Engine.Parts.AcceptFailed(l, err) {
			return
		}
	}
}

// startConn starts the thread of a connection.
func (l *Loop) startConn(h demux.Handle) {
	w := NewLoop(l.Engine, l)
	w.use(l.spare)
	l.spare = nil
	l.Workers = append(l.Workers, w)
	l.Engine.Host.Go("connection", func() {
		l.Engine.Parts.Open(w, h)
		w.Stopping = w.Stopping || w.Conns == 0
		w.run()
	})
}

// endBlocking ends the connection, and its thread.
func (c *Conn) endBlocking(err error) {
	c.end(err)
	c.Loop.Stopping = true
}

// sendBlocking writes all of b, or returns the error for which it could not.
func (c *Conn) sendBlocking(b []byte) error {
	for len(b) > 0 {
		n, err := c.host().Write(c.Handle, b)
		switch {
		case again(err):
			err = c.block(demux.Writable)
		case interrupted(err):
			err = nil
		}
		if err != nil {
			c.Broken = err
			return err
		}
		b = b[n:]
	}
	return nil
}

// interrupt is the part Interrupt.
func (c *Conn) interrupt() error {
	closing, why := c.Closing()
	if closing && why == nil {
		return ErrUnsent
	}
	return why
}

// block waits until the handle is ready, and returns an error if the connection is
// closed meanwhile.
func (c *Conn) block(want demux.Ready) error {
	l := c.Loop
	if err := l.Demux.Modify(c.Handle, c.Token, want, demux.Level); err != nil {
		return err
	}
	for {
		if err := c.parts().Interrupt(c); err != nil {
			return err
		}
		c.host().Yield("block")
		n, err := l.Demux.Wait(l.events[:], -1)
		if err != nil {
			return err
		}
		if n > 0 {
			return l.Demux.Modify(c.Handle, c.Token, c.Want, demux.Level)
		}
	}
}
