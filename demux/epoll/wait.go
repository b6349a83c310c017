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
		n, piece, call, e := b.poll(b.events[:room], left)
		if e == 0 && (n > 0 || !piece) {
			return b.report(dst, b.events[:n]), nil
		}
		if e != 0 && e != EINTR {
			return 0, e.Err(call)
		}
	}
}

// poll makes one call of the kernel's that waits for left at the most. piece
// tells that the kernel was asked for less.
func (b *backend) poll(events []Event, left time.Duration) (n int, piece bool, call string, e Errno) {
	if b.pwait2 {
		var timeout *Timespec
		if left >= 0 {
			b.timeout = Timespec{Sec: int64(left / time.Second), Nsec: int64(left % time.Second)}
			timeout = &b.timeout
		}
		n, e = b.sys.EpollPwait2(b.epfd, events, timeout)
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
	n, e = b.sys.EpollWait(b.epfd, events, msec)
	return n, piece, "epoll_wait", e
}

// report puts what the kernel reported into dst, without the wake.
func (b *backend) report(dst []demux.Event, events []Event) int {
	n := 0
	for i := range events {
		ev := &events[i]
		if ev.Data == wakeSlot {
			b.drain()
			continue
		}
		s := b.slots.At(uint32(ev.Data))
		dst[n] = demux.Event{Token: s.token, Ready: ready(ev.Events, s.want)}
		n++
	}
	return n
}

// drain takes the pending wakes back. A wake that comes after the read is the
// next Wait's, one that came before is this one's. Should the read fail, the
// eventfd stays readable and the next Wait tries again.
func (b *backend) drain() {
	for {
		if _, e := b.sys.Read(b.wakefd, b.drained[:]); e != EINTR {
			return
		}
	}
}
