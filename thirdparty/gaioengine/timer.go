package gaioengine

import (
	"net"
	"sync"
	"time"
)

// timer is a timer of the watcher: the deadline of a read for which no byte comes.
type timer struct {
	e       *engine
	f       func()
	c, peer net.Conn

	mu   sync.Mutex
	over bool
}

// AfterFunc calls f when the deadline of a read has passed.
func (e *engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	t := &timer{e: e, f: f}
	if err := t.connect(); err != nil {
		go func() { // there is no descriptor for it: the runtime has a timer
			time.Sleep(d)
			t.end(true)
		}()
		return t.stop
	}
	e.mu.Lock()
	e.timers = append(e.timers, t)
	e.mu.Unlock()
	if err := e.w.ReadTimeout(t, t.c, make([]byte, 1), time.Now().Add(d)); err != nil {
		t.end(false)
	}
	return t.stop
}

// connect makes a connection to itself.
func (t *timer) connect() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = ln.Close() }()
	if t.c, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		return err
	}
	if t.peer, err = ln.Accept(); err != nil {
		_ = t.c.Close()
	}
	return err
}

// end ends the timer, once, and calls its function if it has run out.
func (t *timer) end(ran bool) (was bool) {
	t.mu.Lock()
	was = t.over
	t.over = true
	t.mu.Unlock()
	if was {
		return true
	}
	if t.c != nil {
		_ = t.e.w.Free(t.c)
		_ = t.c.Close()
	}
	if t.peer != nil {
		_ = t.peer.Close()
	}
	if ran {
		t.f()
	}
	return false
}

// stop ends the timer, and reports whether it has kept f from being called.
func (t *timer) stop() bool { return !t.end(false) }
