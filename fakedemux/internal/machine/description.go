package machine

import "reactortest/fakedemux/internal/errno"

// Object is what an open file description refers to.
type Object interface {
	// Kind names it in reports: "stream", "eventfd".
	Kind() string
	// Conditions returns the conditions that hold now. It changes nothing.
	Conditions() uint32
	// Poll returns the conditions as a call or a registration that looks at the object
	// finds them.
	Poll() uint32
	Read(b []byte) (int, errno.Failure)
	Write(b []byte) (int, errno.Failure)
	// Release is called when the last descriptor is closed.
	Release()
}

// Conditions of an object. They have the numbers of epoll_ctl(2) and poll(2).
const (
	Readable   = 0x001  // EPOLLIN
	Urgently   = 0x002  // EPOLLPRI
	Writable   = 0x004  // EPOLLOUT
	Failed     = 0x008  // EPOLLERR
	HungUp     = 0x010  // EPOLLHUP
	PeerHungUp = 0x2000 // EPOLLRDHUP

	// DataReady are the conditions that arriving data announce; seen on Linux 6.18:
	// a registration for EPOLLPRI alone is looked at, and has nothing to report.
	DataReady = Readable | Urgently
	// AlwaysWatched are reported though nobody has asked; epoll_ctl(2), poll(2).
	AlwaysWatched = Failed | HungUp
)

// Description is an open file description: what descriptors name. dup(2)
// makes a second descriptor of the same description; registrations of epoll
// belong to a description and a number.
type Description struct {
	Kernel   *Machine
	Object   Object
	Watches  *Watch    // in the order in which they are told
	waiting  *[]waiter // blocked in a call; nil until there has been one
	ID       uint64    // from 1, in the order of creation: the object of a scheduler.Call
	Happened [2]uint64 // the number of the machine's event that came last, for reads and for writes
	Refs     int
	Blocking bool
	Status   int    // of F_GETFL, beside O_NONBLOCK and the access mode
	Opened   string // the call that made it
	Task     string // and the task that called
}

// NewDescription makes a description of o without a descriptor.
func (k *Machine) NewDescription(o Object, call string) *Description {
	k.lastID++
	d := k.descriptions.Get()
	waiting := d.waiting
	if waiting != nil {
		*waiting = (*waiting)[:0]
	}
	*d = Description{}
	d.Kernel, d.ID, d.Object, d.waiting = k, k.lastID, o, waiting
	d.Opened, d.Task = call, k.TaskName()
	return d
}

// TaskName returns the name of the task that has control, "" outside of any.
func (k *Machine) TaskName() string {
	if t := k.Tasks.Current(); t != nil {
		return t.Name()
	}
	return ""
}

// Hold takes a reference.
func (d *Description) Hold() { d.Refs++ }

// Drop takes a reference back. With the last one the registrations end, and the
// object; epoll(7), Q6.
func (d *Description) Drop() {
	d.Refs--
	if d.Refs > 0 {
		return
	}
	for w := d.Watches; w != nil; {
		next := w.Next // w may end
		w.By.Released()
		w = next
	}
	d.Object.Release()
}
