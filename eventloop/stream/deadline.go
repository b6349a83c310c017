package stream

import (
	"os"
	"time"

	"reactortest/eventloop"
)

// The timers of a connection.
const (
	timerRead = iota
	timerWrite
	timerClose
	timerDial
	timers
)

// times are the timers of a connection that has some.
type times struct {
	limit  [timers]time.Duration
	active [timers]time.Duration // when the limit began to run
	timer  [timers]eventloop.Timer
	set    [timers]bool // timer is one of AfterFunc
	writes bool         // the limit of writes runs
}

// SetReadTimeout ends the connection with os.ErrDeadlineExceeded when nothing has arrived for
// d. It counts from now. 0 means no limit, which is the default. It panics if d is negative.
// The time runs on while the connection is paused or full, when nothing is read, and after the
// peer has ended its direction: set 0 in End if the answer takes longer.
func (c *Conn) SetReadTimeout(d time.Duration) { c.setTimer(timerRead, checked("SetReadTimeout", d)) }

// SetWriteTimeout ends the connection with os.ErrDeadlineExceeded when bytes are queued and
// the system has taken none of them for d. It counts from now. 0 means no limit, which is the
// default. It panics if d is negative. With Options.Operations the system takes up to 32 KiB
// at a time, and they count as taken when it has taken all of them.
func (c *Conn) SetWriteTimeout(d time.Duration) {
	d = checked("SetWriteTimeout", d)
	if c.dead {
		return
	}
	t := c.limits()
	if t.writes {
		t.writes = false
		t.timer[timerWrite].Stop()
	}
	t.limit[timerWrite] = d
	c.startWriteTimer()
}

func checked(name string, d time.Duration) time.Duration {
	if d < 0 {
		panic("stream: " + name + " of a negative time")
	}
	return d
}

func (c *Conn) limits() *times {
	if c.times == nil {
		c.times = &times{}
	}
	return c.times
}

// startWriteTimer lets the time run in which the queue has to move. A timer that runs since
// an earlier queue is not set again: it looks at the time when it expires.
func (c *Conn) startWriteTimer() {
	if c.times != nil && c.times.limit[timerWrite] > 0 && c.queue.size > 0 && !c.times.writes {
		c.times.writes = true
		c.setTimer(timerWrite, c.times.limit[timerWrite])
	}
}

// setTimer has timer i end the connection after d; 0 stops it.
func (c *Conn) setTimer(i int, d time.Duration) {
	if c.dead {
		return
	}
	t := c.limits()
	t.limit[i] = d
	t.active[i] = c.net.host.Now()
	switch {
	case d == 0:
		t.timer[i].Stop()
	case t.set[i]:
		t.timer[i].Reset(d)
	default:
		t.set[i] = true
		t.timer[i] = c.net.loop.AfterFunc(d, func() { c.expired(i) })
	}
}

// expired ends the connection, or lets the time run on if something has happened since the
// timer was set. Setting it again with every byte would cost more.
func (c *Conn) expired(i int) {
	t := c.times
	if c.dead {
		return
	}
	if i == timerWrite {
		t.writes = false
		if c.queue.size == 0 {
			return
		}
		t.writes = true
	}
	if left := t.active[i] + t.limit[i] - c.net.host.Now(); left > 0 {
		t.timer[i].Reset(left)
		return
	}
	if i == timerClose {
		c.Abort(os.ErrDeadlineExceeded) // the peer has had its time
		return
	}
	c.end(os.ErrDeadlineExceeded)
}

func (c *Conn) stopTimers() {
	if c.times == nil {
		return
	}
	for _, t := range c.times.timer {
		t.Stop()
	}
}
