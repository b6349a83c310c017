package gaioengine

import (
	"net"
	"sync"
	"time"
)

// timer is a timer of the watcher: the deadline of a read for which nothing comes.
type timer struct {
	e    *engine
	f    func()
	due  time.Time
	c    net.Conn    // nil: there was no descriptor for it
	late *time.Timer // the runtime's, then

	mu   sync.Mutex
	over bool
}

// AfterFunc calls f when the deadline of a read has passed.
func (e *engine) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	t := &timer{e: e, f: f, due: time.Now().Add(d)}
	e.mu.Lock()
	e.timers = append(e.timers, t)
	t.over = e.stopped
	e.mu.Unlock()
	c, err := net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9})
	if err == nil {
		err = t.reads(c)
	}
	if err != nil {
		t.failed()
	}
	return t.stop
}

// reads has the watcher wait for what c, which is the timer's from now on, receives.
func (t *timer) reads(c net.Conn) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return c.Close()
	}
	t.c = c
	return t.e.w.ReadTimeout(t, c, make([]byte, 1), t.due)
}

// failed has the runtime's timer take over.
func (t *timer) failed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		t.late = time.AfterFunc(time.Until(t.due), func() { t.end(true) })
	}
}

// end ends the timer, once, and calls its function if it has run out.
func (t *timer) end(ran bool) (was bool) {
	t.mu.Lock()
	was = t.over
	t.over = true
	if !was && ran {
		t.e.running.Add(1)
	}
	t.mu.Unlock()
	if was {
		return true
	}
	if t.c != nil {
		_ = t.e.w.Free(t.c)
		_ = t.c.Close()
	}
	if ran {
		t.f()
		t.e.running.Done()
	}
	return false
}

// stop ends the timer, and reports whether it has kept f from being called.
func (t *timer) stop() bool {
	t.mu.Lock()
	late := t.late
	t.mu.Unlock()
	if late != nil {
		late.Stop()
	}
	return !t.end(false)
}
