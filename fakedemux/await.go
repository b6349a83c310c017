package fakedemux

import (
	"time"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// Await is poll(2) of one handle. It blocks the current task until a condition in
// want holds for h, or h has failed or has hung up in both directions, and then
// returns true. It returns false when virtual time reaches the deadline. A negative
// deadline means that there is no deadline. Await returns EBADF for a handle that
// is not open.
func (k *Kernel) Await(h demux.Handle, want demux.Ready, deadline time.Duration) (bool, error) {
	one := [1]Awaited{{Handle: h, Want: want}}
	n, err := k.AwaitAny(one[:], deadline)
	return n > 0, err
}

// AwaitUnless is Await, and also returns false when over returns true. It asks over
// before each wait, and again when Ready of [Kernel.Tasks] was called for the task: code
// that changes the answer calls Ready. over must not make simulated calls.
func (k *Kernel) AwaitUnless(h demux.Handle, want demux.Ready, deadline time.Duration, over func() bool) (bool, error) {
	one := [1]Awaited{{Handle: h, Want: want}}
	n, err := k.await(one[:], deadline, over)
	return n > 0, err
}

// Awaited is a handle that AwaitAny waits for.
type Awaited struct {
	Handle demux.Handle
	Want   demux.Ready
	Got    demux.Ready // set by AwaitAny: the conditions that hold, Hangup and Failed too; 0 if it is not ready
}

// AwaitAny is poll(2) of several handles, for code that stands between a program and
// the kernel. It blocks the current task until a condition in Want holds for one of
// the handles, or one has failed or has hung up in both directions. It returns how
// many are ready, and sets Got of each. It returns 0 when virtual time reaches the
// deadline. A negative deadline means that there is no deadline. AwaitAny returns
// EBADF if one of the handles is not open. A handle that is closed by another task
// while AwaitAny waits still counts. Nothing is taken from the handles, and no edge
// of a demultiplexer is used up.
func (k *Kernel) AwaitAny(all []Awaited, deadline time.Duration) (int, error) {
	return k.await(all, deadline, nil)
}

func (k *Kernel) await(all []Awaited, deadline time.Duration, over func() bool) (int, error) {
	call := scheduler.Call{Name: "poll", Handle: -1, Reads: true}
	if len(all) == 1 {
		call = k.system.Call("poll", handleFD(all[0].Handle), true)
	} else {
		k.system.Tasks.Enter(call)
	}
	k.system.Tasks.Switch(call)
	var few [4]*machine.Description
	ds := few[:0]
	for _, a := range all {
		d := k.lookupHandle(a.Handle)
		if d == nil {
			return 0, k.err("poll", errno.BadFile)
		}
		ds = append(ds, d)
	}
	for _, d := range ds {
		d.Refs++
	}
	n, f := k.awaitAny(all, ds, call, deadline, over)
	for _, d := range ds {
		d.Drop()
	}
	return n, k.err("poll", f)
}

func (k *Kernel) awaitAny(all []Awaited, ds []*machine.Description, call scheduler.Call, deadline time.Duration, over func() bool) (int, errno.Failure) {
	for {
		n := 0
		for i, d := range ds {
			m := d.Object.Conditions()
			all[i].Got = 0
			if readiness(m)&all[i].Want != 0 || m&(machine.HungUp|machine.Failed) != 0 {
				all[i].Got = readiness(m)
				n++
			}
		}
		if n > 0 {
			return n, errno.OK
		}
		if deadline >= 0 && k.system.Tasks.Now() >= deadline || over != nil && over() {
			return 0, errno.OK
		}
		t := k.system.Tasks.Current()
		for _, d := range ds {
			d.Wait(t, machine.AnyEvent)
		}
		why := k.system.Tasks.Block(call, deadline)
		for _, d := range ds {
			d.Leave(t)
		}
		if why == scheduler.Deadlocked {
			return 0, errno.Deadlock
		}
		k.system.Caught(t) // a signal does not end it
	}
}
