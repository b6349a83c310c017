package fakedemux

import (
	"fmt"
	"math"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// SetTables sets the fields First and World of Options, for the runs after the next
// Reset. It panics if a number is out of range.
func (k *Kernel) SetTables(first, world int) {
	k.options.First = limited("First", first, 0, defaultDescriptors)
	k.options.World = limited("World", world, 0, MaxDescriptors)
}

// setDescriptors replaces Options.Descriptors, from now on.
func (k *Kernel) setDescriptors(n int) {
	k.options.Descriptors = limited("Descriptors", n, defaultDescriptors, MaxDescriptors)
	k.system.Program.Limit = k.options.Descriptors - k.system.Program.Base
}

// Object returns the number of the object that h names: the open file description,
// which duplicates share. Objects are numbered from 1, in the order of creation. The
// number is not used again in this run, unlike that of a handle. Object returns 0 if
// h is not open. It is not a call of a task; rules and reports read it.
func (k *Kernel) Object(h demux.Handle) uint64 {
	d := k.system.Find(handleFD(h))
	if d == nil {
		return 0
	}
	return d.ID
}

// Hand moves a descriptor to the other table, from the program to the world or back,
// like a message with SCM_RIGHTS and then a close. It returns the new number. If there
// is one table for both, Hand returns h. Hand returns EBADF if h is not open in the
// table of the current task, and EMFILE if the other table is full.
func (k *Kernel) Hand(h demux.Handle) (demux.Handle, error) {
	d := k.system.Step("sendmsg", handleFD(h), false)
	switch {
	case d == nil:
		return demux.NoHandle, k.err("sendmsg", errno.BadFile)
	case !k.system.Separate:
		return h, nil
	}
	n, f := k.system.Hand(handleFD(h))
	if f != errno.OK {
		return demux.NoHandle, k.err("sendmsg", f)
	}
	return demux.Handle(n), nil
}

// Leaks returns the descriptors of the program that are open, lowest first, and then
// the operations whose memory the program has not given back.
func (k *Kernel) Leaks() []Leak { return append(leaks(&k.system.Program), k.Operations()...) }

// WorldLeaks returns the descriptors that are open in the table of the world, lowest
// first. It returns none if the world has no table of its own.
func (k *Kernel) WorldLeaks() []Leak { return leaks(&k.system.World) }

func leaks(t *machine.Table) []Leak {
	var all []Leak
	t.Opened(func(fd int, d *machine.Description) {
		all = append(all, Leak{Handle: fd, Kind: d.Object.Kind(), Opened: d.Opened, Task: d.Task})
	})
	return all
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
	if d := k.system.Find(fd); d != nil {
		for w := d.Watches; w != nil; w = w.Next {
			n += w.By.Registrations(fd)
		}
	}
	return n
}

// handleFD returns the number of h, -1 for one that no descriptor can have.
func handleFD(h demux.Handle) int {
	if h > math.MaxInt32 {
		return -1
	}
	return int(h)
}

func (k *Kernel) lookupHandle(h demux.Handle) *machine.Description {
	return k.system.Lookup(handleFD(h))
}

// RemoveName removes a name of the file h, for EVFILT_VNODE. It is not a call of a task.
func (k *Kernel) RemoveName(h demux.Handle) {
	d := k.lookupHandle(h)
	if d == nil {
		return
	}
	if f, is := d.Object.(*objects.OpenFile); is {
		f.V.Links = max(f.V.Links-1, 0)
		k.system.LostName(f.V, false)
	}
}
