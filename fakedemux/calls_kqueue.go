package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/kqueues"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// bsdCalls are the kernel's calls with a BSD's numbers: a kqueue.Syscalls.
type bsdCalls struct {
	k *Kernel
	p *kqueue.Profile
}

var _ kqueue.Syscalls = bsdCalls{}

// Kqueue returns the kernel's calls as a BSD has them, for code that makes them
// itself. They have the profile of the kernel's dialect if that is a BSD, and
// FreeBSD's otherwise. The methods are calls of tasks, like those of the kernel.
// The calls that a Wake makes are switch points only with Plan.WakeSwitches: a
// Kevent that only triggers an EVFILT_USER, and a Write to a pipe that Pipe has
// made.
func (k *Kernel) Kqueue() kqueue.Syscalls { return bsdCalls{k, k.dialect.kqueue} }

// Kqueue is kqueue(2).
func (b bsdCalls) Kqueue() (int, kqueue.Errno) {
	k := b.k
	k.system.Tasks.Switch(scheduler.Call{Name: "kqueue", Handle: -1})
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.BSD(b.p)
	}
	return k.kqueues.Add(b.p, "kqueue"), 0
}

// Kevent is kevent(2). It applies all changes before it takes an event. If a
// change fails and there is room, the call returns an event with EV_ERROR for it
// and no other events; without room the failure ends the call.
func (b bsdCalls) Kevent(fd int, changes, events []kqueue.Kevent, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	k := b.k
	call := k.system.Call("kevent", fd, false)
	if b.triggers(changes, events) {
		k.switchAtWake(call)
		defer k.switchAtWake(wakeReturns)
	} else {
		k.system.Tasks.Switch(call)
	}
	d := k.system.Lookup(fd)
	if d == nil {
		return -1, kqueue.EBADF
	}
	kq, isKqueue := d.Object.(*kqueues.Instance)
	if !isKqueue {
		return -1, kqueue.EBADF
	}
	if kq.Rule(kqueues.CellTimeoutFirst) == kqueues.AnswerYes {
		if _, f := b.timeout(timeout); f != errno.OK {
			return -1, f.BSD(b.p)
		}
	}
	n, f := b.apply(kq, changes, events)
	switch {
	case f != errno.OK:
		return -1, f.BSD(b.p)
	case n > 0 || len(events) == 0: // kqueue(2): returns immediately, whatever the timeout
		return n, 0
	}
	left, f := b.timeout(timeout)
	if f != errno.OK {
		return -1, f.BSD(b.p)
	}
	if k.system.Fault(machine.FaultSpurious) {
		return 0, 0
	}
	if n := kq.Collect(events); n > 0 {
		k.system.Polls = 0
		return n, 0
	}
	if left == 0 {
		k.system.EmptyPoll()
		return 0, 0
	}
	k.system.Polls = 0
	return kq.Block(call, events, left)
}

// triggers reports whether a Kevent does no more than to trigger an
// EVFILT_USER.
func (b bsdCalls) triggers(changes, events []kqueue.Kevent) bool {
	return len(changes) == 1 && len(events) == 0 && b.p.HasUser &&
		changes[0].Filter == b.p.User && changes[0].Fflags&kqueue.NoteTrigger != 0
}

// apply applies changes and returns how many of events report on them.
func (b bsdCalls) apply(kq *kqueues.Instance, changes, events []kqueue.Kevent) (int, errno.Failure) {
	n := 0
	for i := range changes {
		c := changes[i] // events may be the same array
		if c.Filter == 0 && kq.Rule(kqueues.CellFilterZero) == kqueues.AnswerIgnored {
			continue
		}
		f := kq.Change(&c)
		receipt := c.Flags&kqueue.Receipt != 0 && b.p.Receipt
		switch {
		case f == errno.OK && !receipt:
			continue
		case n == len(events) && (f != errno.OK || kq.Rule(kqueues.CellReceiptNoRoom) == kqueues.AnswerStops):
			return 0, f
		case n == len(events):
			continue
		}
		c.Data = int64(f.BSD(b.p))
		if kq.Rule(kqueues.CellErrorFlags) == kqueues.AnswerJoined {
			c.Flags = c.Flags&^kqueues.SystemFlags | kqueue.Error
		} else {
			c.Flags = kqueue.Error
		}
		events[n] = c
		n++
	}
	return n, errno.OK
}

// timeout returns how long a Kevent waits, -1 forever.
func (b bsdCalls) timeout(ts *kqueue.Timespec) (time.Duration, errno.Failure) {
	switch {
	case ts == nil:
		return -1, errno.OK
	case ts.Sec < 0 || ts.Nsec < 0 || ts.Nsec >= 1e9:
		if kqueues.RulesOf(b.p)[kqueues.CellTimeoutWrong] == kqueues.AnswerEINVAL {
			return 0, errno.Invalid
		}
		if ts.Sec < 0 || ts.Nsec < 0 && ts.Sec == 0 { // the target is in the past
			return 0, errno.OK
		}
	}
	left := machine.Never
	if ts.Sec < int64(machine.Never/time.Second) {
		left = time.Duration(ts.Sec)*time.Second + time.Duration(ts.Nsec)
	}
	if left > b.p.MaxTimeout {
		switch b.p.Excess {
		case kqueue.ExcessRefused:
			return 0, errno.Invalid
		case kqueue.ExcessCut:
			return b.p.MaxTimeout, errno.OK
		case kqueue.ExcessWaits:
		}
	}
	return left, errno.OK
}

// Pipe is pipe(2).
func (b bsdCalls) Pipe(nonblock bool) (r, w int, e kqueue.Errno) {
	k := b.k
	k.system.Tasks.Switch(scheduler.Call{Name: "pipe", Handle: -1})
	if f := k.system.Room(2); f != errno.OK {
		return -1, -1, f.BSD(b.p)
	}
	p := k.system.NewPipe()
	p.Wakes = true
	r, rd := k.system.Add(&p.ReadEnd, "pipe")
	w, wd := k.system.Add(&p.WriteEnd, "pipe")
	p.Reader, p.Writer = rd, wd
	rd.Blocking, wd.Blocking = !nonblock, !nonblock
	return r, w, 0
}

// Read is read(2).
func (b bsdCalls) Read(fd int, buf []byte) (int, kqueue.Errno) {
	n, f := b.k.readFile(fd, buf)
	if f != errno.OK {
		return -1, f.BSD(b.p)
	}
	return n, 0
}

// Write is write(2). A Wake writes to a pipe that Pipe has made.
func (b bsdCalls) Write(fd int, buf []byte) (int, kqueue.Errno) {
	n, f := b.k.writeFile(fd, buf)
	if f != errno.OK {
		return -1, f.BSD(b.p)
	}
	return n, 0
}

// Close is close(2).
func (b bsdCalls) Close(fd int) kqueue.Errno {
	b.k.system.Step("close", fd, false)
	return b.k.system.CloseFile(fd).BSD(b.p)
}

// Now is clock_gettime(CLOCK_MONOTONIC).
func (b bsdCalls) Now() time.Duration { return b.k.system.Tasks.Now() }
