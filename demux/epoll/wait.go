package epoll

import (
	"math"
	"time"

	"reactortest/demux"
)

// The kernel's limits.
const (
	maxEvents = math.MaxInt32 / 16               // epoll_wait(2) refuses more; 12 or 16 bytes an event
	maxPiece  = math.MaxInt32 * time.Millisecond // the longest epoll_wait, almost 25 days
	forEver   = time.Duration(math.MaxInt64)     // the last instant that a Duration can name
	noTime    = time.Duration(0)                 // a poll
)

// Wait blocks until something is reportable, timeout has passed or a Wake is
// consumed. It does not allocate, except when dst is longer than any before.
func (d *Demux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("epoll: Wait with no room for events")
	}
	if !d.enter() {
		return 0, demux.ErrClosed
	}
	n, err := d.wait(dst, timeout)
	if err = d.leave(err); err != nil {
		return 0, err
	}
	return n, nil
}

func (d *Demux) wait(dst []demux.Event, timeout time.Duration) (int, error) {
	room := min(len(dst), maxEvents)
	if len(d.events) < room {
		d.events = make([]Event, room)
	}
	var deadline time.Duration
	if timeout > 0 {
		deadline = forEver
		if now := d.sys.Now(); timeout < forEver-now {
			deadline = now + timeout
		}
	}
	left := timeout
	for {
		// room, not one more for the wake: an event that does not fit into
		// dst could not be given back to the kernel.
		n, piece, call, e := d.poll(d.events[:room], left)
		if e == 0 && (n > 0 || !piece) {
			return d.report(dst, d.events[:n]), nil
		}
		if e != 0 && e != EINTR {
			return 0, e.Err(call)
		}
		if timeout > 0 {
			left = max(deadline-d.sys.Now(), noTime)
		}
	}
}

// poll makes one call of the kernel's that waits for left at the most. piece
// tells that the kernel was asked for less.
func (d *Demux) poll(events []Event, left time.Duration) (n int, piece bool, call string, e Errno) {
	if d.pwait2 {
		var timeout *Timespec
		if left >= 0 {
			d.timeout = Timespec{Sec: int64(left / time.Second), Nsec: int64(left % time.Second)}
			timeout = &d.timeout
		}
		n, e = d.sys.EpollPwait2(d.epfd, events, timeout)
		return n, false, "epoll_pwait2", e
	}
	msec := -1
	if left >= 0 {
		piece = left > maxPiece
		left = min(left, maxPiece)
		// Round up: rounding down turns the last fraction of every wait
		// into a busy loop.
		msec = int((left + time.Millisecond - 1) / time.Millisecond)
	}
	n, e = d.sys.EpollWait(d.epfd, events, msec)
	return n, piece, "epoll_wait", e
}

// report puts what the kernel reported into dst, without the wake.
func (d *Demux) report(dst []demux.Event, events []Event) int {
	n := 0
	for i := range events {
		ev := &events[i]
		if ev.Data == wakeSlot {
			d.drain()
			continue
		}
		s := &d.slots[ev.Data]
		dst[n] = demux.Event{Token: s.token, Ready: ready(ev.Events, s.want)}
		n++
	}
	return n
}

// drain takes the pending wakes back. A wake that comes after the read is the
// next Wait's, one that came before is this one's. Should the read fail, the
// eventfd stays readable and the next Wait tries again.
func (d *Demux) drain() {
	for {
		if _, e := d.sys.Read(d.wakefd, d.drained[:]); e != EINTR {
			return
		}
	}
}
