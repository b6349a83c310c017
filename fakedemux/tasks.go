package fakedemux

import "reactortest/scheduler"

// Start starts a task as Go does, and returns it, for BlockedIn, AwaitBlocked and
// Linux.Tgkill.
func (k *Kernel) Start(name string, f func()) *scheduler.Task { return k.system.Tasks.Go(name, f) }

// LetRun lets the other tasks act. It returns when each of them is blocked or has
// ended and nothing is on its way through the network. Virtual time does not move,
// unless another task polls without end. On the direct runner, LetRun delivers what
// is on its way.
func (k *Kernel) LetRun() {
	call := scheduler.Call{Name: "let run", Handle: -1}
	k.system.Tasks.Enter(call)
	k.system.Tasks.Block(call, k.system.Tasks.Now())
}

// BlockedIn reports whether t is blocked, and in which call: in a system call such
// as read, or in a Sleep, a Wait or a lock. A task that could go on is not blocked,
// even if the scheduler has not given it a turn yet. BlockedIn is not a call of a task.
func (k *Kernel) BlockedIn(t *scheduler.Task) (call scheduler.Call, blocked bool) {
	if !t.Blocked() {
		return scheduler.Call{}, false
	}
	return t.Call(), true
}

// AwaitBlocked waits until t is blocked or has ended, and returns what BlockedIn
// returns then: a task that is not blocked has ended. Virtual time does not move,
// unless t polls without end.
func (k *Kernel) AwaitBlocked(t *scheduler.Task) (call scheduler.Call, blocked bool) {
	for !t.Blocked() && !t.Ended() && k.system.Tasks.Err() == nil {
		k.LetRun()
	}
	return k.BlockedIn(t)
}
