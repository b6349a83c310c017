package fakedemux

// object is what an open file description refers to.
type object interface {
	// kind names it in reports: "stream", "eventfd".
	kind() string
	// conditions returns the conditions that hold now. It changes nothing.
	conditions() uint32
	// poll returns the conditions as a call or a registration that looks at the object
	// finds them.
	poll() uint32
	read(b []byte) (int, failure)
	write(b []byte) (int, failure)
	// release is called when the last descriptor is closed.
	release()
}

// Conditions of an object. They have the numbers of epoll_ctl(2) and poll(2).
const (
	readable   = 0x001  // EPOLLIN
	urgently   = 0x002  // EPOLLPRI
	writable   = 0x004  // EPOLLOUT
	failed     = 0x008  // EPOLLERR
	hungUp     = 0x010  // EPOLLHUP
	peerHungUp = 0x2000 // EPOLLRDHUP

	// dataReady are the conditions that arriving data announce; seen on Linux 6.18:
	// a registration for EPOLLPRI alone is looked at, and has nothing to report.
	dataReady = readable | urgently
	// alwaysWatched are reported though nobody has asked; epoll_ctl(2), poll(2).
	alwaysWatched = failed | hungUp
)

// description is an open file description: what descriptors name. dup(2)
// makes a second descriptor of the same description; registrations of epoll
// belong to a description and a number.
type description struct {
	kernel   *machine
	object   object
	watches  *watch    // in the order in which they are told
	waiters  []waiter  // blocked in a call
	id       uint64    // from 1, in the order of creation: the object of a scheduler.Call
	happened [2]uint64 // the number of the machine's event that came last, for reads and for writes
	refs     int
	blocking bool
	status   int    // of F_GETFL, beside O_NONBLOCK and the access mode
	opened   string // the call that made it
	task     string // and the task that called
}

// newDescription makes a description of o without a descriptor.
func (k *machine) newDescription(o object, call string) *description {
	k.lastID++
	d := k.descriptions.get()
	*d = description{kernel: k, id: k.lastID, object: o, opened: call, waiters: d.waiters[:0]}
	d.task = k.taskName()
	return d
}

// taskName returns the name of the task that has control, "" outside of any.
func (k *machine) taskName() string {
	if t := k.tasks.Current(); t != nil {
		return t.Name()
	}
	return ""
}

// hold takes a reference.
func (d *description) hold() { d.refs++ }

// drop takes a reference back. With the last one the registrations end, and the
// object; epoll(7), Q6.
func (d *description) drop() {
	d.refs--
	if d.refs > 0 {
		return
	}
	for w := d.watches; w != nil; {
		next := w.next // w may end
		w.by.released()
		w = next
	}
	d.object.release()
}
