package fakedemux

import (
	"fmt"

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
	waiters  []*scheduler.Task // blocked in a read or a write
	opened   string            // the call that made it
	task     string            // and the task that called
}

// notify says that the conditions in key may have arisen, 0 for any of them.
// It is the wake-up of a wait queue in Linux: blocked calls go on, and every
// epoll registration that asks for one of the conditions becomes ready.
func (d *description) notify(key uint32) {
	for _, it := range d.items {
		it.wake(key)
	}
	if len(d.waiters) > 0 {
		for _, t := range d.waiters {
			d.kernel.tasks.Ready(t)
		}
		d.waiters = d.waiters[:0]
	}
}

// wait blocks the current task until notify.
func (d *description) wait(call scheduler.Call) failure {
	d.waiters = append(d.waiters, d.kernel.tasks.Current())
	if d.kernel.tasks.Block(call, -1) == scheduler.Deadlocked {
		d.waiters = d.waiters[:0]
		return deadlock
	}
	return ok
}

// newDescription makes a description of o without a descriptor.
func (k *Kernel) newDescription(o object, call string) *description {
	k.lastID++
	d := &description{kernel: k, id: k.lastID, object: o, opened: call}
	if t := k.tasks.Current(); t != nil {
		d.task = t.Name()
	}
	return d
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
	if k.open+n > k.options.Descriptors {
		return noFiles
	}
	if k.fault(faultNoFile) {
		return noFiles
	}
	return ok
}

// lookup returns the description that fd names, nil if it is not open.
func (k *Kernel) lookup(fd int) *description {
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
	k.files[fd] = nil
	k.lowestFree = min(k.lowestFree, fd)
	k.open--
	d.refs--
	if d.refs > 0 {
		return ok
	}
	// epoll(7), Q6: a registration ends with the last descriptor of its
	// description, not with the one it was made with.
	for len(d.items) > 0 {
		d.items[len(d.items)-1].remove()
	}
	d.object.release()
	return ok
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

// String returns "stream 5, opened by socketpair in task main".
func (l Leak) String() string {
	s := fmt.Sprintf("%s %d, opened by %s", l.Kind, l.Handle, l.Opened)
	if l.Task != "" {
		s += " in task " + l.Task
	}
	return s
}

// Leaks returns the descriptors that are open, lowest first.
func (k *Kernel) Leaks() []Leak {
	var leaks []Leak
	for fd, d := range k.files {
		if d != nil {
			leaks = append(leaks, Leak{Handle: fd, Kind: d.object.kind(), Opened: d.opened, Task: d.task})
		}
	}
	return leaks
}

// Registrations returns how many epoll registrations exist for descriptor fd.
func (k *Kernel) Registrations(fd int) int {
	n := 0
	if d := k.lookup(fd); d != nil {
		for _, it := range d.items {
			if it.fd == fd {
				n++
			}
		}
	}
	return n
}
