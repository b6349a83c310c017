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
func (d *completer) find(op *demux.Op) *task {
	if int64(op.Slot) >= int64(len(d.requests)) {
		return nil
	}
	t := d.requests[op.Slot].task
	if t == nil || t.op != op {
		return nil
	}
	return t
}

// Cancel asks that op end soon.
func (d *completer) Cancel(op *demux.Op) error {
	if op == nil {
		panic("realdemux: Cancel of a nil Op")
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	t := d.find(op)
	if t == nil {
		return d.leave(demux.ErrNotFound)
	}
	t.canceled = true // where the kernel does not have it, the next Wait sees that
	e := d.cancel(t.request)
	if e == 0 {
		e = d.flush()
	}
	return d.leave(enterError(e))
}

// settle takes the completion of t's request. t goes into the queue: it has
// finished, or it is to be started again.
func (d *completer) settle(t *task, res int32) {
	d.queue.push(&t.work)
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
func (d *completer) deliver(t *task, ev *demux.Event) {
	*ev = demux.Event{Token: t.token, Op: t.op}
	d.forget(t)
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
func (d *completer) collect(dst []demux.Event) int {
	n := 0
	for {
		for c := d.ring.first(); c != nil; c = d.ring.first() {
			done := *c
			d.ring.drop()
			if done.flags&flagMore == 0 {
				d.busy--
			}
			if done.userData != cancelRequest && d.take(done, dst[n:]) {
				n++
			}
		}
		if !d.ring.overflown() || d.ring.flushOverflow() != 0 {
			return n
		}
	}
}

// mourn takes note of completions that will not come any more, and reports
// whether there are new ones.
func (d *completer) mourn() bool {
	dropped := d.ring.dropped()
	found := dropped != d.lost
	d.busy -= int(dropped - d.lost)
	d.lost = dropped
	return found
}

// take takes one completion, and reports whether it filled in the first of
// dst.
func (d *completer) take(c cqe, dst []demux.Event) bool {
	i, more := uint32(c.userData&math.MaxUint32), c.flags&flagMore != 0
	q := &d.requests[i]
	q.flying = more
	switch {
	case i == wakeRequest:
		d.polled = false
		d.look()
	case q.task != nil:
		d.settle(q.task, c.res)
	case q.reg != nil:
		r := q.reg // which q has no more afterwards
		found := d.answered(r, c.res, more)
		return d.tell(r, found, dst)
	case !more:
		d.discard(i)
	}
	return false
}

// tell reports what was found of r, if there is room in dst. If there is none
// the next Wait asks again.
func (d *completer) tell(r *registration, found demux.Ready, dst []demux.Event) bool {
	switch {
	case found == 0:
		return false
	case len(dst) == 0:
		d.queue.push(&r.work)
		return false
	default:
		d.report(r, found, &dst[0])
		return true
	}
}
