package kqueue

import (
	"math"
	"time"

	"reactortest/demux"
)

const (
	maxEvents = math.MaxInt32 / 64       // the count is a C int on some systems, the size of all events on none
	forEver   = time.Duration(1<<63 - 1) // the last instant that a Duration can name
	noTime    = time.Duration(0)         // a poll
)

// Wait blocks until something is reportable, timeout has passed or a Wake is
// consumed. It does not allocate, except when dst is longer than any before.
func (d *Demux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("kqueue: Wait with no room for events")
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
		d.events = make([]Kevent, room)
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
		n, piece, e := d.poll(d.events[:room], left)
		switch {
		case e == 0 && (n > 0 || !piece):
			return d.report(dst, d.events[:n]), nil
		case e == 0, e == EINTR, e == ETIMEDOUT:
			// Darwin's kevent was seen to fail with ETIMEDOUT, which its
			// manual does not have: netpoll_kqueue.go, go.dev/issue/59679.
		default:
			return 0, e.Err("kevent")
		}
		if timeout > 0 {
			left = max(deadline-d.sys.Now(), noTime)
		}
	}
}

// poll makes one call of the kernel's that waits for left at the most. piece
// tells that the kernel was asked for less.
func (d *Demux) poll(events []Kevent, left time.Duration) (n int, piece bool, e Errno) {
	var timeout *Timespec
	if left >= 0 {
		piece = left > d.profile.MaxTimeout
		left = min(left, d.profile.MaxTimeout)
		d.timeout = Timespec{Sec: int64(left / time.Second), Nsec: int64(left % time.Second)}
		timeout = &d.timeout
	}
	n, e = d.sys.Kevent(d.kq, nil, events, timeout)
	return n, piece, e
}

// report puts what the kernel reported into dst, without the wake.
func (d *Demux) report(dst []demux.Event, events []Kevent) int {
	n, fired := 0, false
	for i := range events {
		ev := &events[i]
		if ev.Udata == wakeData {
			d.drain()
			continue
		}
		s := &d.slots[ev.Udata]
		dir, r := d.ready(ev)
		switch {
		case s.fired > 0: // the other direction of a oneshot registration was in this batch
			dst[s.fired-1].Ready |= r
			s.armed &^= dir
			continue
		case s.mode&demux.Oneshot != 0:
			s.armed &^= dir
			s.fired = uint32(n) + 1
			fired = true
		}
		dst[n] = demux.Event{Token: s.token, Ready: r}
		n++
	}
	if fired {
		d.disarm(events)
	}
	return n
}

// disarm deletes the knotes for the other direction of the oneshot
// registrations that have fired (W6).
func (d *Demux) disarm(events []Kevent) {
	d.changes = d.changes[:0]
	for i := range events {
		if events[i].Udata == wakeData {
			continue
		}
		s := &d.slots[events[i].Udata]
		if s.fired > 0 && s.armed != 0 { // one of two is left at the most
			d.delete(s.handle, s.armed)
			s.armed = 0
		}
		s.fired = 0
	}
	if len(d.changes) == 0 || d.apply(d.changes) == 0 {
		return
	}
	// A handle that was closed without Deregister: the change that failed has
	// ended the call. Those before it fail now.
	for i := range d.changes {
		_ = d.apply(d.changes[i : i+1])
	}
}

// ready returns the direction of an event and what the event means. Hangup says
// that the peer sends no more, and what it sent may be unread: it comes with the
// filter for reading, and so never before the data. EV_EOF of the filter for
// writing is about this end: it can send no more, and the next Write fails;
// whether the peer goes on sending, it does not say. A socket error is in fflags.
func (d *Demux) ready(ev *Kevent) (dir, r demux.Ready) {
	dir = demux.Readable
	if ev.Filter == d.profile.Write {
		dir = demux.Writable
	}
	r = dir
	eof := ev.Flags&EOF != 0
	if eof && dir == demux.Readable {
		r |= demux.Hangup
	}
	if ev.Flags&Error != 0 || eof && (dir == demux.Writable || ev.Fflags != 0) {
		r |= demux.Failed
	}
	return dir, r
}

// drain takes the pending wakes back. A wake that comes after the last read is
// the next Wait's, one that came before is this one's. Should a read fail, the
// pipe stays readable and the next Wait tries again. EVFILT_USER with EV_CLEAR
// has been reset by the report.
func (d *Demux) drain() {
	if d.profile.HasUser {
		return
	}
	for {
		n, e := d.sys.Read(d.wakeR, d.drained[:])
		if e != EINTR && (e != 0 || n < len(d.drained)) {
			return
		}
	}
}
