package bugs

import (
	"io"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// HandleClosedFirst closes the handle of a connection before it calls Closed.
//
// Seen in gnet.
func HandleClosedFirst(e *serve.Engine) {
	e.Parts.End = func(c *serve.Conn, err error) {
		e.Parts.Detach(c)
		c.Loop.Table.Remove(c)
		_ = e.Host.Close(c.Handle)
		c.Finish(err)
		c.Loop.Conns--
	}
}

// ClosedTwice ends a connection for its own side without a look whether the peer has
// ended it meanwhile.
//
// Seen in netpoll, where the user and the poller both detached a connection.
func ClosedTwice(e *serve.Engine) {
	e.Parts.Close = func(c *serve.Conn, why error) {
		if closing, _ := c.Closing(); closing || c.Over() {
			return
		}
		e.Host.Yield("closing")
		_ = e.Parts.Post(c.Loop, func() { e.Parts.End(c, why) })
	}
}

// ClosesStranger closes the handle of an event whose connection is not in the table. The
// number may belong to somebody else by then.
//
// Seen in nbio.
func ClosesStranger(e *serve.Engine) {
	handles := map[demux.Token]demux.Handle{}
	attach, dispatch := e.Parts.Attach, e.Parts.Dispatch
	e.Parts.Attach = func(c *serve.Conn) error {
		handles[c.Token] = c.Handle
		return attach(c)
	}
	e.Parts.Dispatch = func(l *serve.Loop, batch []demux.Event) {
		for _, ev := range batch {
			if h, known := handles[ev.Token]; known && l.Table.Get(ev.Token) == nil {
				_ = e.Host.Close(h)
			}
			dispatch(l, []demux.Event{ev})
		}
	}
}

// RegistrationStays closes the handle of a connection and leaves its registration to
// the kernel.
//
// Seen in libuv, which deregistered handles after it had closed them.
func RegistrationStays(e *serve.Engine) { e.Parts.Detach = func(*serve.Conn) {} }

// CloseGivesUp leaves the end of a connection to the worker that is busy with it. The
// worker looks whether the connection is closed before it calls the handler, and not
// again.
//
// Seen in netpoll.
func CloseGivesUp(e *serve.Engine) {
	do, settle := e.Parts.Do, e.Parts.Settle
	closed := func(c *serve.Conn) bool { // by a thread, not because the engine stops
		closing, why := c.Closing()
		return closing && why == nil
	}
	saw := map[*serve.Conn]bool{}
	e.Parts.Do = func(c *serve.Conn, fn func()) {
		if closed(c) && c.Busy() {
			return
		}
		do(c, func() {
			saw[c] = closed(c)
			fn()
		})
	}
	closing := e.Parts.Close
	e.Parts.Close = func(c *serve.Conn, why error) {
		closing(c, why)
		if why != nil { // the engine stops, and waits for everybody
			do(c, func() { saw[c] = true })
		}
	}
	e.Parts.Settle = func(c *serve.Conn) {
		if closed(c) && !saw[c] && c.Broken == nil && !c.Ended {
			e.Parts.Arm(c)
			return
		}
		settle(c)
	}
}

// ClosedInline calls Closed in the thread that closes a connection, and leaves the rest
// to the loop.
//
// Seen in netpoll, which detached a connection while the poller worked with it.
func ClosedInline(e *serve.Engine) {
	e.Parts.Close = func(c *serve.Conn, why error) {
		e.Host.Yield("close")
		if c.Over() {
			return
		}
		c.Finish(why)
		_ = e.Parts.Post(c.Loop, func() {
			e.Parts.Detach(c)
			c.Loop.Table.Remove(c)
			_ = e.Host.Close(c.Handle)
			c.Loop.Conns--
		})
	}
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if !c.Over() {
			event(c, ev)
		}
	}
}

// HangupOvertakes ends a connection in the thread of the loop when it sees a hang-up,
// although a worker may have yet to open it.
//
// Seen in netpoll, which called OnDisconnect while OnConnect was running.
func HangupOvertakes(e *serve.Engine) {
	event := e.Parts.Event
	e.Parts.Event = func(c *serve.Conn, ev demux.Event) {
		if ev.Ready&demux.Hangup == 0 || c.Over() {
			event(c, ev)
			return
		}
		e.Parts.Detach(c)
		c.Loop.Table.Remove(c)
		c.Finish(io.EOF)
		_ = e.Host.Close(c.Handle)
		c.Loop.Conns--
	}
}

// StopForgetsClosed closes the connections that are open when the engine stops, and does
// not tell the handler.
//
// Seen in nbio, which stopped its pollers first.
func StopForgetsClosed(e *serve.Engine) {
	stop := e.Parts.StopLoop
	e.Parts.StopLoop = func(l *serve.Loop) {
		for _, c := range l.Table.All() {
			if c != nil {
				e.Parts.Detach(c)
				l.Table.Remove(c)
				_ = e.Host.Close(c.Handle)
				l.Conns--
			}
		}
		stop(l)
	}
}

// StopDoesNotWake asks the engine to end and does not end its wait.
//
// Seen in Netty, where a stop was seen when a poll timed out.
func StopDoesNotWake(e *serve.Engine) {
	e.Parts.Stop = func(e *serve.Engine) {
		_, _ = e.Main.Push(func() { e.Parts.StopLoop(e.Main) })
	}
}

// WorkerForgotten stops one of the workers.
//
// Seen in similar forms in evio and netpoll, whose goroutines outlived their server.
func WorkerForgotten(e *serve.Engine) {
	tell := e.Parts.Tell
	e.Parts.Tell = func(l *serve.Loop) {
		l.Workers = l.Workers[:min(1, len(l.Workers))]
		tell(l)
	}
}

// BlockedWriteStays does not end a write that blocks when the connection is closed or the
// engine stops.
//
// Seen in a similar form in netpoll, which kept a lock that a close needed.
func BlockedWriteStays(e *serve.Engine) { e.Parts.Interrupt = func(*serve.Conn) error { return nil } }
