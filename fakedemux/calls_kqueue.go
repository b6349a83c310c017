package fakedemux

import (
	"time"

	"reactortest/demux/kqueue"
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
	k.tasks.Switch(scheduler.Call{Name: "kqueue", Handle: -1})
	if f := k.room(1); f != ok {
		return -1, f.bsd(b.p)
	}
	return k.kqueues.add(b.p, "kqueue"), 0
}

// Kevent is kevent(2). It applies all changes before it takes an event. If a
// change fails and there is room, the call returns an event with EV_ERROR for it
// and no other events; without room the failure ends the call.
func (b bsdCalls) Kevent(fd int, changes, events []kqueue.Kevent, timeout *kqueue.Timespec) (int, kqueue.Errno) {
	k := b.k
	call := k.call("kevent", fd, false)
	if b.triggers(changes, events) {
		k.switchAtWake(call)
		defer k.switchAtWake(wakeReturns)
	} else {
		k.tasks.Switch(call)
	}
	d := k.lookup(fd)
	if d == nil {
		return -1, kqueue.EBADF
	}
	kq, isKqueue := d.object.(*kqueueInstance)
	if !isKqueue {
		return -1, kqueue.EBADF
	}
	if kq.rule(cellTimeoutFirst) == answerYes {
		if _, f := b.timeout(timeout); f != ok {
			return -1, f.bsd(b.p)
		}
	}
	n, f := b.apply(kq, changes, events)
	switch {
	case f != ok:
		return -1, f.bsd(b.p)
	case n > 0 || len(events) == 0: // kqueue(2): returns immediately, whatever the timeout
		return n, 0
	}
	left, f := b.timeout(timeout)
	if f != ok {
		return -1, f.bsd(b.p)
	}
	if k.fault(faultSpurious) {
		return 0, 0
	}
	if n := kq.collect(events); n > 0 {
		k.polls = 0
		return n, 0
	}
	if left == 0 {
		k.emptyPoll()
		return 0, 0
	}
	k.polls = 0
	return kq.block(call, events, left)
}

// triggers reports whether a Kevent does no more than to trigger an
// EVFILT_USER.
func (b bsdCalls) triggers(changes, events []kqueue.Kevent) bool {
	return len(changes) == 1 && len(events) == 0 && b.p.HasUser &&
		changes[0].Filter == b.p.User && changes[0].Fflags&kqueue.NoteTrigger != 0
}

// apply applies changes and returns how many of events report on them.
func (b bsdCalls) apply(kq *kqueueInstance, changes, events []kqueue.Kevent) (int, failure) {
	n := 0
	for i := range changes {
		c := changes[i] // events may be the same array
		if c.Filter == 0 && kq.rule(cellFilterZero) == answerIgnored {
			continue
		}
		f := kq.change(&c)
		receipt := c.Flags&kqueue.Receipt != 0 && b.p.Receipt
		switch {
		case f == ok && !receipt:
			continue
		case n == len(events) && (f != ok || kq.rule(cellReceiptNoRoom) == answerStops):
			return 0, f
		case n == len(events):
			continue
		}
		c.Data = int64(f.bsd(b.p))
		if kq.rule(cellErrorFlags) == answerJoined {
			c.Flags = c.Flags&^systemFlags | kqueue.Error
		} else {
			c.Flags = kqueue.Error
		}
		events[n] = c
		n++
	}
	return n, ok
}

// timeout returns how long a Kevent waits, -1 forever.
func (b bsdCalls) timeout(ts *kqueue.Timespec) (time.Duration, failure) {
	switch {
	case ts == nil:
		return -1, ok
	case ts.Sec < 0 || ts.Nsec < 0 || ts.Nsec >= 1e9:
		return 0, invalid
	}
	left := never
	if ts.Sec < int64(never/time.Second) {
		left = time.Duration(ts.Sec)*time.Second + time.Duration(ts.Nsec)
	}
	if left > b.p.MaxTimeout {
		switch b.p.Excess {
		case kqueue.ExcessRefused:
			return 0, invalid
		case kqueue.ExcessCut:
			return b.p.MaxTimeout, ok
		case kqueue.ExcessWaits:
		}
	}
	return left, ok
}

// Pipe is pipe(2).
func (b bsdCalls) Pipe(nonblock bool) (r, w int, e kqueue.Errno) {
	k := b.k
	k.tasks.Switch(scheduler.Call{Name: "pipe", Handle: -1})
	if f := k.room(2); f != ok {
		return -1, -1, f.bsd(b.p)
	}
	p := k.newPipe()
	p.wakes = true
	r, rd := k.add(&p.readEnd, "pipe")
	w, wd := k.add(&p.writeEnd, "pipe")
	p.reader, p.writer = rd, wd
	rd.blocking, wd.blocking = !nonblock, !nonblock
	return r, w, 0
}

// Read is read(2).
func (b bsdCalls) Read(fd int, buf []byte) (int, kqueue.Errno) {
	n, f := b.k.readFile(fd, buf)
	if f != ok {
		return -1, f.bsd(b.p)
	}
	return n, 0
}

// Write is write(2). A Wake writes to a pipe that Pipe has made.
func (b bsdCalls) Write(fd int, buf []byte) (int, kqueue.Errno) {
	n, f := b.k.writeFile(fd, buf)
	if f != ok {
		return -1, f.bsd(b.p)
	}
	return n, 0
}

// Close is close(2).
func (b bsdCalls) Close(fd int) kqueue.Errno {
	b.k.tasks.Switch(b.k.call("close", fd, false))
	return b.k.closeFile(fd).bsd(b.p)
}

// Now is clock_gettime(CLOCK_MONOTONIC).
func (b bsdCalls) Now() time.Duration { return b.k.tasks.Now() }
