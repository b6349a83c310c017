package machine

import (
	"slices"
	"time"

	"reactortest/fakedemux/internal/errno"
	"reactortest/scheduler"
)

// waiter is a task that is blocked until something happens to a description.
type waiter struct {
	task   *scheduler.Task
	events uint32 // the conditions that wake it
}

// Other values of a waiter's events.
const (
	AnyEvent        = ^uint32(0) // every condition wakes it
	roomOnly uint32 = 0          // only WakeForRoom and a signal wake it
)

// Wait puts a task, which is about to block, on the list of those that the conditions in
// events wake.
func (d *Description) Wait(t *scheduler.Task, events uint32) {
	if d.waiting == nil {
		d.waiting = new([]waiter)
	}
	*d.waiting = append(*d.waiting, waiter{t, events})
}

// Leave takes a task off the list.
func (d *Description) Leave(t *scheduler.Task) {
	*d.waiting = slices.DeleteFunc(*d.waiting, func(w waiter) bool { return w.task == t })
}

// WakeWaiters wakes the calls that are blocked until one of the conditions in key
// arises, 0 for any of them; pollwake, fs/select.c, Linux 6.18.
func (d *Description) WakeWaiters(key uint32) {
	if d.waiting == nil || len(*d.waiting) == 0 {
		return
	}
	kept := (*d.waiting)[:0]
	for _, w := range *d.waiting {
		if w.events != roomOnly && (key == 0 || key&w.events != 0) {
			d.Kernel.Tasks.Ready(w.task)
		} else {
			kept = append(kept, w)
		}
	}
	*d.waiting = kept
}

// WakeForRoom wakes the calls of connect that wait for room in a backlog.
func (d *Description) WakeForRoom() {
	if d.waiting == nil {
		return
	}
	for _, w := range *d.waiting {
		if w.events == roomOnly {
			d.Kernel.Tasks.Ready(w.task)
		}
	}
}

// Sleep blocks the current task in a system call that a signal ends.
func (k *Machine) Sleep(call scheduler.Call, deadline time.Duration) scheduler.Wakeup {
	t := k.Tasks.Current()
	k.sleepers = append(k.sleepers, t)
	why := k.Tasks.Block(call, deadline)
	k.sleepers = Without(k.sleepers, t)
	return why
}

// waitUntil blocks the current task until one of the events happens to d, a signal
// comes, or virtual time reaches the deadline.
func (d *Description) waitUntil(call scheduler.Call, deadline time.Duration, events uint32) errno.Failure {
	t := d.Kernel.Tasks.Current()
	d.Wait(t, events)
	d.Refs++
	why := d.Kernel.Sleep(call, deadline)
	d.Leave(t)
	d.Drop()
	if why == scheduler.Deadlocked {
		return errno.Deadlock
	}
	return errno.OK
}

// BlockingCall is a call that may block. From its first wait until it returns it
// keeps the description alive, whoever closes its descriptor meanwhile: fdget, Linux
// 6.18.
type BlockingCall struct {
	D       *Description
	Call    scheduler.Call
	Held    bool
	Restart bool // a signal has ended it whose handler has SA_RESTART
	Hurried bool // after a signal it does not look again
	Room    bool // it waits for room in a backlog, and for nothing else
}

// Wait blocks the current task until notify. After a signal it returns interrupted,
// but not before the call has looked once more and found nothing.
func (b *BlockingCall) Wait() errno.Failure {
	if !b.Held {
		b.Held = true
		b.D.Refs++
	} else if b.Caught() {
		return errno.Interrupted
	}
	events := AnyEvent
	if b.Room {
		events = roomOnly
	}
	f := b.D.waitUntil(b.Call, -1, events)
	if f == errno.OK && b.Hurried && b.Caught() {
		return errno.Interrupted
	}
	return f
}

// Caught reports whether a signal has come, and notes whether the call is to be made
// again.
func (b *BlockingCall) Caught() (caught bool) {
	k := b.D.Kernel
	caught, b.Restart = k.Caught(k.Tasks.Current())
	return caught
}

// End is called when the call returns.
func (b *BlockingCall) End() {
	if b.Held {
		b.D.Kernel.Caught(b.D.Kernel.Tasks.Current())
		b.D.Drop()
	}
}
