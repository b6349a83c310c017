package server_test

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

// blocking is an engine with a thread for each connection, whose Write waits until all
// is sent. It has no timers, and its connections do not tell their handles.
type blocking struct {
	h        demux.Host
	handler  proptest.EngineHandler
	accepter *waiter
	gone     demux.Demux // of Stop, which waits for the end

	lock  sync.Mutex // guards what follows; it is never held over a call
	conns []*blockingConn
	left  int // threads
	ended bool
}

// waiter is a demultiplexer of one thread, with a queue for the others.
type waiter struct {
	*blocking
	demux  demux.Demux
	posted []func()
	closed bool // no more is posted
}

// blockingConn is a connection.
type blockingConn struct {
	waiter
	handle  demux.Handle
	closing bool // another thread has asked for it
}

func newBlocking(_ testing.TB, h demux.Host) proptest.Engine { return &blocking{h: h} }

// Declare says that nothing is kept.
func (e *blocking) Declare() proptest.EngineDeclared {
	return proptest.EngineDeclared{Unbuffered: true, Source: map[string]string{"Unbuffered": "this file"}}
}

// Serve accepts.
func (e *blocking) Serve(addr string, h proptest.EngineHandler) (err error) {
	e.handler = h
	if e.gone, err = e.h.Open(); err != nil {
		return err
	}
	e.accepter = &waiter{blocking: e}
	if e.accepter.demux, err = e.h.Open(); err != nil {
		return err
	}
	l, _, err := e.h.Listen(addr, 16)
	if err != nil {
		return err
	}
	e.left = 1
	h.Ready()
	for !e.isEnded() {
		e.accepter.runPosted()
		c, err := e.h.Accept(l)
		switch {
		case err == nil:
			e.start(c)
		case errors.Is(err, demux.ErrAgain):
			e.accepter.wait(l, demux.Readable, -1)
		default: // perhaps there are no descriptors
			e.accepter.wait(demux.NoHandle, 0, 10*time.Millisecond)
		}
	}
	_ = e.h.Close(l)
	e.accepter.end()
	return nil
}

func (e *blocking) isEnded() bool {
	e.h.Yield("ended")
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.ended
}

// start starts the thread of a connection.
func (e *blocking) start(h demux.Handle) {
	d, err := e.h.Open()
	if err != nil {
		_ = e.h.Close(h)
		return
	}
	c := &blockingConn{waiter: waiter{blocking: e, demux: d}, handle: h}
	e.lock.Lock()
	e.conns = append(e.conns, c)
	e.left++
	e.lock.Unlock()
	e.h.Go("connection", c.run)
}

// wait waits until h is ready, or something was posted, or the time is over.
func (w *waiter) wait(h demux.Handle, want demux.Ready, timeout time.Duration) {
	if h != demux.NoHandle && w.demux.Register(h, 1, want, demux.Level) != nil {
		timeout = 10 * time.Millisecond // no memory: look again in a while
		h = demux.NoHandle
	}
	w.h.Yield("wait")
	w.lock.Lock()
	waits := len(w.posted) == 0
	w.lock.Unlock()
	if waits {
		var room [1]demux.Event
		_, _ = w.demux.Wait(room[:], timeout)
	}
	if h != demux.NoHandle {
		_ = w.demux.Deregister(h)
	}
}

// post has the thread call f. It reports whether it will.
func (w *waiter) post(f func()) bool {
	w.h.Yield("post")
	w.lock.Lock()
	if w.closed {
		w.lock.Unlock()
		return false
	}
	w.posted = append(w.posted, f)
	w.lock.Unlock()
	_ = w.demux.Wake()
	return true
}

func (w *waiter) runPosted() {
	w.h.Yield("posted")
	w.lock.Lock()
	posted := w.posted
	w.posted = nil
	w.lock.Unlock()
	for _, f := range posted {
		f()
	}
}

// refuse refuses what is posted from now on, and drops what was posted.
func (w *waiter) refuse() {
	w.h.Yield("refuse")
	w.lock.Lock()
	w.closed, w.posted = true, nil
	w.lock.Unlock()
}

// end ends the thread.
func (w *waiter) end() {
	w.refuse()
	_ = w.demux.Close()
	w.lock.Lock()
	w.left--
	w.lock.Unlock()
	_ = w.gone.Wake()
}

// run serves a connection.
func (c *blockingConn) run() {
	err := c.send(c.handler.Open(c))
	if err != nil {
		c.handler.Lost(c, err)
	}
	var buffer [4096]byte
	for err == nil && !c.stops() {
		c.runPosted()
		n, readErr := c.h.Read(c.handle, buffer[:])
		switch {
		case errors.Is(readErr, demux.ErrAgain):
			c.wait(c.handle, demux.Readable, -1)
		case errors.Is(readErr, io.EOF):
			c.runPosted()
			err = readErr
		case readErr != nil:
			err = readErr
		case c.handler.Data(c, buffer[:n]):
			err = io.EOF
		}
	}
	c.refuse()
	c.handler.Closed(c, err)
	_ = c.h.Close(c.handle)
	c.end()
}

func (c *blockingConn) stops() bool {
	c.lock.Lock()
	defer c.lock.Unlock()
	return c.closing
}

// send writes all of b, or returns an error.
func (c *blockingConn) send(b []byte) error {
	for len(b) > 0 {
		n, err := c.h.Write(c.handle, b)
		switch {
		case errors.Is(err, demux.ErrAgain):
			if c.stops() {
				return errClosed
			}
			c.waitToWrite()
		case err != nil:
			return err
		}
		b = b[max(n, 0):]
	}
	return nil
}

// waitToWrite waits for room. What is posted meanwhile runs later.
func (c *blockingConn) waitToWrite() {
	if c.demux.Register(c.handle, 1, demux.Writable, demux.Level) == nil {
		var room [1]demux.Event
		_, _ = c.demux.Wait(room[:], -1)
		_ = c.demux.Deregister(c.handle)
	}
}

// Write sends b.
func (c *blockingConn) Write(b []byte) error { return c.send(b) }

// Async sends b in the thread of the connection.
func (c *blockingConn) Async(b []byte) error {
	b = append([]byte(nil), b...)
	return c.later(func() {
		if err := c.send(b); err != nil {
			c.handler.Lost(c, err)
		}
	})
}

// Close ends the connection.
func (c *blockingConn) Close() error {
	c.h.Yield("close")
	c.lock.Lock()
	c.closing = true
	c.lock.Unlock()
	return c.later(func() {})
}

func (c *blockingConn) later(f func()) error {
	if !c.post(f) {
		return errClosed
	}
	return nil
}

// Wake calls Woken.
func (c *blockingConn) Wake() error {
	return c.later(func() {
		if w, can := c.handler.(proptest.EngineWakeHandler); can && !c.stops() {
			w.Woken(c)
		}
	})
}

// Stop ends everything.
func (e *blocking) Stop() error {
	e.lock.Lock()
	e.ended = true
	e.lock.Unlock()
	e.accepter.post(func() {})
	var room [1]demux.Event
	for {
		e.h.Yield("left")
		e.lock.Lock()
		left, conns := e.left, append([]*blockingConn(nil), e.conns...)
		e.lock.Unlock()
		if left == 0 {
			return e.gone.Close()
		}
		for _, c := range conns {
			_ = c.Close()
		}
		if _, err := e.gone.Wait(room[:], -1); err != nil {
			return err
		}
	}
}
