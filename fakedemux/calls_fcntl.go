package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/epolls"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// Commands of fcntl(2), with the numbers of Linux. Others are refused with EINVAL.
const (
	DupFD            = 0    // F_DUPFD
	GetFD            = 1    // F_GETFD
	SetFD            = 2    // F_SETFD
	GetFL            = 3    // F_GETFL
	SetFL            = 4    // F_SETFL
	DupFDCloseOnExec = 1030 // F_DUPFD_CLOEXEC
	GetPipeSize      = 1032 // F_GETPIPE_SZ
)

// Flags of F_GETFL, beside O_NONBLOCK; asm-generic/fcntl.h.
const (
	flagAppend    = objects.StatusAppend
	flagAsync     = 0x2000  // O_ASYNC
	flagDirect    = 0x4000  // O_DIRECT
	flagLarge     = 0x8000  // O_LARGEFILE
	flagDirectory = 0x10000 // O_DIRECTORY
	flagNoAtime   = 0x40000 // O_NOATIME
)

// Requests of ioctl(2), with the numbers of Linux. Others are refused with ENOTTY.
const (
	IoctlUnread    = 0x541b // FIONREAD
	IoctlNonblock  = 0x5421 // FIONBIO
	IoctlUnsent    = 0x5411 // TIOCOUTQ, SIOCOUTQ
	noCloseOnExec  = 0x5450 // FIONCLEX
	setCloseOnExec = 0x5451 // FIOCLEX
)

// statusFlags is what F_GETFL returns.
func statusFlags(d *machine.Description) int {
	flags := objects.AccessMode(d.Object) | d.Status
	if !d.Blocking {
		flags |= epoll.NonBlock
	}
	return flags
}

// Fcntl is fcntl(2) of the commands that this package names. F_SETFL accepts
// O_NONBLOCK, O_APPEND and O_NOATIME, and refuses O_ASYNC and O_DIRECT with EINVAL.
func (l Linux) Fcntl(fd, cmd, arg int) (int, epoll.Errno) {
	k := l.k
	d := k.system.Step("fcntl", fd, cmd == GetFD || cmd == GetFL)
	if d == nil {
		return -1, epoll.EBADF
	}
	t := k.system.Table()
	at := machine.CInt(fd) - t.Base
	switch cmd = machine.CInt(cmd); cmd {
	case DupFD, DupFDCloseOnExec:
		return l.dupFrom(d, machine.CInt(arg), cmd == DupFDCloseOnExec)
	case GetFD:
		if t.Exec[at] {
			return 1, 0
		}
		return 0, 0
	case SetFD:
		t.Exec[at] = arg&1 != 0
		return 0, 0
	case GetFL:
		return statusFlags(d), 0
	case SetFL:
		if arg&(flagAsync|flagDirect) != 0 {
			return -1, epoll.EINVAL
		}
		d.Blocking = arg&epoll.NonBlock == 0
		d.Status = d.Status&^(flagAppend|flagNoAtime) | arg&(flagAppend|flagNoAtime)
		return 0, 0
	case GetPipeSize:
		switch d.Object.(type) {
		case *objects.PipeReader, *objects.PipeWriter:
			return objects.PipePages * objects.PipePage, 0
		}
		return -1, epoll.EBADF
	default:
		return -1, epoll.EINVAL
	}
}

// dupFrom duplicates d at the lowest free number from a number on.
func (l Linux) dupFrom(d *machine.Description, from int, exec bool) (int, epoll.Errno) {
	k := l.k
	t := k.system.Table()
	if t == &k.system.World && from >= machine.WorldBase {
		from -= machine.WorldBase
	}
	if from < 0 || from >= k.processLimit() {
		return -1, epoll.EINVAL
	}
	if t == &k.system.World {
		from += machine.WorldBase
	}
	if f := k.system.InventNoFile(); f != errno.OK {
		return -1, f.Linux()
	}
	n := t.Install(d, from)
	if n < 0 {
		return -1, epoll.EMFILE
	}
	t.Exec[n-t.Base] = exec
	return n, 0
}

// processLimit is RLIMIT_NOFILE of the process that the current task belongs to.
func (k *Kernel) processLimit() int {
	if k.system.Table() == &k.system.World {
		return k.options.World
	}
	return k.options.Descriptors
}

// closeOnExec sets FD_CLOEXEC of a new descriptor if the flags of the call that has
// made it say so.
func (k *Kernel) closeOnExec(fd, flags int) {
	if flags&epoll.CloseOnExec != 0 {
		t := k.system.Table()
		t.Exec[fd-t.Base] = true
	}
}

// Dup2 is dup2(2).
func (l Linux) Dup2(fd, to int) (int, epoll.Errno) {
	d := l.k.system.Step("dup2", fd, true)
	if d != nil && machine.CInt(fd) == machine.CInt(to) {
		return machine.CInt(to), 0
	}
	return l.dupTo(d, to, false)
}

// Dup3 is dup3(2).
func (l Linux) Dup3(fd, to, flags int) (int, epoll.Errno) {
	d := l.k.system.Step("dup3", fd, true)
	flags = machine.CInt(flags)
	if flags&^epoll.CloseOnExec != 0 || machine.CInt(fd) == machine.CInt(to) {
		return -1, epoll.EINVAL
	}
	return l.dupTo(d, to, flags != 0)
}

// dupTo makes a number a name of d, and closes what it was a name of.
func (l Linux) dupTo(d *machine.Description, to int, exec bool) (int, epoll.Errno) {
	t := l.k.system.Table()
	to = machine.CInt(to)
	i := to - t.Base
	if d == nil || i < 0 || i >= t.Limit {
		return -1, epoll.EBADF
	}
	d.Refs++ // the number may be the last other name of it
	l.k.system.CloseFile(to)
	t.Set(i, d)
	d.Refs--
	t.Exec[i] = exec
	return to, 0
}

// Ioctl is ioctl(2) of the requests that this package names. arg is the int that the
// request reads, and the result is the int that it stores.
func (l Linux) Ioctl(fd, request, arg int) (int, epoll.Errno) {
	k := l.k
	request = int(uint32(request))
	d := k.system.Step("ioctl", fd, request == IoctlUnread || request == IoctlUnsent)
	if d == nil {
		return -1, epoll.EBADF
	}
	switch request {
	case IoctlNonblock:
		d.Blocking = machine.CInt(arg) == 0
		return 0, 0
	case setCloseOnExec, noCloseOnExec:
		t := k.system.Table()
		t.Exec[machine.CInt(fd)-t.Base] = request == setCloseOnExec
		return 0, 0
	case IoctlUnread:
		return result(unread(d))
	case IoctlUnsent:
		return result(unsent(d))
	default:
		if _, is := d.Object.(*epolls.Instance); is { // ep_eventpoll_ioctl, Linux 6.18
			return -1, epoll.EINVAL
		}
		return -1, errno.NoTerminal.Linux()
	}
}

func result(n int, f errno.Failure) (int, epoll.Errno) {
	if f != errno.OK {
		return -1, f.Linux()
	}
	return n, 0
}

// unread is FIONREAD: how many bytes can be read, and for datagrams the size of the
// first one.
func unread(d *machine.Description) (int, errno.Failure) {
	switch o := d.Object.(type) {
	case *objects.Stream:
		return o.Unread(), errno.OK
	case *objects.Listener:
		return 0, errno.Invalid
	case *objects.Datagram:
		if o.Messages.Len() == 0 {
			return 0, errno.OK
		}
		return o.Messages.At(0).Size, errno.OK
	case *objects.PipeReader:
		return o.P.Data.Len(), errno.OK
	case *objects.PipeWriter:
		return o.P.Data.Len(), errno.OK
	case *objects.OpenFile:
		if o.V.Kind == objects.VnodeDirectory {
			return 0, errno.NoTerminal
		}
		return len(o.V.Content) - o.Offset, errno.OK
	case *epolls.Instance:
		return 0, errno.Invalid
	default:
		return 0, errno.NoTerminal
	}
}

// unsent is SIOCOUTQ of a TCP socket: how many bytes it has written that have not
// arrived at the peer. Other sockets report memory, which is not simulated.
func unsent(d *machine.Description) (int, errno.Failure) {
	switch o := d.Object.(type) {
	case *objects.Stream:
		if !o.TCP {
			return 0, errno.NoTerminal
		}
		if o.Peer == nil {
			return 0, errno.OK
		}
		return o.Peer.Flight.Len(), errno.OK
	default:
		return 0, errno.NoTerminal
	}
}
