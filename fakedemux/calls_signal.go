package fakedemux

import (
	"slices"

	"reactortest/demux/epoll"
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

// taskSignals are the signals of one task. Every signal has a handler, which does
// nothing: what is left of it is that it ends a wait.
type taskSignals struct {
	task    *scheduler.Task
	mask    Sigset // blocked
	pending Sigset // sent while they were blocked
	caught  bool   // one came that is not blocked, while the task waited
}

// signalsOf returns those of t, nil if it has met none.
func (k *Kernel) signalsOf(t *scheduler.Task) *taskSignals {
	for i := range k.signals {
		if k.signals[i].task == t {
			return &k.signals[i]
		}
	}
	return nil
}

func (k *Kernel) makeSignalsOf(t *scheduler.Task) *taskSignals {
	if s := k.signalsOf(t); s != nil {
		return s
	}
	k.signals = append(k.signals, taskSignals{task: t})
	return &k.signals[len(k.signals)-1]
}

// waits are the calls that a signal ends with EINTR whatever its handler says;
// signal(7). Others are restarted, SA_RESTART.
var waits = []string{"epoll_wait", "epoll_pwait", "epoll_pwait2"}

// Sigprocmask sets the mask of the calling task and returns the previous mask.
func (l Linux) Sigprocmask(mask Sigset) Sigset {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "sigprocmask", Handle: -1})
	s := k.makeSignalsOf(k.tasks.Current())
	old := s.mask
	s.setMask(mask &^ unblockable)
	return old
}

// setMask changes the mask; the handlers of what is not blocked any more run.
func (s *taskSignals) setMask(mask Sigset) {
	s.mask = mask
	s.pending &= mask
	s.caught = false
}

// Tgkill is tgkill(2): it sends a signal to a task. A wait of epoll ends with
// EINTR, unless the task blocks the signal; the signal then stays pending. Tgkill
// never switches, and a function of Kernel.At may call it. It returns EINVAL for
// a nil task or a signal outside 0 to 64, and ESRCH for a task that has ended.
// Signal 0 checks the arguments and is not sent.
func (l Linux) Tgkill(t *scheduler.Task, signal int) epoll.Errno {
	k := l.k
	switch signal = cInt(signal); {
	case t == nil:
		return epoll.EINVAL
	case t.Ended():
		return noProcess.linux()
	case signal < 0 || signal > 64:
		return epoll.EINVAL
	case signal == 0:
		return 0
	}
	s := k.makeSignalsOf(t)
	switch {
	case s.mask&Signals(signal) != 0:
		s.pending |= Signals(signal)
	case slices.Contains(waits, t.Call().Name) && t.Blocked():
		s.caught = true
		k.tasks.Ready(t)
	}
	return 0
}

// EpollPwait is epoll_pwait(2): EpollWait with another mask of signals. If there
// is something to report, the call returns it and a signal stays pending. A call
// that does not wait never returns EINTR; seen on Linux 6.18
// (TestSignalsOfTheRunningKernel).
func (l Linux) EpollPwait(epfd int, events []epoll.Event, msec int, mask Sigset) (int, epoll.Errno) {
	k := l.k
	t := k.tasks.Current()
	s := k.makeSignalsOf(t)
	old := s.mask
	s.mask, s.caught = mask&^unblockable, false
	n, e := l.wait("epoll_pwait", epfd, events, milliseconds(msec))
	k.signalsOf(t).setMask(old) // the list may have grown
	return n, e
}

// interrupted reports whether a handler runs instead of the wait of t.
func (k *Kernel) interrupted(t *scheduler.Task) bool {
	if len(k.signals) == 0 {
		return false
	}
	s := k.signalsOf(t)
	if s == nil || !s.caught && s.pending&^s.mask == 0 {
		return false
	}
	s.setMask(s.mask)
	return true
}
