package realdemux

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/frame"
)

// Wait asks about what is in the queue, and blocks for completions until there is
// something to report or the timeout is over.
func (u *uring) Wait(dst []demux.Event, timeout frame.Timeout) (int, error) {
	if u.written.Load() != u.seen {
		u.look()
	}
	if u.mourn() {
		return 0, enterError(unix.ENOMEM) // whose they were nobody knows
	}
	u.cancelOrphans()
	u.round++
	u.collect(nil)
	u.feed() // also if there is always something to report
	// What waits has waited longer than what was reported last (W10).
	u.queue.take(&u.reported)
	if timeout.Length() == 0 { // no call that waits hands over what was submitted
		if e := u.flushAll(); !hasWaited(e) {
			return 0, enterError(e)
		}
		u.collect(nil)
	}
	for left := timeout.Length(); ; left = timeout.Left((*linuxCalls)(nil)) {
		n, e := u.work(dst)
		if n > 0 || e == 0 && (u.awake || left == 0) {
			u.awake = false
			return n, nil
		}
		if e == 0 {
			e = u.feedAll()
		}
		if e == 0 && u.queue.front() == nil {
			e = u.block(left)
		}
		if e != 0 {
			return 0, enterError(e)
		}
	}
}

// flushAll is flush, and has the kernel finish what it can. The kernel may not tell that there
// is something if another ring of this thread has told so: that waits for the next call.
func (u *uring) flushAll() syscall.Errno {
	if e := u.flush(); e != 0 || !u.ring.unfinished() {
		return e
	}
	return u.ring.getEvents()
}

// work sees to what is in the queue, until that is empty or dst is full: it
// asks about registrations, starts tasks and reports what has finished. After
// an error the rest stays in the queue.
func (u *uring) work(dst []demux.Event) (n int, e syscall.Errno) {
	for n < len(dst) && u.queue.front() != nil {
		u.round++
		for asked := 0; n+asked < len(dst) && asked < submissions; {
			w := u.queue.front()
			if w == nil {
				break
			}
			if w.task != nil && w.task.canceled && !w.task.finished {
				w.task.finished, w.task.op.Err = true, demux.ErrCanceled
			}
			switch {
			case w.reg != nil:
				e = u.ask(w.reg)
				asked++
			case w.task.finished:
				u.deliver(w.task, &dst[n])
				n++
			default:
				e = u.start(w.task)
				asked++
			}
			if e != 0 {
				return n, e
			}
			w.remove()
		}
		if e = u.flush(); e != 0 {
			return n, e
		}
		n += u.collect(dst[n:])
	}
	return n, 0
}

// block waits, left at the most, until there is a completion.
func (u *uring) block(left time.Duration) syscall.Errno {
	u.cancelOrphans()
	if !u.polled {
		if e := u.add(wakeRequest, sqe{opcode: opPollAdd, fd: int32(u.wakefd), opFlags: pollMask(unix.POLLIN)}); e != 0 {
			return e
		}
		u.polled = true
	}
	if e := u.ring.wait(left); !hasWaited(e) {
		return e
	}
	u.round++
	u.collect(nil)
	return 0
}
