package stream

import (
	"errors"
	"syscall"

	"reactortest/demux"
	"reactortest/eventloop"
)

// Conn is a connection, or another stream of bytes. Only the loop's goroutine may call its
// methods.
type Conn struct {
	// User is the caller's. The package does not look at it.
	User any

	net     *Net
	handler *Handler
	handle  demux.Handle
	index   int // in net.conns

	watch *eventloop.Registration // nil while nothing is wanted
	want  demux.Ready             // of watch
	ops   *operations             // instead of watch; nil: there are none

	tokens *tokens // nil: none were cut

	queue   queue
	blocked bool // the socket takes nothing more: wait until it is writable
	full    bool // the queue was above HighWater, and is not down to LowWater

	connecting bool // Open is still to come
	opening    bool // by Attach; no event matters before Open
	paused     bool // by Pause
	ended      bool // the peer sends no more
	closing    bool // Close was called
	shutting   bool // CloseWrite was called, or the queue is to be followed by the end
	shut       bool // this end sends no more
	dead       bool // Closed is called, or is about to be
	inCallback bool

	err   error // for Closed
	times *times
}

// ErrQueueFull is what Write returns when more than Options.MaxQueue bytes would be queued.
var ErrQueueFull = errors.New("stream: the queue of the connection is full")

// errPanicked is what Closed gets when a callback has panicked.
var errPanicked = errors.New("stream: a callback of the connection has panicked")

// Attach makes a Conn of a handle that carries a stream of bytes: one end of a pipe, of a
// demux.Host's Pair, or a connection that another program part has made. The Conn owns the
// handle from now on. It calls Open in an iteration that begins soon. It returns
// demux.ErrClosed after Close or Shutdown of the Net, and otherwise the errors of
// eventloop.Loop.Watch; the handle is the caller's then.
//
// CloseWrite and Close of the end of a pipe that is written close it when everything is sent.
func (n *Net) Attach(h demux.Handle, handler *Handler) (*Conn, error) {
	if handler == nil {
		panic("stream: Attach without a Handler")
	}
	handler.check()
	if n.closed {
		return nil, demux.ErrClosed
	}
	if err := n.canOperate(); err != nil {
		return nil, err
	}
	c := &Conn{net: n, handler: handler, handle: h, connecting: true, opening: true}
	if err := c.attach(demux.Readable); err != nil {
		return nil, err
	}
	if err := n.loop.Post(c.attached); err != nil {
		c.detach()
		n.remove(c)
		return nil, err
	}
	return c, nil
}

// attached calls Open of a connection that Attach has made.
func (c *Conn) attached() {
	if c.dead {
		return
	}
	c.enter()
	defer c.leave()
	c.opening = false
	c.established(nil)
	if !c.dead && c.ops == nil {
		c.flush()
	}
	c.inCallback = false
	c.update()
}

// attach watches the handle, and adds the connection to those of the Net.
func (c *Conn) attach(want demux.Ready) error {
	if c.net.o.Operations {
		c.useOperations()
		c.net.add(c)
		return nil
	}
	if err := c.watchFor(want); err != nil {
		return err
	}
	c.net.add(c)
	return nil
}

func (c *Conn) watchFor(want demux.Ready) (err error) {
	c.watch, err = c.net.loop.Watch(c.handle, want, demux.Level, c.ready)
	c.want = want
	return err
}

func (c *Conn) detach() {
	if c.watch != nil {
		_ = c.watch.Close()
		c.watch = nil
	}
}

// opened calls Open.
func (c *Conn) opened() {
	if c.handler.Open != nil {
		c.enter()
		defer c.leave()
		c.handler.Open(c)
		c.inCallback = false
	}
	c.update()
}

// enter and leave stand around callbacks: changes of the interest wait for the end of the
// callback, and a callback that panics ends the connection.
func (c *Conn) enter() { c.inCallback = true }

func (c *Conn) leave() {
	if c.inCallback {
		c.inCallback = false
		c.Abort(errPanicked)
	}
}

// Net returns the Net that the connection belongs to.
func (c *Conn) Net() *Net { return c.net }

// Handle returns the handle of the connection, which is the Conn's: do not read, write or
// close it. It is valid until Closed has returned.
func (c *Conn) Handle() demux.Handle { return c.handle }

// Over reports whether the connection has ended: Closed was called, or is about to be.
func (c *Conn) Over() bool { return c.dead }

// Queued returns how many bytes were written and not taken by the system.
func (c *Conn) Queued() int { return c.queue.size }

// Full reports whether more than Options.HighWater bytes were queued, and the queue has not
// fallen to Options.LowWater since. Drain is called when it does.
func (c *Conn) Full() bool { return c.full }

// Pause stops reading until Resume. Bytes that have arrived, and the end of the peer, wait.
func (c *Conn) Pause() { c.setPaused(true) }

// Resume ends Pause.
func (c *Conn) Resume() { c.setPaused(false) }

func (c *Conn) setPaused(paused bool) {
	if c.paused != paused && !c.dead {
		c.paused = paused
		c.update()
	}
}

// ready is the handler of the loop. It need not know Hangup and Failed: they come with what
// the connection wants, and the read or the write tells the truth (rule W8).
func (c *Conn) ready(ev demux.Event) {
	c.enter()
	defer c.leave()
	switch {
	case c.opening: // it is reported again after Open
	case ev.Ready&(demux.Readable|demux.Writable) == 0:
		// Nothing is wanted, and the system tells all the same that the stream is over. It
		// would tell again and again.
		c.detach()
	case c.connecting:
		c.connected()
	default:
		if ev.Ready&demux.Writable != 0 {
			c.blocked = false
			c.flush()
		}
		if ev.Ready&demux.Readable != 0 && c.reads() {
			c.read()
		}
	}
	c.inCallback = false
	c.update()
}

// reads reports whether what arrives is to be read now.
func (c *Conn) reads() bool {
	switch {
	case c.ended || c.dead || c.connecting:
		return false
	case c.closing:
		return true // what comes now is dropped; the end is what is waited for
	default:
		return !c.paused && !c.full && (c.tokens == nil || !c.tokens.waiting)
	}
}

// read takes one piece. One a dispatch is fair to the others; level mode reports the rest
// again.
func (c *Conn) read() {
	b := c.net.buffer
	n, err := c.net.host.Read(c.handle, b)
	switch {
	case err == nil:
		c.arrived(b[:n])
	case later(err):
	case isEOF(err):
		c.eof()
	default:
		c.end(err)
	}
}

// arrived gives bytes to Data.
func (c *Conn) arrived(b []byte) {
	c.touch()
	switch {
	case len(b) == 0 || c.closing:
	case c.handler.Split != nil:
		c.cut(b)
	case c.handler.Data != nil:
		c.handler.Data(c, b)
	}
}

// atEnd is called when the peer has ended its direction.
func (c *Conn) atEnd() {
	switch {
	case c.shut:
		c.end(nil) // both directions are over
	case c.closing:
	case c.handler.End != nil:
		c.handler.End(c)
	default:
		_ = c.Close()
	}
}

// update wants of the loop what the connection can use now.
func (c *Conn) update() {
	if c.inCallback || c.dead || c.opening {
		return
	}
	if c.tokens != nil && c.tokens.waiting && c.cuts() {
		c.cutLater()
	}
	if c.ops != nil {
		c.submit()
		return
	}
	var want demux.Ready
	if c.reads() {
		want |= demux.Readable
	}
	if c.connecting || c.blocked {
		want |= demux.Writable
	}
	if c.watch != nil && want == c.want || c.watch == nil && want == 0 {
		return
	}
	var err error
	if c.watch == nil {
		c.watch, err = c.net.loop.Watch(c.handle, want, demux.Level, c.ready)
	} else {
		err = c.watch.Modify(want, demux.Level)
	}
	c.want = want
	if err != nil {
		c.end(err)
	}
}

// CloseWrite ends this direction when the queue is sent. The peer reads everything, and then
// the end. The connection goes on to read; it ends when the peer ends its direction too.
// Later calls of Write return demux.ErrClosed. CloseWrite returns demux.ErrClosed if this
// direction was ended before.
func (c *Conn) CloseWrite() error {
	if c.shutting || c.dead {
		return demux.ErrClosed
	}
	c.shutting = true
	c.shutIfSent()
	return nil
}

// shutIfSent ends this direction if that is wanted and nothing is queued.
func (c *Conn) shutIfSent() {
	if !c.shutting || c.shut || c.dead || c.connecting || c.queue.size > 0 {
		return
	}
	c.shut = true
	if c.ended {
		c.end(nil)
		return
	}
	if err := c.net.host.CloseWrite(c.handle); errors.Is(err, syscall.ENOTSOCK) {
		c.end(nil) // a pipe has one direction, which ends with its handle
		return
	} else if err != nil {
		c.end(err)
		return
	}
	c.update()
}

// Close sends what is queued and ends the connection: see the package comment. Data is not
// called any more, and Closed is called when the connection has ended. If the system takes
// nothing of the queue for Options.CloseTimeout, or the peer does not end its direction for so
// long after that, the connection is ended as by Abort, and Closed gets
// os.ErrDeadlineExceeded. Close returns demux.ErrClosed if the connection is closed or is
// being closed.
func (c *Conn) Close() error {
	if c.closing || c.dead {
		return demux.ErrClosed
	}
	c.closing, c.shutting = true, true
	c.full = false
	c.shutIfSent()
	if !c.dead {
		c.setTimer(timerClose, c.net.o.CloseTimeout)
		c.update()
	}
	return nil
}

// Abort ends the connection at once: what is queued is dropped, and Closed gets err. It does
// nothing if the connection has ended.
func (c *Conn) Abort(err error) {
	if !c.dead && c.net.options != nil {
		_ = c.net.options.SetReset(c.handle) // a pipe, for one, has no such option
	}
	c.end(err)
}

// end ends the connection, and has Closed called in the closing phase.
func (c *Conn) end(err error) {
	if c.dead {
		return
	}
	c.dead, c.err = true, err
	c.stopTimers()
	if c.ops != nil {
		c.endOperations()
		return
	}
	c.queue.drop(&c.net.chunks)
	c.detach()
	c.net.loop.CloseFunc(c.over)
}

// over calls Closed, and closes the handle.
func (c *Conn) over() {
	defer func() {
		_ = c.net.host.Close(c.handle)
		c.net.remove(c)
	}()
	if c.handler.Closed != nil {
		c.handler.Closed(c, c.err)
	}
}

// touch notes that something has arrived.
func (c *Conn) touch() {
	if c.times != nil {
		c.times.active[timerRead] = c.net.host.Now()
	}
}

// touchWrite notes that the system has taken bytes.
func (c *Conn) touchWrite() {
	if c.times != nil {
		now := c.net.host.Now()
		c.times.active[timerWrite], c.times.active[timerClose] = now, now
	}
}
