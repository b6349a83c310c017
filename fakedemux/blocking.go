package fakedemux

import (
	"slices"
	"time"

	"reactortest/scheduler"
)

// waiter is a task that is blocked until something happens to a description.
type waiter struct {
	task   *scheduler.Task
	events uint32 // the conditions that wake it
}

// Other values of waiter.events.
const (
	anyEvent        = ^uint32(0) // every condition wakes it
	roomOnly uint32 = 0          // only wakeForRoom and a signal wake it
)

// wakeWaiters wakes the calls that are blocked until one of the conditions in key
// arises, 0 for any of them; pollwake, fs/select.c, Linux 6.18.
func (d *description) wakeWaiters(key uint32) {
	kept := d.waiters[:0]
	for _, w := range d.waiters {
		if w.events != roomOnly && (key == 0 || key&w.events != 0) {
			d.kernel.tasks.Ready(w.task)
		} else {
			kept = append(kept, w)
		}
	}
	d.waiters = kept
}

// wakeForRoom wakes the calls of connect that wait for room in a backlog.
func (d *description) wakeForRoom() {
	for i := range d.waiters {
		if w := &d.waiters[i]; w.events == roomOnly {
			d.kernel.tasks.Ready(w.task)
		}
	}
}

// sleep blocks the current task in a system call that a signal ends.
func (k *machine) sleep(call scheduler.Call, deadline time.Duration) scheduler.Wakeup {
	t := k.tasks.Current()
	k.sleepers = append(k.sleepers, t)
	why := k.tasks.Block(call, deadline)
	k.sleepers = without(k.sleepers, t)
	return why
}

// leave takes a task off the list of waiters.
func (d *description) leave(t *scheduler.Task) {
	d.waiters = slices.DeleteFunc(d.waiters, func(w waiter) bool { return w.task == t })
}

// waitUntil blocks the current task until one of the events happens to d, a signal
// comes, or virtual time reaches the deadline.
func (d *description) waitUntil(call scheduler.Call, deadline time.Duration, events uint32) failure {
	t := d.kernel.tasks.Current()
	d.waiters = append(d.waiters, waiter{t, events})
	d.refs++
	why := d.kernel.sleep(call, deadline)
	d.leave(t)
	d.drop()
	if why == scheduler.Deadlocked {
		return deadlock
	}
	return ok
}

// blockingCall is a call that may block. From its first wait until it returns it
// keeps the description alive, whoever closes its descriptor meanwhile: fdget, Linux
// 6.18.
type blockingCall struct {
	d       *description
	call    scheduler.Call
	held    bool
	restart bool // a signal has ended it whose handler has SA_RESTART
	hurried bool // after a signal it does not look again
	room    bool // it waits for room in a backlog, and for nothing else
}

// wait blocks the current task until notify. After a signal it returns interrupted,
// but not before the call has looked once more and found nothing.
func (b *blockingCall) wait() failure {
	if !b.held {
		b.held = true
		b.d.refs++
	} else if b.caught() {
		return interrupted
	}
	events := anyEvent
	if b.room {
		events = roomOnly
	}
	f := b.d.waitUntil(b.call, -1, events)
	if f == ok && b.hurried && b.caught() {
		return interrupted
	}
	return f
}

// caught reports whether a signal has come, and notes whether the call is to be made
// again.
func (b *blockingCall) caught() (caught bool) {
	k := b.d.kernel
	caught, b.restart = k.caught(k.tasks.Current())
	return caught
}

// end is called when the call returns.
func (b *blockingCall) end() {
	if b.held {
		b.d.kernel.caught(b.d.kernel.tasks.Current())
		b.d.drop()
	}
}
