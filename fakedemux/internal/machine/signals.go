package machine

import (
	"slices"

	"reactortest/scheduler"
)

// taskSignals are the signals of one task. Every signal has a handler that does nothing,
// so the only effect of a signal is that it ends a call that is blocked.
type taskSignals struct {
	task    *scheduler.Task
	mask    uint64 // blocked; bit n-1 is signal n
	pending uint64 // sent while they were blocked
	caught  int    // the first that came and is not blocked, while the task waited; 0 is none
}

// signalsOf returns those of t, nil if it has met none.
func (k *Machine) signalsOf(t *scheduler.Task) *taskSignals {
	for i := range k.signals {
		if k.signals[i].task == t {
			return &k.signals[i]
		}
	}
	return nil
}

func (k *Machine) makeSignalsOf(t *scheduler.Task) *taskSignals {
	if s := k.signalsOf(t); s != nil {
		return s
	}
	k.signals = append(k.signals, taskSignals{task: t})
	return &k.signals[len(k.signals)-1]
}

// SetMask changes the mask; the handlers of what is not blocked any more run.
func (s *taskSignals) setMask(mask uint64) {
	s.mask = mask
	s.pending &= mask
	s.caught = 0
}

// Caught reports whether a handler has run while t was blocked, and whether the call
// is to be made again. It forgets both.
func (k *Machine) Caught(t *scheduler.Task) (caught, restart bool) {
	if len(k.signals) == 0 {
		return false, false
	}
	s := k.signalsOf(t)
	if s == nil || s.caught == 0 {
		return false, false
	}
	restart = k.NoRestart&bitOf(s.caught) == 0
	s.caught = 0
	return true, restart
}

// Interrupted reports whether a handler runs instead of the wait of t.
func (k *Machine) Interrupted(t *scheduler.Task) bool {
	if len(k.signals) == 0 {
		return false
	}
	s := k.signalsOf(t)
	if s == nil || s.caught == 0 && s.pending&^s.mask == 0 {
		return false
	}
	s.setMask(s.mask)
	return true
}

// bitOf is the bit of a signal.
func bitOf(signal int) uint64 { return 1 << (signal - 1) }

// Send sends a signal, 1 to 64, to a task.
func (k *Machine) Send(t *scheduler.Task, signal int) {
	s := k.makeSignalsOf(t)
	switch {
	case s.mask&bitOf(signal) != 0:
		s.pending |= bitOf(signal)
	case slices.Contains(k.sleepers, t):
		if s.caught == 0 || signal < s.caught { // the lowest is handled first; next_signal, Linux 6.18
			s.caught = signal
		}
		k.Tasks.Ready(t)
	}
}

// SetMask replaces the mask of the current task, and returns the one that it had. If
// handle is set, the handlers of signals that are not blocked any more run now.
func (k *Machine) SetMask(mask uint64, handle bool) (old uint64) {
	s := k.makeSignalsOf(k.Tasks.Current())
	old = s.mask
	if handle {
		s.setMask(mask)
	} else {
		s.mask, s.caught = mask, 0
	}
	return old
}
