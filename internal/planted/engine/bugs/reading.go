package bugs

import (
	"errors"
	"io"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// HangupFirst ends a connection when its peer has ended its direction, before it reads
// what came before that.
//
// Seen in nbio, which looked at EPOLLRDHUP before EPOLLIN.
func HangupFirst(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if ev.Ready&demux.Hangup != 0 && !c.Unsent() {
			e.Parts.End(c, io.EOF)
			return
		}
		event(c, ev)
	}
}

// FirstEventOnly handles the first event of a batch and waits again. In level mode the
// others come again, but behind the connection of a peer that sends all the time.
//
// The realistic form is a budget for the whole turn, which one connection uses up.
func FirstEventOnly(e *serve.Engine) {
	dispatch := e.Parts.Dispatch
	e.Parts.Dispatch = func(l *serve.Loop, batch []demux.Event) { dispatch(l, batch[:min(len(batch), 1)]) }
}

// EOFFlagCloses ends a connection for the flag EV_EOF of a kevent, although there are
// bytes to be read. Kernels that report both directions in one event are dealt with
// correctly.
//
// Seen in gnet on the BSDs.
func EOFFlagCloses(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if !c.Loop.Demux.Traits().Merged && ev.Ready&demux.Hangup != 0 && ev.Ready&demux.Readable != 0 {
			e.Parts.End(c, io.EOF)
			return
		}
		event(c, ev)
	}
}

// OneReadAfterHangup reads once when the peer has ended its direction, and then ends the
// connection. It shows when more has arrived than one read takes.
//
// Seen in nbio, which read three buffers, and in netpoll, which called the handler once.
func OneReadAfterHangup(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		event(c, ev)
		if ev.Ready&demux.Hangup != 0 && !c.Over() && !c.Unsent() {
			e.Parts.End(c, io.EOF)
		}
	}
}

// EndIgnored takes a read of no bytes for a read that found nothing yet.
//
// Seen in gnet, for a while.
func EndIgnored(e *serve.Engine) {
	e.Parts.Read = func(c *serve.Conn) {
		b := c.Buffer()
		n, err := e.Host.Read(c.Handle, b)
		if !errors.Is(err, io.EOF) {
			c.Took(b[:n], err)
		}
	}
}

// ReadsWaitForWrites does not read while there is something to be sent. A peer that
// writes all before it reads never goes on.
//
// Seen in gnet.
func ReadsWaitForWrites(e *serve.Engine) {
	e.Parts.Arm = func(c *serve.Conn) {
		want := demux.Readable
		if len(c.Out) > 0 {
			want = demux.Writable
		}
		arm(c, want)
	}
}

// arm registers a connection in level mode for want.
func arm(c *serve.Conn, want demux.Ready) {
	if want == 0 || want == c.Want {
		return
	}
	if err := c.Loop.Demux.Modify(c.Handle, c.Token, want, demux.Level); err == nil {
		c.Want = want
	}
}

// NoBudget reads in edge mode until the socket has no more. A peer that sends fast
// enough keeps the loop.
//
// Seen in gnet.
func NoBudget(e *serve.Engine) {
	e.Parts.Read = func(c *serve.Conn) {
		for b := c.Buffer(); ; {
			n, err := e.Host.Read(c.Handle, b)
			if !c.Took(b[:n], err) {
				return
			}
		}
	}
}

// BudgetForgets reads in edge mode until the budget is spent, and waits for an edge
// that has come already.
//
// Seen in gaio, which stopped after a short read.
func BudgetForgets(e *serve.Engine) {
	read := e.Parts.Read
	e.Parts.Read = func(c *serve.Conn) {
		before := len(c.Loop.Ready)
		read(c)
		if len(c.Loop.Ready) > before {
			c.Loop.Ready, c.Queued = c.Loop.Ready[:before], false
		}
	}
}

// ReadsOnAfterClose ends a connection at once when Data returns true, and the loop that
// reads goes on: it reads from a number that is not its own.
//
// Seen in gnet.
func ReadsOnAfterClose(e *serve.Engine) {
	deliver := e.Parts.Deliver
	e.Parts.Deliver = func(c *serve.Conn, b []byte) {
		deliver(c, b)
		if c.Draining && !c.Unsent() && !c.Over() {
			e.Parts.End(c, nil)
		}
	}
}

// WriteHalfAfterClose makes the read and the write of one event, and does not look
// whether the first has ended the connection.
//
// Seen in nginx.
func WriteHalfAfterClose(e *serve.Engine) {
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		c.Perform(ev.Ready &^ demux.Writable)
		e.Parts.Settle(c)
		if ev.Ready&demux.Writable != 0 {
			e.Parts.Flush(c)
			e.Parts.Settle(c)
		}
	}
}

// SharedBuffer reads for all workers into one buffer.
//
// Seen in gnet, where a buffer of the loop was shared by the connections.
func SharedBuffer(e *serve.Engine) {
	e.Parts.Read = func(c *serve.Conn) {
		b := c.Loop.Buffer
		n, err := e.Host.Read(c.Handle, b)
		e.Host.Yield("read")
		c.Took(b[:n], err)
	}
}

// ResetEndsLoop takes a failed read for an error of the loop.
//
// Seen in evio and Netty, where an error of one connection left the loop.
func ResetEndsLoop(e *serve.Engine) {
	read := e.Parts.Read
	e.Parts.Read = func(c *serve.Conn) {
		read(c)
		if c.Broken != nil {
			c.Loop.Fail(c.Broken)
		}
	}
}
