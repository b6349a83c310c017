package serve

import (
	"time"

	"reactortest/demux"
)

// Parts are the replaceable parts of an engine. An architecture chooses some of
// them; a planted bug replaces one.
type Parts struct {
	// Start opens the loops that the engine has besides its main loop.
	Start func(e *Engine) error
	// Stop asks the engine to end.
	Stop func(e *Engine)
	// StopLoop makes a loop end its connections and then itself.
	StopLoop func(l *Loop)
	// Tell stops the loops below a loop.
	Tell func(l *Loop)

	// Post queues a function for a loop and wakes the loop. Any goroutine may call it.
	Post func(l *Loop, fn func()) error
	// Take empties the queue of a loop and returns it.
	Take func(l *Loop) []func()
	// RunPosted runs the functions that are queued.
	RunPosted func(l *Loop)
	// Timeout returns how long a loop may wait.
	Timeout func(l *Loop) time.Duration
	// Dispatch handles a batch of events.
	Dispatch func(l *Loop, batch []demux.Event)

	// AfterFunc sets a timer. Any goroutine may call it.
	AfterFunc func(l *Loop, d time.Duration, f func()) *Timer
	// StopTimer stops a timer and reports whether it was set. Any goroutine may call it.
	StopTimer func(t *Timer) bool
	// RunTimers runs the timers that are due.
	RunTimers func(l *Loop)

	// Listen has the loop learn of waiting connections.
	Listen func(l *Loop) error
	// Unlisten ends what Listen began.
	Unlisten func(l *Loop)
	// Accept takes connections that wait.
	Accept func(l *Loop)
	// AcceptFailed deals with an error of Accept. It reports whether the next
	// connection is to be tried at once.
	AcceptFailed func(l *Loop, err error) (more bool)
	// Adopt gives an accepted connection to the loop that will serve it.
	Adopt func(l *Loop, h demux.Handle)

	// Refuse closes an accepted connection that is not served.
	Refuse func(l *Loop, h demux.Handle)

	// Open begins to serve a connection in its own loop.
	Open func(l *Loop, h demux.Handle)
	// Attach begins to watch a connection.
	Attach func(c *Conn) error
	// Event handles an event of a connection.
	Event func(c *Conn, ev demux.Event)
	// Read takes bytes that have arrived and gives them to Deliver.
	Read func(c *Conn)
	// Deliver gives bytes to the handler.
	Deliver func(c *Conn, b []byte)
	// Send accepts bytes to be sent.
	Send func(c *Conn, b []byte) error
	// Flush sends what Send has kept, as far as the socket takes it.
	Flush func(c *Conn)
	// Interrupt returns an error if a call that blocks is to end.
	Interrupt func(c *Conn) error
	// Settle comes after everything that may have changed a connection. It ends a
	// connection that has nothing left to do, and arms the others.
	Settle func(c *Conn)
	// Arm has the loop learn when it can continue with a connection.
	Arm func(c *Conn)
	// Detach ends what Attach began.
	Detach func(c *Conn)
	// End ends a connection.
	End func(c *Conn, err error)

	// Do runs fn among the callbacks of a connection, unless it has ended. Any goroutine may
	// call it.
	Do func(c *Conn, fn func())
	// Async, Close and Wake are methods of a Conn.
	Async func(c *Conn, b []byte) error
	Close func(c *Conn, why error)
	Wake  func(c *Conn) error
}

// common returns the parts of a loop that waits for readiness in level mode and
// serves all its connections itself.
func common() Parts {
	return Parts{
		Start: func(*Engine) error { return nil }, Stop: (*Engine).stop, StopLoop: (*Loop).stop, Tell: (*Loop).tell,
		Post: (*Loop).post, Take: (*Loop).take, RunPosted: (*Loop).runPosted,
		Timeout: (*Loop).timeout, Dispatch: (*Loop).dispatch,
		AfterFunc: (*Loop).afterFunc, StopTimer: (*Timer).stop, RunTimers: (*Loop).runTimers,
		Listen: (*Loop).listen, Unlisten: (*Loop).unlisten,
		Accept: (*Loop).accept, AcceptFailed: (*Loop).acceptFailed, Adopt: adoptHere, Refuse: refuse,
		Open: (*Loop).open, Attach: (*Conn).attach, Event: (*Conn).event,
		Read: (*Conn).read, Deliver: (*Conn).deliver, Send: (*Conn).send, Flush: (*Conn).flush, Interrupt: (*Conn).interrupt,
		Settle: (*Conn).settle, Arm: (*Conn).arm, Detach: (*Conn).detach, End: (*Conn).end,
		Do: (*Conn).do, Async: (*Conn).async, Close: (*Conn).close, Wake: (*Conn).wake,
	}
}

func refuse(l *Loop, h demux.Handle) { _ = l.Engine.Host.Close(h) }

// adoptHere serves a connection in the loop that has accepted it.
func adoptHere(l *Loop, h demux.Handle) { l.Engine.Parts.Open(l, h) }
