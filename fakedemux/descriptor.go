package fakedemux

import (
	"fmt"

	"reactortest/demux"
)

// object is what an open file description refers to.
type object interface {
	// kind names it in reports: "stream", "eventfd".
	kind() string
	// poll returns the conditions that hold now, as epoll bits.
	poll() uint32
	read(b []byte) (int, failure)
	write(b []byte) (int, failure)
	// release is called when the last descriptor is closed.
	release()
}

// description is an open file description: what descriptors name. dup(2)
// makes a second descriptor of the same description; epoll registrations
// belong to a description and a number.
type description struct {
	kernel   *Kernel
	id       uint64 // from 1, in the order of creation: the object of a scheduler.Call
	object   object
	refs     int
	blocking bool
	status   int          // of F_GETFL, beside O_NONBLOCK and the access mode
	items    []*epollItem // registrations, in the order of their ADD
	alone    []*epollItem // those with EPOLLEXCLUSIVE, likewise
	knotes   []*knote     // of kqueues, in the order of their EV_ADD
	watched  bool         // one of these lists has had something in it
	waiters  []waiter     // blocked in a call
	opened   string       // the call that made it
	task     string       // and the task that called
	happened [2]uint64    // when something last happened, for reads and for writes; see Kernel.Happened

	overlapped overlapped
}

// notify says that the conditions in key may have arisen, 0 for any of them.
// It is the wake-up of a wait queue in Linux: blocked calls go on, and every
// epoll registration that asks for one of the conditions becomes ready. The one
// that was made last is told first (TestNewestRegistrationFirst); those with
// EPOLLEXCLUSIVE come after the others, oldest first, until one of them has let
// a blocked call go on; epoll_ctl(2).
func (d *description) notify(key uint32) { d.notifyAs(key, key) }

// notifyAs is notify, with other conditions for the knotes of kqueues: a BSD tells
// the readers and the writers of a socket apart.
func (d *description) notifyAs(key, knotes uint32) {
	d.happen(key)
	if d.watched {
		d.notifyWatches(key, knotes)
	}
	d.mark()
	if len(d.waiters) > 0 {
		d.wakeWaiters(key)
	}
}

// notifyWatches is notifyAs for those that watch d.
func (d *description) notifyWatches(key, knotes uint32) {
	for i := len(d.items) - 1; i >= 0; i-- {
		d.items[i].wake(key)
	}
	for _, it := range d.alone {
		if it.wake(key) {
			break
		}
	}
	d.tellKnotes(knotes)
}

// newDescription makes a description of o without a descriptor.
func (k *Kernel) newDescription(o object, call string) *description {
	k.lastID++
	d := k.descriptions.get()
	*d = description{
		kernel: k, id: k.lastID, object: o, opened: call,
		items: d.items[:0], alone: d.alone[:0], knotes: d.knotes[:0], waiters: d.waiters[:0],
		overlapped: d.overlapped.cleared(),
	}
	d.task = k.taskName()
	return d
}

// taskName returns the name of the task that has control, "" outside of any.
func (k *Kernel) taskName() string {
	if t := k.tasks.Current(); t != nil {
		return t.Name()
	}
	return ""
}

// drop takes a reference back. With the last one the registrations end, and the
// object; epoll(7), Q6.
func (d *description) drop() {
	d.refs--
	if d.refs > 0 {
		return
	}
	for len(d.items) > 0 {
		d.items[len(d.items)-1].remove()
	}
	for len(d.alone) > 0 {
		d.alone[len(d.alone)-1].remove()
	}
	d.abort()
	d.object.release()
}

// Leak is a descriptor that is still open.
type Leak struct {
	Handle int
	Kind   string // "stream", "epoll", "eventfd"
	Opened string // the call that made it
	Task   string // the task that called, "" for set-up code
}

// String returns the leak as reports print it: "stream 5, opened by socketpair in
// task main".
func (l Leak) String() string {
	s := fmt.Sprintf("%s %d, opened by %s", l.Kind, l.Handle, l.Opened)
	if l.Task != "" {
		s += " in task " + l.Task
	}
	return s
}

// Registrations returns how many registrations exist for descriptor fd: of epoll
// instances, knotes of kqueues, and polls of AFD.
func (k *Kernel) Registrations(fd int) int {
	n := 0
	if d := k.find(fd); d != nil {
		for _, list := range [...][]*epollItem{d.items, d.alone} {
			for _, it := range list {
				if it.fd == fd {
					n++
				}
			}
		}
		for _, kn := range d.knotes {
			if kn.ident == uint64(fd) {
				n++
			}
		}
		for _, o := range d.overlapped.polls {
			if o.handle == demux.Handle(fd) {
				n++
			}
		}
	}
	return n
}
