package bugs

import (
	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// StaleCompletion ends a connection before its operations have come back, and gives
// their results to the connection that has its place in the table by then.
//
// Seen in mio, which delivered a completion with the token of a registration that had
// ended.
func StaleCompletion(e *serve.Engine) {
	e.Parts.Settle = func(c *serve.Conn) {
		if c.Over() {
			return
		}
		over, why := c.Verdict()
		if !over {
			e.Parts.Arm(c)
			return
		}
		if c.Reads {
			_ = c.Loop.Completer().Cancel(&c.In)
		}
		if c.Sends {
			_ = c.Loop.Completer().Cancel(&c.Output)
		}
		e.Parts.End(c, why)
	}
	dispatch := e.Parts.Dispatch
	e.Parts.Dispatch = func(l *serve.Loop, batch []demux.Event) {
		for _, ev := range batch {
			c := l.Table.InPlace(ev.Token)
			if ev.Op.Kind != demux.OpRead || c == nil || ev.Op == &c.In {
				dispatch(l, []demux.Event{ev})
				continue
			}
			if ev.Op.Err == nil && ev.Op.N > 0 {
				e.Parts.Deliver(c, ev.Op.Buf[:ev.Op.N])
			}
			e.Parts.Settle(c)
		}
	}
}

// BufferReused submits the next read before the handler has seen what the last one
// brought, into the same buffer.
//
// Seen in libuv, where a read was started again within its callback.
func BufferReused(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if ev.Op != &c.In || ev.Op.Err != nil || ev.Op.N == 0 || c.Dying {
			event(c, ev)
			return
		}
		got := c.In.Buf[:c.In.N]
		c.Reads = false
		if err := e.Parts.Attach(c); err != nil {
			c.Broken = err
		}
		e.Parts.Deliver(c, got)
		e.Parts.Settle(c)
	}
}

// InFlightChanged appends to the bytes that a write in flight is sending, and moves them
// to the front of their buffer.
//
// Seen in Twisted, which changed a buffer while an overlapped write had it.
func InFlightChanged(e *serve.Engine) {
	e.Parts.Send = func(c *serve.Conn, b []byte) error {
		if c.Sends && len(c.Out) == 0 && len(b) <= len(c.Sending) {
			copy(c.Sending, b)
		}
		c.Out = append(c.Out, b...)
		return nil
	}
}

// AcceptAtStopLeaks forgets the connection of an accept that came back while the engine
// stops.
//
// Seen in libuv, whose close during a pending accept leaked the socket.
func AcceptAtStopLeaks(e *serve.Engine) { e.Parts.Refuse = func(*serve.Loop, demux.Handle) {} }
