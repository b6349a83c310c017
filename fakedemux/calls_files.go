package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Linux has the calls of Linux, with Linux's numbers: those of epoll.Syscalls and
// the others that programs make. Its methods are calls of tasks.
//
// A socket or a pipe that they make is blocking unless its flags say otherwise: a
// read, a write, an accept or a connect of a task then waits as it would in a
// thread.
type Linux struct{ linuxCalls }

// Linux returns the calls of Linux, for code that makes them itself. The kernel
// answers them in every dialect.
func (k *Kernel) Linux() Linux { return Linux{linuxCalls{k}} }

// PollInvalid is what Poll reports for a descriptor that is not open: POLLNVAL.
const PollInvalid = 0x20

// Poll is poll(2) of one descriptor with timeout 0. It returns the conditions
// among events that hold, and EPOLLERR and EPOLLHUP if they hold. For a negative
// descriptor it returns 0.
func (l Linux) Poll(fd int, events uint32) uint32 {
	k := l.k
	k.tasks.Switch(k.call("poll", fd, true))
	d := k.lookup(fd)
	switch {
	case cInt(fd) < 0:
		return 0
	case d == nil:
		return PollInvalid
	}
	m := d.object.poll()
	return (m | bands(d.object, m)) & (events&0xffff | alwaysWatched)
}

// Dup is dup(2).
func (l Linux) Dup(fd int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(k.call("dup", fd, true))
	n, f := k.dup(fd)
	return n, f.linux()
}

// Pipe2 is pipe2(2).
func (l Linux) Pipe2(flags int) (r, w int, e epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "pipe2", Handle: -1})
	if flags = cInt(flags); flags&^(epoll.CloseOnExec|epoll.NonBlock) != 0 {
		return -1, -1, epoll.EINVAL
	}
	if f := k.room(2); f != ok {
		return -1, -1, f.linux()
	}
	p := k.newPipe()
	r, p.reader = k.add(&p.readEnd, "pipe2")
	w, p.writer = k.add(&p.writeEnd, "pipe2")
	p.reader.blocking = flags&epoll.NonBlock == 0
	p.writer.blocking = p.reader.blocking
	k.closeOnExec(r, flags)
	k.closeOnExec(w, flags)
	return r, w, 0
}

// MemfdCreate is memfd_create(2): a regular file without a name.
func (l Linux) MemfdCreate() (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "memfd_create", Handle: -1})
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	fd, file := k.addFile(newVnode(vnodeFile), "memfd_create")
	file.desc.blocking, file.desc.status = true, flagLarge
	return fd, 0
}

// SetNonblock is fcntl(2) with F_SETFL: it sets or clears O_NONBLOCK.
func (l Linux) SetNonblock(fd int, on bool) epoll.Errno {
	k := l.k
	k.tasks.Switch(k.call("fcntl", fd, false))
	d := k.lookup(fd)
	if d == nil {
		return epoll.EBADF
	}
	d.blocking = !on
	return 0
}
