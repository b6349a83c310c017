package epoll

import (
	"math"
	"time"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// The kernel's limits.
const (
	maxEvents = math.MaxInt32 / 16               // epoll_wait(2) refuses more; 12 or 16 bytes an event
	maxPiece  = math.MaxInt32 * time.Millisecond // the longest epoll_wait, almost 25 days
)

// Wait calls the kernel until it reports something or the timeout is over.
func (b *backend) Wait(dst []demux.Event, timeout frame.Timeout) (int, error) {
	room := min(len(dst), maxEvents)
	if len(b.events) < room {
		b.events = make([]Event, room)
	}
	for left := timeout.Length(); ; left = timeout.Left(b.sys) {
		// room, not one more for the wake: an event that does not fit into
		// dst could not be given back to the kernel.
		events, call, piece := b.events[:room], "epoll_pwait2", false
		var n int
		var e Errno
		if b.pwait2 {
			n, e = b.sys.EpollPwait2(b.epfd, events, b.timespec(left))
		} else {
			call, piece = "epoll_wait", left > maxPiece
			n, e = b.sys.EpollWait(b.epfd, events, milliseconds(left))
		}
		if e == 0 && (n > 0 || !piece) {
			return b.report(dst, events[:n]), nil
		}
		if e != 0 && e != EINTR {
			return 0, e.Err(call)
		}
	}
}

// timespec returns left for epoll_pwait2, nil if it is forever.
func (b *backend) timespec(left time.Duration) *Timespec {
	if left < 0 {
		return nil
	}
	b.timeout = Timespec{Sec: int64(left / time.Second), Nsec: int64(left % time.Second)}
	return &b.timeout
}

// milliseconds returns left for epoll_wait, or the longest that it can wait if left is
// longer.
func milliseconds(left time.Duration) int {
	if left < 0 {
		return -1
	}
	// Round up: rounding down turns the last fraction of every wait into a busy
	// loop.
	return int((min(left, maxPiece) + time.Millisecond - 1) / time.Millisecond)
}

// report puts what the kernel reported into dst, without the wake.
func (b *backend) report(dst []demux.Event, events []Event) int {
	n := 0
	for i := range events {
		ev := &events[i]
		if ev.Data == wakeSlot {
			continue
		}
		s := b.slots.At(uint32(ev.Data))
		dst[n] = demux.Event{Token: s.token, Ready: ready(ev.Events, s.want)}
		n++
	}
	return n
}
