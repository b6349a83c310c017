package fakedemux

import (
	"fmt"

	"reactortest/demux"
	"reactortest/scheduler"
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
	items    []*epollItem      // registrations, in the order of their ADD
	alone    []*epollItem      // those with EPOLLEXCLUSIVE, likewise
	knotes   []*knote          // of kqueues, in the order of their EV_ADD
	waiters  []*scheduler.Task // blocked in a read or a write
	opened   string            // the call that made it
	task     string            // and the task that called
	happened [2]uint64         // when something last happened, for reads and for writes; see Kernel.Happened

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
	for i := len(d.items) - 1; i >= 0; i-- {
		d.items[i].wake(key)
	}
	for _, it := range d.alone {
		if it.wake(key) {
			break
		}
	}
	d.happen(key)
	d.tellKnotes(knotes)
	d.mark()
	d.wakeWaiters()
}

// wakeWaiters lets the calls go on that are blocked in a read or a write.
func (d *description) wakeWaiters() {
	for _, t := range d.waiters {
		d.kernel.tasks.Ready(t)
	}
	d.waiters = d.waiters[:0]
}

// blockingCall is a call that may block. From its first wait until it returns it keeps the
// description alive, whoever closes its descriptor meanwhile: fdget, Linux 6.18.
type blockingCall struct {
	d    *description
	call scheduler.Call
	held bool
}

// wait blocks the current task until notify.
func (b *blockingCall) wait() failure {
	if !b.held {
		b.held = true
		b.d.refs++
	}
	return b.d.waitUntil(b.call, -1)
}

// end is called when the call returns.
func (b *blockingCall) end() {
	if b.held {
		b.d.drop()
	}
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

// install gives d the lowest free descriptor; open(2), "lowest-numbered file
// descriptor not currently open".
func (k *Kernel) install(d *description) int {
	d.refs++
	for fd := k.lowestFree; fd < len(k.files); fd++ {
		if k.files[fd] == nil {
			k.files[fd] = d
			k.lowestFree = fd + 1
			return fd
		}
	}
	k.files = append(k.files, d)
	k.lowestFree = len(k.files)
	return len(k.files) - 1
}

// room reports whether n more descriptors may be made. It is where EMFILE and
// ENFILE come from, real and invented.
func (k *Kernel) room(n int) failure {
	if f := k.roomFor(n); f != ok {
		return f
	}
	return k.inventNoFile()
}

// roomFor reports whether the machine has n more descriptors.
func (k *Kernel) roomFor(n int) failure {
	if k.open+n > k.options.Descriptors {
		return noFiles
	}
	return ok
}

// inventNoFile asks whether the process or the system is out of descriptors
// here and now.
func (k *Kernel) inventNoFile() failure {
	return [...]failure{ok, noFiles, tooManyFiles}[k.which(faultNoFile, 3)]
}

// cInt is what a call gets of n where it takes an int of C: the lower half, as
// the kernel reads it from a register. Seen on Linux 6.18 (TestBadArgumentsOfLinux).
func cInt(n int) int { return int(int32(n)) }

// lookup returns the description that fd names, nil if it is not open.
func (k *Kernel) lookup(fd int) *description {
	fd = cInt(fd)
	if fd < 0 || fd >= len(k.files) {
		return nil
	}
	return k.files[fd]
}

// add makes a description of o and installs it.
func (k *Kernel) add(o object, call string) (int, *description) {
	d := k.newDescription(o, call)
	k.open++
	return k.install(d), d
}

// closeFile is close(2). The number is free at once.
func (k *Kernel) closeFile(fd int) failure {
	d := k.lookup(fd)
	if d == nil {
		return badFile
	}
	fd = cInt(fd)
	k.files[fd] = nil
	k.lowestFree = min(k.lowestFree, fd)
	k.open--
	d.dropKnotes(fd)
	d.drop()
	return ok
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

// dup is dup(2).
func (k *Kernel) dup(fd int) (int, failure) {
	d := k.lookup(fd)
	if d == nil {
		return -1, badFile
	}
	if f := k.room(1); f != ok {
		return -1, f
	}
	k.open++
	return k.install(d), ok
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

// Leaks returns the descriptors that are open, lowest first, and then the
// operations whose memory the program has not given back.
func (k *Kernel) Leaks() []Leak {
	var leaks []Leak
	for fd, d := range k.files {
		if d != nil {
			leaks = append(leaks, Leak{Handle: fd, Kind: d.object.kind(), Opened: d.opened, Task: d.task})
		}
	}
	return append(leaks, k.Operations()...)
}

// Registrations returns how many registrations exist for descriptor fd: of epoll
// instances, knotes of kqueues, and polls of AFD.
func (k *Kernel) Registrations(fd int) int {
	n := 0
	if d := k.lookup(fd); d != nil {
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
