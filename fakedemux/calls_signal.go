package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// Sigset is a set of signals: bit n-1 is signal n; sigprocmask(2).
type Sigset uint64

// unblockable are SIGKILL and SIGSTOP: a mask that has them is taken without
// them; sigprocmask(2).
const unblockable = Sigset(1<<8 | 1<<18)

// Signals returns the set of the given signals.
func Signals(all ...int) Sigset {
	var s Sigset
	for _, n := range all {
		s |= 1 << (n - 1)
	}
	return s
}

// SigRestart is SA_RESTART.
const SigRestart = 0x10000000

// Sigaction is sigaction(2) of a signal, for the flags of its handler only. If the signal
// ends a call that has done nothing yet, the call is made again with SigRestart, and
// returns EINTR with flags of 0. A signal begins with SigRestart. Sigaction returns
// EINVAL for other flags, for SIGKILL and SIGSTOP, and for a number that is not a signal.
func (l Linux) Sigaction(signal, flags int) epoll.Errno {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "sigaction", Handle: -1})
	signal, flags = machine.CInt(signal), machine.CInt(flags)
	if signal < 1 || signal > 64 || unblockable&Signals(signal) != 0 || flags&^SigRestart != 0 {
		return epoll.EINVAL
	}
	if flags == 0 {
		k.system.NoRestart |= uint64(Signals(signal))
	} else {
		k.system.NoRestart &^= uint64(Signals(signal))
	}
	return 0
}

// Sigprocmask sets the mask of the calling task and returns the previous mask.
func (l Linux) Sigprocmask(mask Sigset) Sigset {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "sigprocmask", Handle: -1})
	return Sigset(k.system.SetMask(uint64(mask&^unblockable), true))
}

// Tgkill is tgkill(2): it sends a signal to a task. If the task blocks the signal,
// the signal stays pending. Otherwise a wait of epoll, a poll or a select ends with
// EINTR. Another call that is blocked ends as Sigaction says, and a write that has
// written a part returns that. Tgkill never switches, and a function of Kernel.At may
// call it. It returns EINVAL for a nil task or a signal outside 0 to 64, and ESRCH for a
// task that has ended. Signal 0 checks the arguments and is not sent.
func (l Linux) Tgkill(t *scheduler.Task, signal int) epoll.Errno {
	k := l.k
	switch signal = machine.CInt(signal); {
	case t == nil:
		return epoll.EINVAL
	case t.Ended():
		return errno.NoProcess.Linux()
	case signal < 0 || signal > 64:
		return epoll.EINVAL
	case signal == 0:
		return 0
	}
	k.system.Send(t, signal)
	return 0
}

// EpollPwait is epoll_pwait(2): EpollWait with another mask of signals. If there
// is something to report, the call returns it and a signal stays pending. A call
// that does not wait never returns EINTR; seen on Linux 6.18
// (TestSignalsOfTheRunningKernel).
func (l Linux) EpollPwait(epfd int, events []epoll.Event, msec int, mask Sigset) (int, epoll.Errno) {
	k := l.k
	old := k.system.SetMask(uint64(mask&^unblockable), false)
	n, e := l.wait("epoll_pwait", epfd, events, milliseconds(msec))
	k.system.SetMask(old, true)
	return n, e
}
