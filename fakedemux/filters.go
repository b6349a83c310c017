package fakedemux

import (
	"math"
	"time"

	"reactortest/demux"
	"reactortest/demux/kqueue"
)

// run runs the filter of a knote: what there is to report of it now.
func (kn *knote) run() report {
	switch kn.kind {
	case filterRead:
		return kn.runRead()
	case filterWrite:
		return kn.runWrite()
	case filterVnode:
		return report{holds: kn.notes != 0, fflags: kn.notes}
	case filterProc:
		return report{holds: kn.notes != 0, fflags: kn.notes, data: kn.status}
	case filterSignal, filterTimer:
		return report{holds: kn.hits > 0, data: kn.hits}
	case filterUser:
		return report{holds: kn.hits > 0, fflags: kn.fflags}
	default:
		return report{}
	}
}

// lowat returns the low-water mark of a knote: 1 byte, or what NOTE_LOWAT says.
func (kn *knote) lowat() int {
	if kn.fflags&kqueue.NoteLowat != 0 && kn.data > 0 {
		return int(min(kn.data, math.MaxInt32))
	}
	return 1
}

// runRead is EVFILT_READ; kqueue(2). Observed on NetBSD: data is what is
// unread, of a listener the length of its queue; EV_EOF comes at once with a
// FIN, beside unread data, and stays; a reset tells the socket error in fflags.
func (kn *knote) runRead() report {
	switch o := kn.desc.object.(type) {
	case *stream:
		n := o.received.len()
		r := report{holds: n >= kn.lowat(), data: int64(n)}
		if o.readEnd {
			r.holds, r.eof, r.fflags = true, true, kn.socketError(o)
		}
		return r
	case *listener:
		return report{holds: len(o.queue) > 0, data: int64(len(o.queue))}
	case *pipeReader:
		n := o.p.data.len()
		return report{holds: n >= kn.lowat() || o.p.writer == nil, data: int64(n), eof: o.p.writer == nil}
	case *pipeWriter: // nothing to read, ever
		return report{holds: o.p.reader == nil, eof: o.p.reader == nil}
	case *eventfd:
		return report{holds: o.count > 0, data: int64(o.count)}
	case *kqueueInstance:
		n := o.pending()
		return report{holds: n > 0, data: n}
	default:
		return report{} // a regular file is at its end
	}
}

// runWrite is EVFILT_WRITE; kqueue(2). Observed on NetBSD: data is the free
// space; the peer's shutdown of writing is no EV_EOF here; a refused connect
// tells ECONNREFUSED in fflags.
func (kn *knote) runWrite() report {
	switch o := kn.desc.object.(type) {
	case *stream:
		if o.state == connecting {
			return report{}
		}
		free := max(o.kernel.options.StreamBuffer-o.used(), 0)
		r := report{holds: o.writable() && free >= kn.lowat(), data: int64(free)}
		if o.writeEnd || o.state == dead {
			r.holds, r.eof, r.fflags = true, true, kn.socketError(o)
		}
		return r
	case *pipeWriter:
		free := (pipePages - o.p.used) * pipePage
		return report{holds: free >= kn.lowat() || o.p.reader == nil, data: int64(free), eof: o.p.reader == nil}
	case *eventfd:
		return report{holds: o.count < eventfdMax, data: math.MaxInt64}
	default:
		return report{}
	}
}

// socketError is what fflags has beside EV_EOF: the error that is pending.
func (kn *knote) socketError(s *stream) uint32 {
	return uint32(s.pending.bsd(kn.kq.profile))
}

// period returns the time that a change of a timer asks for.
func (kq *kqueueInstance) period(c *kqueue.Kevent) (time.Duration, bool) {
	unit := time.Millisecond
	p := kq.profile
	switch c.Fflags {
	case 0, p.NoteMilliseconds:
	case p.NoteSeconds:
		unit = time.Second
	case p.NoteMicroseconds:
		unit = time.Microsecond
	case p.NoteNanoseconds:
		unit = time.Nanosecond
	default:
		return 0, false
	}
	switch {
	case c.Data < 0:
		return 0, false
	case c.Data > int64(never/unit):
		return never, true
	default: // kqueue(2) of FreeBSD: a period of 0 is one unit
		return time.Duration(max(c.Data, 1)) * unit, true
	}
}

// startTimer starts the timer of a knote anew. What it has counted is thrown
// away; kqueue(2) of FreeBSD.
func (kn *knote) startTimer(c *kqueue.Kevent) {
	period, valid := kn.kq.period(c)
	if !valid {
		return
	}
	kn.fflags, kn.data, kn.period, kn.hits = c.Fflags, c.Data, period, 0
	tasks := kn.kq.kernel.tasks
	if kn.timer == nil {
		kn.timer = tasks.NewTimer(kn.expire)
	}
	tasks.Arm(kn.timer, tasks.After(period))
}

// expire is one expiration. The timer is periodic without EV_ONESHOT.
func (kn *knote) expire() {
	kn.hits++
	if kn.flags&kqueue.Oneshot == 0 {
		tasks := kn.kq.kernel.tasks
		tasks.Arm(kn.timer, tasks.After(kn.period))
	}
	kn.activate()
}

// firstPID is the number before that of the first process.
const firstPID = 1000

// process is another program, which EVFILT_PROC can watch.
type process struct {
	pid int
}

// StartProcess makes a process that does nothing, for EVFILT_PROC, and returns
// its number. It is not a call of a task.
func (k *Kernel) StartProcess() (pid int) {
	k.lastPID++
	k.processes = append(k.processes, process{k.lastPID})
	return k.lastPID
}

// EndProcess ends a process with the status that wait(2) would return. It is not
// a call of a task, and does nothing if there is no such process.
func (k *Kernel) EndProcess(pid, status int) {
	for i, p := range k.processes {
		if p.pid != pid {
			continue
		}
		k.processes = append(k.processes[:i], k.processes[i+1:]...)
		for _, kn := range k.told {
			if kn.kind == filterProc && kn.ident == uint64(pid) && kn.fflags&kqueue.NoteExit != 0 {
				kn.notes |= kqueue.NoteExit
				if kn.kq.profile.ExitStatus {
					kn.status = int64(status)
				}
				kn.activate()
			}
		}
		return
	}
}

func (k *Kernel) process(pid uint64) *process {
	for i := range k.processes {
		if uint64(k.processes[i].pid) == pid {
			return &k.processes[i]
		}
	}
	return nil
}

// Raise sends the program a signal that it ignores, for EVFILT_SIGNAL. It is not
// a call of a task.
func (k *Kernel) Raise(signal int) {
	for _, kn := range k.told {
		if kn.kind == filterSignal && kn.ident == uint64(signal) {
			kn.hits++
			kn.activate()
		}
	}
}

// Unlink removes the name of the regular file h, for EVFILT_VNODE. It is not a
// call of a task.
func (k *Kernel) Unlink(h demux.Handle) {
	if d := k.lookupHandle(h); d != nil {
		d.notifyVnode(kqueue.NoteDelete)
	}
}

// notifyVnode says that what notes says has happened to a file.
func (d *description) notifyVnode(notes uint32) {
	for _, kn := range d.knotes {
		if kn.kind == filterVnode {
			kn.notes |= notes & kn.fflags
			kn.activate()
		}
	}
}
