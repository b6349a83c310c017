package kqueue

import (
	"math"
	"time"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// maxEvents is the most that one call is asked for. The count is a C int on some
// systems, the size of all events on none.
const maxEvents = math.MaxInt32 / 64

// Wait calls the kernel until it reports something or the timeout is over.
func (b *backend) Wait(dst []demux.Event, timeout frame.Timeout) (int, error) {
	room := min(len(dst), maxEvents)
	if len(b.events) < room {
		b.events = make([]Kevent, room)
	}
	for left := timeout.Length(); ; left = timeout.Left(b.sys) {
		// room, not one more for the wake: an event that does not fit into
		// dst could not be given back to the kernel.
		n, piece, e := b.poll(b.events[:room], left)
		switch {
		case e == 0 && (n > 0 || !piece):
			return b.report(dst, b.events[:n]), nil
		case e == 0, e == EINTR, e == ETIMEDOUT:
			// Darwin's kevent was seen to fail with ETIMEDOUT, which its
			// manual does not have: netpoll_kqueue.go, go.dev/issue/59679.
		default:
			return 0, e.Err("kevent")
		}
	}
}

// poll makes one call of the kernel's that waits for left at the most. piece
// tells that the kernel was asked for less.
func (b *backend) poll(events []Kevent, left time.Duration) (n int, piece bool, e Errno) {
	var timeout *Timespec
	if left >= 0 {
		piece = left > b.profile.MaxTimeout
		left = min(left, b.profile.MaxTimeout)
		b.timeout = Timespec{Sec: int64(left / time.Second), Nsec: int64(left % time.Second)}
		timeout = &b.timeout
	}
	n, e = b.sys.Kevent(b.kq, nil, events, timeout)
	return n, piece, e
}

// report puts what the kernel reported into dst, without the wake.
func (b *backend) report(dst []demux.Event, events []Kevent) int {
	n, fired := 0, false
	for i := range events {
		ev := &events[i]
		if ev.Udata == wakeData {
			b.drain()
			continue
		}
		s := b.slots.At(uint32(ev.Udata))
		dir, r := b.ready(ev)
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
		b.disarm(events)
	}
	return n
}

// disarm deletes the knotes for the other direction of the oneshot
// registrations that have fired (W6).
func (b *backend) disarm(events []Kevent) {
	b.changes = b.changes[:0]
	for i := range events {
		if events[i].Udata == wakeData {
			continue
		}
		s := b.slots.At(uint32(events[i].Udata))
		if s.fired > 0 && s.armed != 0 { // one of two is left at the most
			b.delete(s.handle, s.armed)
			s.armed = 0
		}
		s.fired = 0
	}
	if len(b.changes) == 0 || b.apply(b.changes) == 0 {
		return
	}
	// A handle that was closed without Deregister: the change that failed has
	// ended the call. Those before it fail now.
	for i := range b.changes {
		_ = b.apply(b.changes[i : i+1])
	}
}

// ready returns the direction of an event and what the event means. Hangup says
// that the peer sends no more, and what it sent may be unread: it comes with the
// filter for reading, and so never before the data. EV_EOF of the filter for
// writing is about this end: it can send no more, and the next Write fails;
// whether the peer goes on sending, it does not say. A socket error is in fflags.
func (b *backend) ready(ev *Kevent) (dir, r demux.Ready) {
	dir = demux.Readable
	if ev.Filter == b.profile.Write {
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
func (b *backend) drain() {
	if b.profile.HasUser {
		return
	}
	for {
		n, e := b.sys.Read(b.wakeR, b.drained[:])
		if e != EINTR && (e != 0 || n < len(b.drained)) {
			return
		}
	}
}
