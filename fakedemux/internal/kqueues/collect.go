package kqueues

import (
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// rank is where the watch of a knote belongs: a kernel keeps the knotes of the readers
// and those of the writers of an object apart, but has one list for a file.
func (kn *Knote) rank() machine.Rank {
	_, isFile := kn.desc.Object.(*objects.OpenFile)
	switch {
	case isFile || kn.Kind == FilterVnode:
		return machine.RankFile
	case kn.Kind == FilterRead:
		return machine.RankReader
	default:
		return machine.RankWriter
	}
}

// Notify runs the filter if the conditions are about it.
func (kn *Knote) Notify(h machine.Happening) (woken bool) {
	both := h.Lists == 0 || h.Lists&machine.AlwaysWatched != 0
	if kn.Kind == FilterRead && (both || h.Lists&machine.DataReady != 0) || kn.Kind == FilterWrite && (both || h.Lists&machine.Writable != 0) {
		kn.happen()
	}
	return false
}

// Closed deletes the knote if it is of that descriptor.
func (kn *Knote) Closed(fd int) {
	if kn.ident == uint64(fd) {
		kn.drop()
	}
}

// Released deletes the knote.
func (kn *Knote) Released() { kn.drop() }

// Registrations returns 1 if the knote is of that descriptor.
func (kn *Knote) Registrations(fd int) int {
	if kn.ident == uint64(fd) {
		return 1
	}
	return 0
}

// wake lets the blocked calls go on, and tells those that watch the kqueue.
func (kq *Instance) wake() {
	for _, t := range kq.waiters {
		kq.kernel.Tasks.Ready(t)
	}
	kq.waiters = kq.waiters[:0]
	kq.desc.Notify(machine.Readable)
}

// Collect fills out from the queue and returns how many. It is kqueue_scan: the
// filter runs again, and a knote whose condition has passed leaves the queue.
func (kq *Instance) Collect(out []kqueue.Kevent) int {
	queue := kq.queue
	kq.queue = knoteQueue{}
	rerun := kq.Rule(CellOneshot) == AnswerRuns
	n := 0
	for n < len(out) && queue.first != nil {
		kn := queue.first
		queue.remove(kn)
		switch {
		case kn.disabled:
			continue
		case kn.silent:
			kn.drop()
			continue
		case (rerun || kn.flags&kqueue.Oneshot == 0) && !kn.collects():
			kn.active = false
			continue
		}
		if n > 0 && kn.flags&reportFlags != 0 && kq.kernel.Fault(machine.FaultHold) {
			kq.queue.pushBack(kn)
			continue
		}
		out[n] = kn.event()
		n++
		kn.reported()
	}
	kq.queue.prepend(queue)
	machine.Reorder(&kq.kernel.Machine, out[:n])
	return n
}

// Add makes a kqueue and installs it.
func (k *Kqueues) Add(p *kqueue.Profile, call string) int {
	kq := k.instances.Get()
	*kq = Instance{
		kqueues: k, kernel: k.kernel, Profile: p, rules: RulesOf(p), lacks: lackingOf(p),
		All: kq.All[:0], others: kq.others[:0], waiters: kq.waiters[:0],
	}
	fd, d := k.kernel.Add(kq, call)
	kq.desc = d
	return fd
}

// Block waits until there is something to report or the timeout has passed.
func (kq *Instance) Block(call scheduler.Call, events []kqueue.Kevent, timeout time.Duration) (int, kqueue.Errno) {
	k := kq.kernel
	limit := k.WaitLimit(timeout)
	if limit.Over(k.Now()) {
		return -1, kqueue.EINTR
	}
	d := kq.desc
	d.Hold() // a blocked call keeps the kqueue alive, whoever closes its descriptor
	n, e := kq.await(call, events, limit)
	d.Drop()
	return n, e
}

func (kq *Instance) await(call scheduler.Call, events []kqueue.Kevent, limit machine.WaitLimit) (int, kqueue.Errno) {
	for {
		t := kq.kernel.Tasks.Current()
		kq.waiters = append(kq.waiters, t)
		why := kq.kernel.Tasks.Block(call, limit.End())
		kq.waiters = machine.Without(kq.waiters, t)
		if n := kq.Collect(events); n > 0 {
			return n, 0
		}
		if limit.Over(kq.kernel.Now()) {
			return -1, kqueue.EINTR
		}
		switch why {
		case scheduler.TimedOut:
			return 0, 0
		case scheduler.Deadlocked:
			return -1, kqueue.EDEADLK
		case scheduler.WokenUp:
		}
	}
}
