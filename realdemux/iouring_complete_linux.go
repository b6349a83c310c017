package realdemux

import (
	"math"
	"syscall"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// socketCalls and calls are the names of what an operation does, on a socket
// and on something else.
var (
	socketCalls = [...]string{demux.OpRead: "recv", demux.OpWrite: "send", demux.OpAccept: "accept4", demux.OpConnect: "connect"}
	calls       = [...]string{demux.OpRead: "read", demux.OpWrite: "write", demux.OpAccept: "accept4", demux.OpConnect: "connect"}
)

// find returns the task of op, nil if it is not in flight.
func (u *uring) find(op *demux.Op) *task {
	if int64(op.Slot) >= int64(len(u.requests.Rows())) {
		return nil
	}
	t := u.requests.At(op.Slot).task
	if t == nil || t.op != op {
		return nil
	}
	return t
}

// InFlight reports whether op has a task.
func (u *uring) InFlight(op *demux.Op) bool { return u.find(op) != nil }

// Cancel asks the kernel to end op.
func (u *uring) Cancel(op *demux.Op) error {
	t := u.find(op)
	t.canceled = true // where the kernel does not have it, the next Wait sees that
	if t.flow != nil {
		u.cancelDraw(t)
		if u.batch {
			return nil
		}
		return enterError(u.flush())
	}
	e := u.cancel(t.request)
	if e == 0 && !u.batch {
		e = u.flush()
	}
	return enterError(e)
}

// settle takes the completion of t's request. t goes into the queue: it has
// finished, or it is to be started again.
func (u *uring) settle(t *task, res int32) {
	u.queue.push(&t.work)
	if t.polling {
		t.polling = false
		if res >= 0 || res == -int32(unix.ECANCELED) {
			t.again = true
			return
		}
	}
	if res >= 0 {
		t.finish(res, 0)
		return
	}
	switch e := syscall.Errno(-res); {
	case e == unix.ENOTSOCK && t.at.socket && u.attachAgain(t):
		// The number was another object's: see attach.
	case e == unix.ECANCELED, e == unix.EINTR:
		// Where nobody asked for it, the thread that has submitted the
		// request is gone, and the kernel has canceled what was its.
		t.again = true
	case e == unix.EAGAIN:
		// Kernels and kinds of files differ in whether O_NONBLOCK makes a
		// request say so. Nobody is to see it.
		t.polling = true
	case t.again && t.op.Kind == demux.OpConnect && (e == unix.EALREADY || e == unix.EINPROGRESS):
		t.polling = true // the attempt that this one goes on with is not over
	case t.again && t.op.Kind == demux.OpConnect && e == unix.EISCONN:
		t.finish(0, 0) // it is over, and has succeeded
	default:
		t.finish(0, e)
	}
}

// finish puts the results of t into its Op.
func (t *task) finish(res int32, e syscall.Errno) {
	t.finished = true
	switch {
	case e != 0 && t.at.socket:
		t.op.Err = demux.SyscallError(socketCalls[t.op.Kind], e)
	case e != 0:
		t.op.Err = demux.SyscallError(calls[t.op.Kind], e)
	case t.op.Kind == demux.OpAccept:
		t.op.New = demux.Handle(res)
	default:
		t.op.N = int(res)
	}
}

// deliver puts the completion of t, which has finished, into ev, and frees t.
func (u *uring) deliver(t *task, ev *demux.Event) {
	*ev = demux.Event{Token: t.token, Op: t.op}
	if t.lent {
		t.op.Slot = lentMark | uint32(t.buffer)
	}
	u.forget(t)
}

// enterError returns the error of an io_uring_enter that failed with e.
func enterError(e syscall.Errno) error {
	if e == 0 {
		return nil
	}
	return demux.SyscallError("io_uring_enter", e)
}

// collect takes all completions. Readiness that answers the question of now
// goes into dst while there is room; collect returns how much went there.
func (u *uring) collect(dst []demux.Event) int {
	n := 0
	for {
		for c := u.ring.first(); c != nil; c = u.ring.first() {
			done := *c
			u.ring.drop()
			if done.flags&flagMore == 0 {
				u.busy--
			}
			if done.userData != cancelRequest && u.take(done, dst[n:]) {
				n++
			}
		}
		if !u.ring.overflown() || u.ring.getEvents() != 0 {
			return n
		}
	}
}

// mourn takes note of completions that will not come any more, and reports
// whether there are new ones.
func (u *uring) mourn() bool {
	dropped := u.ring.dropped()
	found := dropped != u.lost
	u.busy -= int(dropped - u.lost)
	u.lost = dropped
	return found
}

// take takes one completion, and reports whether it filled in the first of
// dst.
func (u *uring) take(c cqe, dst []demux.Event) bool {
	i, more := uint32(c.userData&math.MaxUint32), c.flags&flagMore != 0
	q := u.requests.At(i)
	q.flying = more
	switch {
	case i == wakeRequest:
		u.polled = false
		u.look()
	case q.flow != nil:
		u.arrived(q.flow, c, more)
	case q.task != nil:
		u.settle(q.task, c.res)
	case q.reg != nil:
		r := q.reg // which q has no more afterwards
		found := u.answered(r, c.res, more)
		return u.tell(r, found, dst)
	case !more:
		u.discard(i)
	}
	return false
}

// tell reports what was found of r, if there is room in dst. If there is none
// the next Wait asks again.
func (u *uring) tell(r *registration, found demux.Ready, dst []demux.Event) bool {
	switch {
	case found == 0:
		return false
	case len(dst) == 0:
		u.queue.push(&r.work)
		return false
	default:
		u.report(r, found, &dst[0])
		return true
	}
}
