package serve

import (
	"errors"
	"fmt"

	"reactortest/demux"
)

// Completion makes an engine with one loop, which submits operations and waits for their
// results: one accept, and a read and a write for each connection. Serve returns
// errors.ErrUnsupported if the demultiplexer carries out no operations.
func Completion(h demux.Host) *Engine {
	p := common()
	p.Start = needCompleter
	p.Listen, p.Unlisten, p.Accept = (*Loop).submitAccept, (*Loop).cancelAccept, (*Loop).acceptDone
	p.Attach, p.Detach = (*Conn).submitRead, func(*Conn) {}
	p.Event, p.Settle, p.Arm = (*Conn).completed, (*Conn).settleOps, (*Conn).submit
	p.Send, p.Flush = (*Conn).queue, (*Conn).submitWrite
	p.Dispatch = (*Loop).dispatchOps
	return newEngine(h, p)
}

func needCompleter(e *Engine) error {
	if _, ok := e.Main.Demux.(demux.Completer); !ok {
		return fmt.Errorf("serve: operations: %w", errors.ErrUnsupported)
	}
	return nil
}

// Completer returns the demultiplexer as what it must be.
func (l *Loop) Completer() demux.Completer { return l.Demux.(demux.Completer) }

// submitAccept submits an accept.
func (l *Loop) submitAccept() error {
	l.accepting = demux.Op{Kind: demux.OpAccept, Handle: l.Listener}
	err := l.Completer().Submit(&l.accepting, listenerToken)
	l.pending = err == nil
	return err
}

// cancelAccept asks for the end of the accept. It comes back all the same.
func (l *Loop) cancelAccept() {
	if l.pending && l.Stopping {
		_ = l.Completer().Cancel(&l.accepting)
	}
}

// acceptDone deals with the result of the accept.
func (l *Loop) acceptDone() {
	p := &l.Engine.Parts
	l.pending = false
	h, err := l.accepting.New, l.accepting.Err
	switch {
	case l.Stopping:
		if err == nil {
			p.Refuse(l, h)
		}
		l.dropListener()
		return
	case err == nil:
		l.Accepted(h)
	default:
		p.AcceptFailed(l, err)
	}
	if l.paused == nil {
		l.Relisten()
	}
}

// dispatchOps gives completions to those who submitted the operations.
func (l *Loop) dispatchOps(batch []demux.Event) {
	p := &l.Engine.Parts
	for _, ev := range batch {
		if ev.Op == &l.accepting {
			p.Accept(l)
		} else if c := l.Table.Get(ev.Token); c != nil {
			p.Event(c, ev)
		}
	}
}

// submitRead submits a read. Every connection has a buffer of its own: it belongs to
// the demultiplexer until the read has come back.
func (c *Conn) submitRead() error {
	if c.In.Buf == nil {
		c.In.Buf = make([]byte, readSize)
	}
	c.In = demux.Op{Kind: demux.OpRead, Handle: c.Handle, Buf: c.In.Buf}
	err := c.Loop.Completer().Submit(&c.In, c.Token)
	c.Reads = err == nil
	return err
}

// submitWrite submits a write of all that is accepted, if none is in flight.
func (c *Conn) submitWrite() {
	if c.Sends || !c.Unsent() || c.Broken != nil {
		return
	}
	if len(c.Sending) == 0 {
		c.Sending, c.Out = c.Out, nil
	}
	c.Output = demux.Op{Kind: demux.OpWrite, Handle: c.Handle, Buf: c.Sending}
	if err := c.Loop.Completer().Submit(&c.Output, c.Token); err != nil {
		c.Broken = err
		return
	}
	c.Sends = true
}

// queue is the part Send. It never touches the bytes that are in flight.
func (c *Conn) queue(b []byte) error {
	c.Out = append(c.Out, b...)
	return nil
}

// completed is the part Event.
func (c *Conn) completed(ev demux.Event) {
	switch ev.Op {
	case &c.In:
		c.Reads = false
		c.readDone()
	case &c.Output:
		c.Sends = false
		if err := c.Output.Err; err != nil {
			c.fail(err)
		} else {
			c.Sending = c.Sending[c.Output.N:]
		}
	}
	c.parts().Settle(c)
}

func (c *Conn) readDone() {
	switch {
	case c.In.Err != nil:
		c.fail(c.In.Err)
	case c.Dying:
	case c.In.N == 0:
		c.Ended = true
	default:
		c.parts().Deliver(c, c.In.Buf[:c.In.N])
	}
}

// fail notes the first error. One of a connection that dies is that of its cancel.
func (c *Conn) fail(err error) {
	if c.Broken == nil && !c.Dying {
		c.Broken = err
	}
}

// settleOps is the part Settle. A connection ends when its operations have come back.
func (c *Conn) settleOps() {
	if c.Over() {
		return
	}
	if over, why := c.Verdict(); over && !c.Dying {
		c.Dying, c.Reason = true, why
		c.cancel()
	}
	switch {
	case !c.Dying:
		c.parts().Arm(c)
	case !c.Reads && !c.Sends:
		c.parts().End(c, c.Reason)
	}
}

func (c *Conn) cancel() {
	if c.Reads {
		_ = c.Loop.Completer().Cancel(&c.In)
	}
	if c.Sends {
		_ = c.Loop.Completer().Cancel(&c.Output)
	}
}

// submit is the part Arm.
func (c *Conn) submit() {
	c.parts().Flush(c)
	if c.Broken == nil && !c.Reads && !c.Ended {
		if err := c.submitRead(); err != nil {
			c.Broken = err
		}
	}
	if c.Broken != nil {
		c.parts().Settle(c)
	}
}
