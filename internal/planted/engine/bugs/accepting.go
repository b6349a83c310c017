package bugs

import (
	"errors"
	"syscall"

	"reactortest/demux"
	"reactortest/internal/planted/engine/serve"
)

// exhausted reports whether an accept failed for want of descriptors.
func exhausted(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// AcceptErrorEnds ends the engine when an accept finds no descriptor.
//
// Seen in gnet and evio, where the error of an accept ended the loop.
func AcceptErrorEnds(e *serve.Engine) {
	failed := e.Parts.AcceptFailed
	e.Parts.AcceptFailed = func(l *serve.Loop, err error) bool {
		if exhausted(err) {
			l.Fail(err)
			return false
		}
		return failed(l, err)
	}
}

// AbortedEnds ends the engine when a connection is reset before it is accepted.
//
// Seen in gnet, where accept tolerated EAGAIN and no other error.
func AbortedEnds(e *serve.Engine) {
	failed := e.Parts.AcceptFailed
	e.Parts.AcceptFailed = func(l *serve.Loop, err error) bool {
		if errors.Is(err, syscall.ECONNABORTED) || errors.Is(err, syscall.ECONNRESET) {
			l.Fail(err)
			return false
		}
		return failed(l, err)
	}
}

// AcceptSpins leaves the listener registered when there are no descriptors. In level
// mode it is reported at once, again and again.
//
// Seen in netpoll, nbio and nginx.
func AcceptSpins(e *serve.Engine) {
	failed := e.Parts.AcceptFailed
	e.Parts.AcceptFailed = func(l *serve.Loop, err error) bool {
		return !exhausted(err) && failed(l, err)
	}
}

// SecondPauseSkipped pauses only the first time that there are no descriptors.
//
// Seen in netpoll, whose latch for the deregistration of the listener was not reset.
func SecondPauseSkipped(e *serve.Engine) {
	failed, paused := e.Parts.AcceptFailed, false
	e.Parts.AcceptFailed = func(l *serve.Loop, err error) bool {
		if !exhausted(err) {
			return failed(l, err)
		}
		if paused {
			return false
		}
		paused = true
		return failed(l, err)
	}
}

// ListenerStaysOff deregisters the listener when there are no descriptors, and does not
// register it again.
//
// Seen in libuv, which did not arm a listener again after a failed hand-over.
func ListenerStaysOff(e *serve.Engine) {
	failed := e.Parts.AcceptFailed
	e.Parts.AcceptFailed = func(l *serve.Loop, err error) bool {
		if exhausted(err) {
			e.Parts.Unlisten(l)
			return false
		}
		return failed(l, err)
	}
}

// AcceptedLeaks forgets a connection that cannot be registered.
//
// Seen in gnet, which did not close an accepted descriptor that its loop refused.
func AcceptedLeaks(e *serve.Engine) { e.Parts.Refuse = func(*serve.Loop, demux.Handle) {} }

// HandedOverLeaks stops a worker before the functions that are queued for it, and drops
// the connections that they bring.
//
// Seen in gnet, which dropped the queued connections of a loop that was shut down.
func HandedOverLeaks(e *serve.Engine) {
	e.Parts.Refuse = func(*serve.Loop, demux.Handle) {}
	e.Parts.Tell = func(l *serve.Loop) {
		for _, w := range l.Workers {
			w.Lock.Lock()
			w.Queue = append([]func(){func() { e.Parts.StopLoop(w) }}, w.Queue...)
			w.Lock.Unlock()
			w.WakeUp()
		}
	}
}

// OpenByAcceptor has the loop that accepts call Open when a worker has registered the
// connection. The worker may find data before that.
//
// Seen in netpoll, which registered a connection before its callbacks were set.
func OpenByAcceptor(e *serve.Engine) {
	e.Parts.Open = func(l *serve.Loop, h demux.Handle) {
		c := &serve.Conn{Loop: l, Handle: h}
		l.Table.Add(c)
		if err := e.Parts.Attach(c); err != nil {
			l.Table.Remove(c)
			e.Parts.Refuse(l, h)
			return
		}
		l.Conns++
		_ = e.Parts.Post(e.Main, c.Greet)
	}
}
