package iocp

import (
	"time"

	"reactortest/demux"
)

const (
	longest    = Infinite - 1             // the longest GetQueued in milliseconds, almost 50 days
	forEver    = time.Duration(1<<63 - 1) // the last instant that a Duration can name
	maxEntries = 4096                     // of one GetQueued; more packets take more calls
)

// Wait blocks until something is reportable, timeout has passed or a Wake is
// consumed. It does not allocate, except when dst is longer than any before.
func (d *Demux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("iocp: Wait with no room for events")
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
	if room := min(len(dst), maxEntries); len(d.entries) < room {
		d.entries = make([]Entry, room)
	}
	var deadline time.Duration
	if timeout > 0 {
		deadline = forEver
		if now := d.sys.Now(); timeout < forEver-now {
			deadline = now + timeout
		}
	}
	if err := d.drain(); err != nil {
		return 0, err
	}
	for left := timeout; ; {
		n, err := d.look(dst)
		if n > 0 || err != nil || left == 0 || d.awake {
			d.awake = false
			return n, err
		}
		if d.queue.size > 0 {
			n, err = d.block(dst, 0) // AFD found nothing and did not wait: ask again
		} else {
			n, err = d.block(dst, left)
		}
		if n > 0 || err != nil || d.awake {
			d.awake = false
			return n, err
		}
		if timeout > 0 {
			left = max(deadline-d.sys.Now(), 0)
		}
	}
}

// drain takes all packets that are there. What they tell is from before the
// Wait: the registrations are to be asked about again, and the operations to be
// reported. It waits for the packets of polls that Modify has canceled, which
// the kernel ends without waiting for anybody: until they are here AFD cannot
// be asked about those registrations.
func (d *Demux) drain() error {
	for {
		var msec uint32
		if d.canceled > 0 {
			msec = Infinite
		}
		n, e := d.sys.GetQueued(d.port, d.entries, msec)
		if e != 0 && e != WaitTimeout {
			return e.Err("GetQueuedCompletionStatusEx")
		}
		for i := range d.entries[:n] {
			ev := &d.entries[i]
			if ev.Key == keyWake {
				d.woken(ev.Transferred)
				continue
			}
			d.busy--
			if w := d.requests[ev.Operation.Slot]; w.reg != nil {
				d.answered(w.reg, true)
			} else {
				d.finish(w.task, Errno(ev.Operation.Overlapped.Internal))
			}
		}
		if n < len(d.entries) && d.canceled == 0 {
			return nil
		}
	}
}

// look goes through the queue, once and no further than dst has room. What it
// reports goes to the end of the queue again if it is to be reported again.
func (d *Demux) look(dst []demux.Event) (n int, err error) {
	for range d.queue.size {
		if n == len(dst) {
			break
		}
		w := d.queue.front()
		if w.task != nil {
			d.deliver(w.task, &dst[n])
			n++
			continue
		}
		r := w.reg
		found, e := d.examine(r)
		if e != 0 {
			if n > 0 {
				break // the next Wait tries again, and tells
			}
			return 0, e.Err("NtDeviceIoControlFile")
		}
		d.queue.remove(w)
		if found != 0 {
			d.report(r, found, &dst[n])
			n++
		} else if r.state == idle {
			d.queue.push(w) // the poll found what is wanted no more
		}
	}
	return n, nil
}

// examine asks AFD about r, whose poll is idle, and returns what is to be
// reported.
func (d *Demux) examine(r *registration) (demux.Ready, Errno) {
	if r.closed {
		return failed(r.want), 0
	}
	events, e := d.ask(r)
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
func (d *Demux) block(dst []demux.Event, left time.Duration) (n int, err error) {
	msec := milliseconds(left)
	for {
		room := d.entries[:min(len(d.entries), len(dst)-n)]
		got, e := d.sys.GetQueued(d.port, room, msec)
		if e != 0 && e != WaitTimeout {
			if n > 0 {
				return n, nil
			}
			return 0, e.Err("GetQueuedCompletionStatusEx")
		}
		for i := range room[:got] {
			ev := &room[i]
			if ev.Key == keyWake {
				d.woken(ev.Transferred)
				continue
			}
			d.busy--
			if d.arrived(d.requests[ev.Operation.Slot], &dst[n]) {
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
func (d *Demux) arrived(w *work, ev *demux.Event) bool {
	if w.task != nil {
		d.finish(w.task, Errno(w.task.op.Overlapped.Internal))
		d.deliver(w.task, ev)
		return true
	}
	r := w.reg
	found := d.answered(r, false)
	if found == 0 {
		return false
	}
	d.report(r, found, ev)
	return true
}
