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
	asyncDirect, leaksOnFailure, wakesClosed, writesClosed, acceptsOne, keepsBytes    bool // of others

	// These are no flaws.
	more int        // loops besides the one that accepts
	mode demux.Mode // of connections

	sendsStopped bool // with keepsOnStop: Async sends when the loop has ended
	says         proptest.EngineDeclared
}

// modeOn returns the mode of connections on a demultiplexer.
func (f flaws) modeOn(t demux.Traits) demux.Mode {
	if t.Supports(f.mode) {
		return f.mode
	}
	return demux.Level
}

// engine is a server. Its loops have level readiness, and a queue for other threads.
type engine struct {
	flaws
	h       demux.Host
	handler proptest.EngineHandler
	loops   []*loop // the first one accepts

	listener demux.Handle
	paused   bool          // the listener is not registered
	resume   time.Duration // when it is again
	serve    error
	turn     int

	lock sync.Mutex // guards what follows; it is never held over a call
	left int        // loops that run
	over bool
	gone demux.Demux // of Stop, which waits for the end
}

// loop is one thread.
type loop struct {
	*engine
	demux    demux.Demux
	connMode demux.Mode
	conns    map[demux.Token]*conn
	next     demux.Token
	buffer   [64 << 10]byte

	posted  []func()
	ended   bool // no more is posted
	waiting bool // the loop may be about to sleep
	timers  []*loopTimer
}

type loopTimer struct {
	at time.Duration
	f  func()
}

// conn is a connection.
type conn struct {
	*loop
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
	return func(_ testing.TB, h demux.Host) proptest.Engine { return &engine{flaws: f, h: h} }
}

// Declare returns what the engine says of itself.
func (e *engine) Declare() proptest.EngineDeclared { return e.says }

// Serve runs the loop that accepts.
func (e *engine) Serve(addr string, h proptest.EngineHandler) (err error) {
	e.handler = h
	if e.gone, err = e.h.Open(); err != nil {
		return err
	}
	for range 1 + e.more {
		d, err := e.h.Open()
		if err != nil {
			return err
		}
		e.loops = append(e.loops, &loop{engine: e, demux: d, conns: map[demux.Token]*conn{}, connMode: e.modeOn(d.Traits())})
	}
	if e.listener, _, err = e.h.Listen(addr, 16); err != nil {
		return err
	}
	first := e.loops[0]
	mode := demux.Level
	if e.acceptsOne {
		mode = demux.Edge
	}
	if err := first.demux.Register(e.listener, listenerToken, demux.Readable, mode); err != nil {
		return err
	}
	if e.leaksTask {
		e.h.Go("left behind", func() {
			d, _ := e.h.Open()
			_, _ = d.Wait(make([]demux.Event, 1), -1)
		})
	}
	h.Ready()
	e.left = len(e.loops)
	for _, l := range e.loops[1:] {
		e.h.Go("loop", func() { _ = l.run() })
	}
	return first.run()
}

// run serves until Stop.
func (l *loop) run() error {
	var events [16]demux.Event
	for {
		posted, ended := l.take()
		for _, f := range posted {
			f()
		}
		l.runTimers()
		if ended || l.serve != nil {
			break
		}
		n, err := l.demux.Wait(events[:], l.timeout())
		if err != nil {
			return err
		}
		for i, ev := range events[:n] {
			if l.unfair && n > 2 && i == n-1 {
				break
			}
			if ev.Token == listenerToken {
				l.accept()
			} else if c := l.conns[ev.Token]; c != nil {
				c.ready(ev.Ready)
			}
		}
	}
	return l.end()
}

// take takes the queue.
func (l *loop) take() (posted []func(), ended bool) {
	l.h.Yield("look")
	l.lock.Lock()
	defer l.lock.Unlock()
	posted, l.posted = l.posted, nil
	if !l.noWake && !l.wakesFirst {
		l.waiting = len(posted) == 0
	}
	return posted, l.ended && len(posted) == 0
}

// timeout is that of the next Wait.
func (l *loop) timeout() time.Duration {
	l.lock.Lock()
	defer l.lock.Unlock()
	if len(l.posted) > 0 || !l.waiting && !l.noWake && !l.wakesFirst || l.polls {
		return 0
	}
	d := time.Duration(-1)
	if l.slowPolls {
		d = 100 * time.Millisecond
	}
	sooner := func(at time.Duration) {
		if rest := max(at-l.h.Now(), 0); d < 0 || rest < d {
			d = rest
		}
	}
	for _, t := range l.timers {
		sooner(t.at)
	}
	if l == l.loops[0] && l.paused {
		sooner(l.resume)
	}
	return d
}

// post has the loop call f. It reports whether it will.
func (l *loop) post(f func()) bool {
	l.h.Yield("post")
	l.lock.Lock()
	if l.ended {
		l.lock.Unlock()
		return false
	}
	if l.wakesFirst {
		l.lock.Unlock()
		_ = l.demux.Wake()
		l.h.Yield("push")
		l.lock.Lock()
		l.posted = append(l.posted, f)
		l.lock.Unlock()
		return true
	}
	l.posted = append(l.posted, f)
	wake := l.waiting
	l.waiting = false
	l.lock.Unlock()
	if wake && !l.noWake {
		_ = l.demux.Wake()
	}
	return true
}

// accept takes all connections that are there.
func (l *loop) accept() {
	for {
		h, err := l.h.Accept(l.listener)
		switch {
		case errors.Is(err, demux.ErrAgain):
			return
		case err != nil && l.endsOnError:
			l.serve = err
			return
		case err != nil && l.spinsOnExhaustion:
			return
		case err != nil && l.deafAfterExhaustion:
			_ = l.demux.Deregister(l.listener)
			return
		case err != nil: // perhaps there are no descriptors: look again in a while
			l.pause()
			return
		}
		if l.deal(h); l.acceptsOne {
			return
		}
	}
}

// deal gives a connection to a loop.
func (l *loop) deal(h demux.Handle) {
	to := l.loops[l.turn%len(l.loops)]
	if l.turn++; to == l {
		l.open(h)
	} else if !to.post(func() { to.open(h) }) {
		_ = l.h.Close(h)
	}
}

func (l *loop) pause() {
	if l.demux.Deregister(l.listener) == nil {
		l.paused, l.resume = true, l.h.Now()+10*time.Millisecond
	}
}

func (l *loop) open(h demux.Handle) {
	l.next++
	c := &conn{loop: l, handle: h, token: l.next}
	want := demux.Readable
	if l.connMode == demux.Edge {
		want |= demux.Writable
	}
	if err := l.demux.Register(h, c.token, want, l.connMode); err != nil {
		if !l.leaksOnFailure {
			_ = l.h.Close(h)
		}
		return
	}
	l.conns[c.token] = c
	if l.dataBeforeOpen {
		l.handler.Data(c, nil)
	}
	c.out = append(c.out, l.handler.Open(c)...)
	c.flush()
}

// runTimers runs what is dul.
func (l *loop) runTimers() {
	if now := l.h.Now(); l == l.loops[0] && l.paused && now >= l.resume {
		l.paused = false
		if err := l.demux.Register(l.listener, listenerToken, demux.Readable, demux.Level); err != nil {
			l.paused, l.resume = true, now+10*time.Millisecond
		}
	}
	for {
		t := l.dueTimer()
		if t == nil {
			return
		}
		t.f()
	}
}

func (l *loop) dueTimer() *loopTimer {
	l.h.Yield("timers")
	l.lock.Lock()
	defer l.lock.Unlock()
	now := l.h.Now()
	if l.lateTimer {
		now -= time.Second
	}
	if l.earlyTimer {
		now += time.Millisecond
	}
	for i, t := range l.timers {
		if t.at <= now {
			l.timers = append(l.timers[:i:i], l.timers[i+1:]...)
			return t
		}
	}
	return nil
}

// AfterFunc sets a timer.
func (e *engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	l := e.loops[len(e.loops)-1]
	t := &loopTimer{f: f}
	if l.timerTask {
		l.h.Go("timer", func() {
			own, err := l.h.Open()
			if err != nil {
				return
			}
			_, _ = own.Wait(make([]demux.Event, 1), d)
			_ = own.Close()
			f()
		})
		return func() bool { return false }
	}
	l.h.Yield("set")
	l.lock.Lock()
	t.at = l.h.Now() + d
	l.timers = append(l.timers, t)
	l.lock.Unlock()
	l.post(func() {})
	return func() bool {
		l.h.Yield("stop")
		l.lock.Lock()
		defer l.lock.Unlock()
		if l.stopLies {
			return true
		}
		for i := range l.timers {
			if l.timers[i] == t {
				l.timers = append(l.timers[:i:i], l.timers[i+1:]...)
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
	if r&^demux.Writable == 0 || c.closed || c.eof {
		return
	}
	reads := 1 // readiness comes again
	if c.connMode == demux.Edge {
		reads = 16
	}
	more := true
	for more && !c.closed && (reads > 0 || c.unbounded) {
		more = c.read()
		reads--
	}
	switch {
	case c.connMode == demux.Oneshot:
		c.update()
	case c.connMode == demux.Edge && more && !c.closed:
		c.post(func() { c.ready(demux.Readable) })
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
	for len(c.out) > 0 && (!c.closed || c.writesClosed) {
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
	if c.closed || c.connMode == demux.Edge {
		return
	}
	want := demux.Ready(0)
	if !c.eof && (!c.stopsReading || len(c.out) == 0) {
		want |= demux.Readable
	}
	if len(c.out) > 0 {
		want |= demux.Writable
	}
	if err := c.demux.Modify(c.handle, c.token, want, c.connMode); err != nil {
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

// end takes the loop down, and with the last one everything.
func (l *loop) end() error {
	if !l.keepsOnStop {
		for t := demux.Token(1); t <= l.next; t++ {
			if c := l.conns[t]; c != nil {
				c.end(nil)
			}
		}
	}
	var err error
	if l == l.loops[0] {
		if !l.paused {
			_ = l.demux.Deregister(l.listener)
		}
		err = l.h.Close(l.listener)
	}
	err = errors.Join(err, l.demux.Close(), l.serve)
	l.lock.Lock()
	l.left--
	l.over = l.left == 0
	l.lock.Unlock()
	return errors.Join(err, l.gone.Wake())
}

// Stop ends the loops, and waits until they have ended.
func (e *engine) Stop() error {
	for _, l := range e.loops {
		l.post(func() {
			l.lock.Lock()
			l.ended = true
			l.lock.Unlock()
		})
	}
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
	if c.closed && !c.writesClosed {
		return errClosed
	}
	c.out = append(c.out, b...)
	c.flush()
	return nil
}

// Async is Write in the loop.
func (c *conn) Async(b []byte) error {
	if c.asyncDirect && !c.closed {
		n, err := c.h.Write(c.handle, b)
		if b = b[max(n, 0):]; err == nil && len(b) == 0 {
			return nil
		}
	}
	if !c.keepsBytes {
		b = append([]byte(nil), b...)
	}
	if !c.post(func() {
		if !c.closed || c.writesClosed {
			_ = c.Write(b)
		}
	}) {
		if c.sendsStopped && !c.closed && len(c.out) == 0 {
			_, err := c.h.Write(c.handle, b)
			return err
		}
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
		if w, can := c.handler.(proptest.EngineWakeHandler); can && (!c.closed || c.wakesClosed) {
			w.Woken(c)
		}
	}) {
		return errClosed
	}
	return nil
}
