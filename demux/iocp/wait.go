package iocp

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/frame"
)

const (
	longest    = Infinite - 1 // the longest GetQueued in milliseconds, almost 50 days
	maxEntries = 4096         // of one GetQueued; more packets take more calls
)

// Wait takes the packets that are there, looks through the queue, and blocks for
// packets until there is something to report or the timeout is over.
func (b *backend) Wait(dst []demux.Event, timeout frame.Timeout) (int, error) {
	if room := min(len(dst), maxEntries); len(b.entries) < room {
		b.entries = make([]Entry, room)
	}
	if err := b.drain(); err != nil {
		return 0, err
	}
	for left := timeout.Length(); ; left = timeout.Left(b.sys) {
		n, err := b.look(dst)
		if n > 0 || err != nil || left == 0 || b.awake {
			b.awake = false
			return n, err
		}
		if b.queue.size > 0 {
			n, err = b.block(dst, 0) // AFD found nothing and did not wait: ask again
		} else {
			n, err = b.block(dst, left)
		}
		if n > 0 || err != nil || b.awake {
			b.awake = false
			return n, err
		}
	}
}

// drain takes all packets that are there. What they tell is from before the
// Wait: the registrations are to be asked about again, and the operations to be
// reported. It waits for the packets of polls that Modify has canceled, which
// the kernel ends without waiting for anybody: until they are here AFD cannot
// be asked about those registrations.
func (b *backend) drain() error {
	for {
		var msec uint32
		if b.missing() {
			msec = Infinite
		}
		n, e := b.sys.GetQueued(b.port, b.entries, msec)
		if e != 0 && e != WaitTimeout {
			return e.Err("GetQueuedCompletionStatusEx")
		}
		for i := range b.entries[:n] {
			ev := &b.entries[i]
			if ev.Key == keyWake {
				b.woken(ev.Transferred)
				continue
			}
			b.busy--
			if w := *b.requests.At(ev.Operation.Slot); w.reg != nil {
				b.answered(w.reg, true)
			} else {
				b.finish(w.task, Errno(ev.Operation.Overlapped.Internal))
			}
		}
		if n < len(b.entries) && !b.missing() {
			return nil
		}
	}
}

// missing reports whether drain has to wait for packets of canceled polls.
func (b *backend) missing() bool {
	return b.canceled > 0 || b.awaited != demux.NoHandle && b.ghosts[b.awaited] > 0
}

// awaitGhosts waits until no poll of an ended registration is in flight for base.
// Windows mixes up two polls of one socket through one handle of AFD.
func (b *backend) awaitGhosts(base demux.Handle) error {
	if b.ghosts[base] == 0 {
		return nil
	}
	b.awaited = base
	err := b.drain()
	b.awaited = demux.NoHandle
	return err
}

// look goes through the queue, once and no further than dst has room. What it
// reports goes to the end of the queue again if it is to be reported again.
func (b *backend) look(dst []demux.Event) (n int, err error) {
	for range b.queue.size {
		if n == len(dst) {
			break
		}
		w := b.queue.front()
		if w.task != nil {
			b.deliver(w.task, &dst[n])
			n++
			continue
		}
		r := w.reg
		found, e := b.examine(r)
		if e != 0 {
			if n > 0 {
				break // the next Wait tries again, and tells
			}
			return 0, e.Err("NtDeviceIoControlFile")
		}
		b.queue.remove(w)
		if found != 0 {
			b.report(r, found, &dst[n])
			n++
		} else if r.state == idle {
			b.queue.push(w) // the poll found what is wanted no more
		}
	}
	return n, nil
}

// examine asks AFD about r, whose poll is idle, and returns what is to be
// reported.
func (b *backend) examine(r *registration) (demux.Ready, Errno) {
	if r.closed {
		return failed(r.want), 0
	}
	events, e := b.ask(r)
	switch {
	case e == StatusInvalidHandle, e == 0 && events&PollLocalClose != 0:
		r.closed = true
		return failed(r.want), 0
	case e == StatusNoMemory, e == StatusInsufficientResource:
		return 0, e
	case e != 0:
		return failed(r.want), 0 // the call that is made next tells why
	default:
		return ready(events, r.want), 0
	}
}

// block waits for packets, left at the most, and reports what they tell.
// Nothing is in the queue and no poll is canceled, so all that a packet tells
// is new.
func (b *backend) block(dst []demux.Event, left time.Duration) (n int, err error) {
	msec := milliseconds(left)
	for {
		room := b.entries[:min(len(b.entries), len(dst)-n)]
		got, e := b.sys.GetQueued(b.port, room, msec)
		if e != 0 && e != WaitTimeout {
			if n > 0 {
				return n, nil
			}
			return 0, e.Err("GetQueuedCompletionStatusEx")
		}
		for i := range room[:got] {
			ev := &room[i]
			if ev.Key == keyWake {
				b.woken(ev.Transferred)
				continue
			}
			b.busy--
			if b.arrived(*b.requests.At(ev.Operation.Slot), &dst[n]) {
				n++
			}
		}
		if got < len(room) || n == len(dst) {
			return n, nil
		}
		msec = 0 // packets that told nothing took the place of others
	}
}

// milliseconds returns how long a GetQueued is to wait at the most.
func milliseconds(left time.Duration) uint32 {
	if left < 0 {
		return Infinite
	}
	// Round up: rounding down turns the last fraction of every wait into a
	// busy loop.
	msec := left / time.Millisecond
	if left%time.Millisecond != 0 {
		msec++
	}
	return uint32(min(msec, time.Duration(longest)))
}

// arrived takes the packet of w, fresh, and reports whether it filled in ev.
func (b *backend) arrived(w *work, ev *demux.Event) bool {
	if w.task != nil {
		b.finish(w.task, Errno(w.task.op.Overlapped.Internal))
		b.deliver(w.task, ev)
		return true
	}
	r := w.reg
	found := b.answered(r, false)
	if found == 0 {
		return false
	}
	b.report(r, found, ev)
	return true
}
