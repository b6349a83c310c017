package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
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
	d := k.system.Step("poll", fd, true)
	switch {
	case machine.CInt(fd) < 0:
		return 0
	case d == nil:
		return PollInvalid
	}
	m := d.Object.Poll()
	return (m | objects.Bands(d.Object, m)) & (events&0xffff | machine.AlwaysWatched)
}

// Dup is dup(2).
func (l Linux) Dup(fd int) (int, epoll.Errno) {
	k := l.k
	k.system.Step("dup", fd, true)
	n, f := k.system.Dup(fd)
	return n, f.Linux()
}

// Pipe2 is pipe2(2).
func (l Linux) Pipe2(flags int) (r, w int, e epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "pipe2", Handle: -1})
	if flags = machine.CInt(flags); flags&^(epoll.CloseOnExec|epoll.NonBlock) != 0 {
		return -1, -1, epoll.EINVAL
	}
	if f := k.system.Room(2); f != errno.OK {
		return -1, -1, f.Linux()
	}
	p := k.system.NewPipe()
	r, p.Reader = k.system.Add(&p.ReadEnd, "pipe2")
	w, p.Writer = k.system.Add(&p.WriteEnd, "pipe2")
	p.Reader.Blocking = flags&epoll.NonBlock == 0
	p.Writer.Blocking = p.Reader.Blocking
	k.closeOnExec(r, flags)
	k.closeOnExec(w, flags)
	return r, w, 0
}

// MemfdCreate is memfd_create(2): a regular file without a name.
func (l Linux) MemfdCreate() (int, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "memfd_create", Handle: -1})
	if f := k.system.Room(1); f != errno.OK {
		return -1, f.Linux()
	}
	fd, file := k.system.AddFile(objects.NewVnode(objects.VnodeFile), "memfd_create")
	file.Desc.Blocking, file.Desc.Status = true, flagLarge
	return fd, 0
}

// SetNonblock is fcntl(2) with F_SETFL: it sets or clears O_NONBLOCK.
func (l Linux) SetNonblock(fd int, on bool) epoll.Errno {
	k := l.k
	d := k.system.Step("fcntl", fd, false)
	if d == nil {
		return epoll.EBADF
	}
	d.Blocking = !on
	return 0
}
