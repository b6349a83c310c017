package fakedemux

import (
	"sync/atomic"

	"reactortest/demux"
	"reactortest/scheduler"
)

// inbox is where Wakes arrive. Any goroutine may put one in, also one that no
// runner knows; the kernel carries it out at its next switch point. For a task
// that is the same as at once: until then nobody else acts, and its own next
// call is a switch point.
type inbox struct {
	any     atomic.Bool
	carried bool                   // a Wake is being carried out: it has had its switch point
	foreign atomic.Pointer[string] // call site of the first Wake from a goroutine that is not a task
}

// mail is the part of the inbox that belongs to one demux.
type mail struct {
	wake   atomic.Bool
	closed atomic.Bool
}

func (b *inbox) reset() {
	b.any.Store(false)
	b.foreign.Store(nil)
	b.carried = false
}

// Nondeterministic returns the call site of a Wake by a goroutine that is not a
// task, or "" if there was no such Wake in this run. The moment of such a Wake is
// not a decision, so the run may not replay.
func (k *Kernel) Nondeterministic() string {
	if site := k.inbox.foreign.Load(); site != nil {
		return *site
	}
	return ""
}

// Wake makes the Wait that is blocked, or else the next one, return at once.
// Any goroutine may call it. It is a switch point only if the plan says so.
func (s *simulated) Wake() error {
	if s.mail.closed.Load() {
		return demux.ErrClosed
	}
	k := s.kernel
	if !k.system.Tasks.Known() {
		site := scheduler.CallSite(1)
		k.inbox.foreign.CompareAndSwap(nil, &site)
		s.deliver()
		return nil
	}
	k.switchAtWake(scheduler.Call{Name: "wake", Handle: -1})
	if s.mail.closed.Load() { // by another task, at the switch point
		return demux.ErrClosed
	}
	s.deliver()
	k.switchAtWake(wakeReturns)
	return nil
}

// deliver puts a Wake in the inbox.
func (s *simulated) deliver() {
	s.mail.wake.Store(true)
	s.kernel.inbox.any.Store(true)
	s.kernel.system.Tasks.Alert()
}

// Close ends the demux.
func (s *simulated) Close() error {
	s.enter("Close")
	s.kernel.drainInbox()
	s.mail.closed.Store(true)
	return s.Demux.Close()
}

// drainInbox carries out the Wakes that have come in. A demux that was closed
// meanwhile drops its own: nothing of it is left to wake.
func (k *Kernel) drainInbox() {
	if !k.inbox.any.Load() {
		return
	}
	k.inbox.any.Store(false)
	k.inbox.carried = true
	for _, s := range k.demuxes {
		if s.mail.wake.Swap(false) {
			_ = s.Demux.Wake()
		}
	}
	k.inbox.carried = false
}

// wakeReturns is what a task is about to do that has carried out a Wake.
var wakeReturns = scheduler.Call{Name: "wake-return", Handle: -1}

// switchAtWake is a switch point of a call that makes others runnable, before
// or after it does. It is one only if the plan says so: programs may hold a
// lock over such a call.
func (k *Kernel) switchAtWake(call scheduler.Call) {
	if k.wakeSwitches && !k.inbox.carried {
		k.system.Tasks.Switch(call)
	}
}
