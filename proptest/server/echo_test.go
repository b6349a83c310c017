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

// flaws are what a broken engine does wrong.
type flaws struct {
	closesTwice, closesHandleFirst, keepsHandle, keepsRegistration, closesNumberTwice bool // at the end of a connection
	dropsAtEnd, answersTwice, dropsByte, stopsReading, dropsUnsent, endsAtFIN         bool // of the data
	unbounded, unfair, polls, slowPolls, wakesFirst, noWake                           bool // of the loop
	spinsOnExhaustion, deafAfterExhaustion, endsOnError, endsOthers                   bool // when something fails
	keepsOnStop, stopWaits, leaksTask                                                 bool // at the end
	earlyTimer, lateTimer, stopLies, timerTask                                        bool // of timers
	dataAfterClose, dataBeforeOpen, twoThreads                                        bool // of callbacks
}

// engine is a server with one loop: level readiness, and a queue for other threads.
type engine struct {
	flaws
	h       demux.Host
	handler proptest.EngineHandler

	demux    demux.Demux
	listener demux.Handle
	paused   bool          // the listener is not registered
	resume   time.Duration // when it is again
	conns    map[demux.Token]*conn
	next     demux.Token
	serve    error
	buffer   [64 << 10]byte

	lock    sync.Mutex // guards what follows; it is never held over a call
	posted  []func()
	ended   bool // no more is posted
	waiting bool // the loop may be about to sleep
	over    bool
	gone    demux.Demux // of Stop, which waits for the end of the loop
	timers  []*loopTimer
}

type loopTimer struct {
	at time.Duration
	f  func()
}

// conn is a connection.
type conn struct {
	*engine
	handle  demux.Handle
	token   demux.Token
	out     []byte
	closing bool // when out is empty
	eof     bool
	closed  bool
}

const listenerToken = demux.Token(1 << 40)

// newEngine returns the function that makes engines with flaws.
func newEngine(f flaws) proptest.NewEngine {
	return func(_ testing.TB, h demux.Host) proptest.Engine {
		return &engine{flaws: f, h: h, conns: map[demux.Token]*conn{}}
	}
}

// Serve is the loop.
func (e *engine) Serve(addr string, h proptest.EngineHandler) (err error) {
	e.handler = h
	if e.demux, err = e.h.Open(); err != nil {
		return err
	}
	if e.gone, err = e.h.Open(); err != nil {
		return errors.Join(err, e.demux.Close())
	}
	if e.listener, _, err = e.h.Listen(addr, 16); err != nil {
		return errors.Join(err, e.demux.Close())
	}
	if err := e.demux.Register(e.listener, listenerToken, demux.Readable, demux.Level); err != nil {
		return errors.Join(err, e.h.Close(e.listener), e.demux.Close())
	}
	if e.leaksTask {
		e.h.Go("left behind", func() {
			d, _ := e.h.Open()
			_, _ = d.Wait(make([]demux.Event, 1), -1)
		})
	}
	h.Ready()
	return e.run()
}

// run serves until Stop.
func (e *engine) run() error {
	var events [16]demux.Event
	for {
		posted, ended := e.take()
		for _, f := range posted {
			f()
		}
		e.runTimers()
		if ended || e.serve != nil {
			break
		}
		n, err := e.demux.Wait(events[:], e.timeout())
		if err != nil {
			return err
		}
		for i, ev := range events[:n] {
			if e.unfair && n > 2 && i == n-1 {
				break
			}
			if ev.Token == listenerToken {
				e.accept()
			} else if c := e.conns[ev.Token]; c != nil {
				c.ready(ev.Ready)
			}
		}
	}
	return e.end()
}

// take takes the queue.
func (e *engine) take() (posted []func(), ended bool) {
	e.h.Yield("look")
	e.lock.Lock()
	defer e.lock.Unlock()
	posted, e.posted = e.posted, nil
	if !e.noWake && !e.wakesFirst {
		e.waiting = len(posted) == 0
	}
	return posted, e.ended && len(posted) == 0
}

// timeout is that of the next Wait.
func (e *engine) timeout() time.Duration {
	e.lock.Lock()
	defer e.lock.Unlock()
	if len(e.posted) > 0 || !e.waiting && !e.noWake && !e.wakesFirst || e.polls {
		return 0
	}
	d := time.Duration(-1)
	if e.slowPolls {
		d = 100 * time.Millisecond
	}
	sooner := func(at time.Duration) {
		if rest := max(at-e.h.Now(), 0); d < 0 || rest < d {
			d = rest
		}
	}
	for _, t := range e.timers {
		sooner(t.at)
	}
	if e.paused {
		sooner(e.resume)
	}
	return d
}

// post has the loop call f. It reports whether it will.
func (e *engine) post(f func()) bool {
	e.h.Yield("post")
	e.lock.Lock()
	if e.ended {
		e.lock.Unlock()
		return false
	}
	if e.wakesFirst {
		e.lock.Unlock()
		_ = e.demux.Wake()
		e.h.Yield("push")
		e.lock.Lock()
		e.posted = append(e.posted, f)
		e.lock.Unlock()
		return true
	}
	e.posted = append(e.posted, f)
	wake := e.waiting
	e.waiting = false
	e.lock.Unlock()
	if wake && !e.noWake {
		_ = e.demux.Wake()
	}
	return true
}

// accept takes all connections that are there.
func (e *engine) accept() {
	for {
		h, err := e.h.Accept(e.listener)
		switch {
		case errors.Is(err, demux.ErrAgain):
			return
		case err != nil && e.endsOnError:
			e.serve = err
			return
		case err != nil && e.spinsOnExhaustion:
			return
		case err != nil && e.deafAfterExhaustion:
			_ = e.demux.Deregister(e.listener)
			return
		case err != nil: // perhaps there are no descriptors: look again in a while
			e.pause()
			return
		}
		e.open(h)
	}
}

func (e *engine) pause() {
	if e.demux.Deregister(e.listener) == nil {
		e.paused, e.resume = true, e.h.Now()+10*time.Millisecond
	}
}

func (e *engine) open(h demux.Handle) {
	e.next++
	c := &conn{engine: e, handle: h, token: e.next}
	if err := e.demux.Register(h, c.token, demux.Readable, demux.Level); err != nil {
		_ = e.h.Close(h)
		return
	}
	e.conns[c.token] = c
	if e.dataBeforeOpen {
		e.handler.Data(c, nil)
	}
	c.out = append(c.out, e.handler.Open(c)...)
	c.flush()
}

// runTimers runs what is due.
func (e *engine) runTimers() {
	if now := e.h.Now(); e.paused && now >= e.resume {
		e.paused = false
		if err := e.demux.Register(e.listener, listenerToken, demux.Readable, demux.Level); err != nil {
			e.paused, e.resume = true, now+10*time.Millisecond
		}
	}
	for {
		t := e.dueTimer()
		if t == nil {
			return
		}
		t.f()
	}
}

func (e *engine) dueTimer() *loopTimer {
	e.h.Yield("timers")
	e.lock.Lock()
	defer e.lock.Unlock()
	now := e.h.Now()
	if e.lateTimer {
		now -= time.Second
	}
	if e.earlyTimer {
		now += time.Millisecond
	}
	for i, t := range e.timers {
		if t.at <= now {
			e.timers = append(e.timers[:i:i], e.timers[i+1:]...)
			return t
		}
	}
	return nil
}

// AfterFunc sets a timer.
func (e *engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	t := &loopTimer{f: f}
	if e.timerTask {
		e.h.Go("timer", func() {
			own, err := e.h.Open()
			if err != nil {
				return
			}
			_, _ = own.Wait(make([]demux.Event, 1), d)
			_ = own.Close()
			f()
		})
		return func() bool { return false }
	}
	e.h.Yield("set")
	e.lock.Lock()
	t.at = e.h.Now() + d
	e.timers = append(e.timers, t)
	e.lock.Unlock()
	e.post(func() {})
	return func() bool {
		e.h.Yield("stop")
		e.lock.Lock()
		defer e.lock.Unlock()
		if e.stopLies {
			return true
		}
		for i := range e.timers {
			if e.timers[i] == t {
				e.timers = append(e.timers[:i:i], e.timers[i+1:]...)
				return true
			}
		}
		return false
	}
}

// ready does what an event asks for.
func (c *conn) ready(r demux.Ready) {
	if c.dropsAtEnd && r&demux.Hangup != 0 {
		c.end(nil)
		return
	}
	if r&demux.Writable != 0 {
		c.flush()
	}
	if r&^demux.Writable == 0 || c.closed {
		return
	}
	for !c.closed && c.read() && c.unbounded { // once: level readiness comes again
	}
}

// read reads once, and reports whether there may be more.
func (c *conn) read() bool {
	n, err := c.h.Read(c.handle, c.buffer[:])
	switch {
	case errors.Is(err, demux.ErrAgain):
		return false
	case errors.Is(err, io.EOF):
		c.eof, c.closing = true, true
		if c.endsAtFIN {
			c.out = nil
		}
		c.flush()
		c.update()
		return false
	case err != nil:
		c.end(err)
		return false
	}
	if c.closing {
		return true // nobody wants it
	}
	b := c.buffer[:n]
	if c.dropsByte && n > 100 {
		b = b[:n-1]
	}
	if c.twoThreads {
		c.h.Go("worker", func() { c.handler.Data(c, nil) })
	}
	if c.handler.Data(c, b) {
		c.closing = true
		if c.dropsUnsent {
			c.out = nil
		}
		c.flush()
		c.update()
		return false
	}
	return true
}

// flush sends what it can, and closes if that was all.
func (c *conn) flush() {
	for len(c.out) > 0 && !c.closed {
		n, err := c.h.Write(c.handle, c.out)
		if errors.Is(err, demux.ErrAgain) {
			break
		}
		if err != nil {
			c.end(err)
			return
		}
		if c.answersTwice && n < len(c.out) {
			n--
		}
		c.out = c.out[n:]
	}
	if len(c.out) == 0 && c.closing {
		c.end(nil)
		return
	}
	c.update()
}

// update tells the demultiplexer what is wanted.
func (c *conn) update() {
	if c.closed {
		return
	}
	want := demux.Ready(0)
	if !c.eof && (!c.stopsReading || len(c.out) == 0) {
		want |= demux.Readable
	}
	if len(c.out) > 0 {
		want |= demux.Writable
	}
	if err := c.demux.Modify(c.handle, c.token, want, demux.Level); err != nil {
		c.end(err)
	}
}

// end closes the connection.
func (c *conn) end(err error) {
	if c.closed {
		return
	}
	c.closed = true
	delete(c.conns, c.token)
	if !c.keepsRegistration {
		_ = c.demux.Deregister(c.handle)
	}
	if c.closesHandleFirst {
		_ = c.h.Close(c.handle)
	}
	if c.endsOthers && err != nil {
		for t := demux.Token(1); t <= c.next; t++ {
			if other := c.conns[t]; other != nil {
				other.end(err)
			}
		}
	}
	c.handler.Closed(c, err)
	if c.closesTwice {
		c.handler.Closed(c, err)
	}
	if !c.closesHandleFirst && !c.keepsHandle {
		_ = c.h.Close(c.handle)
	}
	if c.closesNumberTwice {
		_ = c.h.Close(c.handle)
	}
	if c.dataAfterClose {
		c.handler.Data(c, nil)
	}
}

// end takes everything down.
func (e *engine) end() error {
	if !e.keepsOnStop {
		for t := demux.Token(1); t <= e.next; t++ {
			if c := e.conns[t]; c != nil {
				c.end(nil)
			}
		}
	}
	if !e.paused {
		_ = e.demux.Deregister(e.listener)
	}
	err := errors.Join(e.h.Close(e.listener), e.demux.Close(), e.serve)
	e.lock.Lock()
	e.over = true
	e.lock.Unlock()
	return errors.Join(err, e.gone.Wake())
}

// Stop ends the loop, and waits until it has ended.
func (e *engine) Stop() error {
	e.post(func() {
		e.lock.Lock()
		e.ended = true
		e.lock.Unlock()
	})
	var room [1]demux.Event
	for e.stopWaits || !e.isOver() {
		if _, err := e.gone.Wait(room[:], -1); err != nil {
			return err
		}
	}
	return e.gone.Close()
}

func (e *engine) isOver() bool {
	e.h.Yield("over")
	e.lock.Lock()
	defer e.lock.Unlock()
	return e.over
}

// Fd returns the handle.
func (c *conn) Fd() int { return int(c.handle) }

var errClosed = errors.New("the connection is closed")

// Write sends b, or keeps what cannot be sent.
func (c *conn) Write(b []byte) error {
	if c.closed {
		return errClosed
	}
	c.out = append(c.out, b...)
	c.flush()
	return nil
}

// Async is Write in the loop.
func (c *conn) Async(b []byte) error {
	b = append([]byte(nil), b...)
	if !c.post(func() {
		if !c.closed {
			_ = c.Write(b)
		}
	}) {
		return errClosed
	}
	return nil
}

// Close closes the connection in the loop.
func (c *conn) Close() error {
	if !c.post(func() {
		c.closing = true
		c.flush()
	}) {
		return errClosed
	}
	return nil
}

// Wake calls Woken in the loop.
func (c *conn) Wake() error {
	if !c.post(func() {
		if w, can := c.handler.(proptest.EngineWakeHandler); can && !c.closed {
			w.Woken(c)
		}
	}) {
		return errClosed
	}
	return nil
}
