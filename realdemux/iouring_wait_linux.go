package realdemux

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// Wait blocks until something is reportable, timeout has passed or a Wake is
// consumed. It does not allocate, except where an operation has failed.
func (d *completer) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	if len(dst) == 0 {
		panic("realdemux: Wait with no room for events")
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

func (d *completer) wait(dst []demux.Event, timeout time.Duration) (int, error) {
	var deadline time.Duration
	if timeout > 0 {
		deadline = forEver
		if now := time.Since(epoch); timeout < forEver-now {
			deadline = now + timeout
		}
	}
	if d.written.Load() != d.seen {
		d.look()
	}
	if d.mourn() {
		return 0, enterError(unix.ENOMEM) // whose they were nobody knows
	}
	d.cancelOrphans()
	d.round++
	d.collect(nil)
	// What waits has waited longer than what was reported last (W10).
	d.queue.take(&d.reported)
	for left := timeout; ; {
		n, e := d.work(dst)
		if n > 0 || e == 0 && (d.awake || left == 0) {
			d.awake = false
			return n, nil
		}
		if e == 0 {
			e = d.block(left)
		}
		if e != 0 {
			return 0, enterError(e)
		}
		if timeout > 0 {
			left = max(deadline-time.Since(epoch), 0)
		}
	}
}

// work sees to what is in the queue, until that is empty or dst is full: it
// asks about registrations, starts tasks and reports what has finished. After
// an error the rest stays in the queue.
func (d *completer) work(dst []demux.Event) (n int, e syscall.Errno) {
	for n < len(dst) && d.queue.front() != nil {
		d.round++
		for asked := 0; n+asked < len(dst) && asked < submissions; {
			w := d.queue.front()
			if w == nil {
				break
			}
			if w.task != nil && w.task.canceled && !w.task.finished {
				w.task.finished, w.task.op.Err = true, demux.ErrCanceled
			}
			switch {
			case w.reg != nil:
				e = d.ask(w.reg)
				asked++
			case w.task.finished:
				d.deliver(w.task, &dst[n])
				n++
			default:
				e = d.start(w.task)
				asked++
			}
			if e != 0 {
				return n, e
			}
			w.remove()
		}
		if e = d.flush(); e != 0 {
			return n, e
		}
		n += d.collect(dst[n:])
	}
	return n, 0
}

// block waits, left at the most, until there is a completion.
func (d *completer) block(left time.Duration) syscall.Errno {
	d.cancelOrphans()
	if !d.polled {
		if e := d.add(wakeRequest, sqe{opcode: opPollAdd, fd: int32(d.wakefd), opFlags: pollMask(unix.POLLIN)}); e != 0 {
			return e
		}
		d.polled = true
	}
	if e := d.ring.wait(left); !hasWaited(e) {
		return e
	}
	d.round++
	d.collect(nil)
	return 0
}
