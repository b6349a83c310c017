package fakedemux

import (
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// ownTrouble has the faults that strike only the task that makes a call. A task
// that is outside of the program under test is spared them. Faults of the
// network, such as a delay or a reset, are not among them.
var ownTrouble = [faultCount]bool{
	faultShort:     true,
	faultInterrupt: true,
	faultLate:      true,
	faultNoFile:    true,
	faultNoSpace:   true,
	faultAgain:     true,
	faultShortRead: true,
	faultSignal:    true,
	faultSpurious:  true,
	faultHold:      true,
}

// Outside sets whether the current task acts outside the program under test, as a
// client does, and returns the previous setting. The plan does not make a call of
// such a task fail, fall short, be interrupted or return late. The network still
// delays, splits and resets its connections. A task begins inside the program.
func (k *Kernel) Outside(on bool) (was bool) {
	t := k.tasks.Current()
	if t == nil {
		return false
	}
	n := t.Number()
	if n >= len(k.outside) {
		if !on {
			return false
		}
		k.outside = append(k.outside, make([]bool, n+1-len(k.outside))...)
	}
	was, k.outside[n] = k.outside[n], on
	return was
}

// spared reports whether a fault of the class does not strike the current task.
func (k *Kernel) spared(id faultID) bool {
	if len(k.outside) == 0 || !ownTrouble[id] {
		return false
	}
	t := k.tasks.Current()
	return t != nil && t.Number() < len(k.outside) && k.outside[t.Number()]
}

// SetMachine replaces Options.Descriptors and Options.StreamBuffer, from now on.
// Zero means the default. SetMachine panics if a number is out of range. SetBudget
// also replaces the descriptors.
func (k *Kernel) SetMachine(descriptors, streamBuffer int) {
	k.options.Descriptors = limited("Descriptors", descriptors, defaultDescriptors, MaxDescriptors)
	k.options.StreamBuffer = limited("StreamBuffer", streamBuffer, defaultStreamBuffer, MaxStreamBuffer)
}

// Await is poll(2) of one handle. It blocks the current task until a condition in
// want holds for h, or h has failed or has hung up in both directions, and then
// returns true. It returns false when virtual time reaches the deadline. A negative
// deadline means that there is no deadline. Await returns EBADF for a handle that
// is not open.
func (k *Kernel) Await(h demux.Handle, want demux.Ready, deadline time.Duration) (bool, error) {
	call := k.call("poll", handleFD(h), true)
	k.tasks.Switch(call)
	d := k.lookupHandle(h)
	if d == nil {
		return false, k.err("poll", badFile)
	}
	for {
		m := conditions(d.object)
		if readiness(m)&want != 0 || m&(epoll.EPOLLHUP|epoll.EPOLLERR) != 0 {
			return true, nil
		}
		if deadline >= 0 && k.Now() >= deadline {
			return false, nil
		}
		if f := d.waitUntil(call, deadline, anyEvent); f != ok {
			return false, k.err("poll", f)
		}
		k.caught(k.tasks.Current()) // a signal does not end it
	}
}
