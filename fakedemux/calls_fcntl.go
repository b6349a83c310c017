package fakedemux

import "reactortest/demux/epoll"

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
	flagAppend    = statusAppend
	flagAsync     = 0x2000  // O_ASYNC
	flagDirect    = 0x4000  // O_DIRECT
	flagLarge     = 0x8000  // O_LARGEFILE
	flagDirectory = 0x10000 // O_DIRECTORY
	flagNoAtime   = 0x40000 // O_NOATIME
)

// Requests of ioctl(2), with the numbers of Linux. Others are refused with ENOTTY.
const (
	Unread         = 0x541b // FIONREAD
	Nonblocking    = 0x5421 // FIONBIO
	Unsent         = 0x5411 // TIOCOUTQ, SIOCOUTQ
	noCloseOnExec  = 0x5450 // FIONCLEX
	setCloseOnExec = 0x5451 // FIOCLEX
)

// statusFlags is what F_GETFL returns.
func statusFlags(d *description) int {
	flags := accessMode(d.object) | d.status
	if !d.blocking {
		flags |= epoll.NonBlock
	}
	return flags
}

// Fcntl is fcntl(2) of the commands that this package names. F_SETFL accepts
// O_NONBLOCK, O_APPEND and O_NOATIME, and refuses O_ASYNC and O_DIRECT with EINVAL.
func (l Linux) Fcntl(fd, cmd, arg int) (int, epoll.Errno) {
	k := l.k
	d := k.switchOn("fcntl", fd, cmd == GetFD || cmd == GetFL)
	if d == nil {
		return -1, epoll.EBADF
	}
	t := k.table()
	at := cInt(fd) - t.base
	switch cmd = cInt(cmd); cmd {
	case DupFD, DupFDCloseOnExec:
		return l.dupFrom(d, cInt(arg), cmd == DupFDCloseOnExec)
	case GetFD:
		if t.exec[at] {
			return 1, 0
		}
		return 0, 0
	case SetFD:
		t.exec[at] = arg&1 != 0
		return 0, 0
	case GetFL:
		return statusFlags(d), 0
	case SetFL:
		if arg&(flagAsync|flagDirect) != 0 {
			return -1, epoll.EINVAL
		}
		d.blocking = arg&epoll.NonBlock == 0
		d.status = d.status&^(flagAppend|flagNoAtime) | arg&(flagAppend|flagNoAtime)
		return 0, 0
	case GetPipeSize:
		switch d.object.(type) {
		case *pipeReader, *pipeWriter:
			return pipePages * pipePage, 0
		}
		return -1, epoll.EBADF
	default:
		return -1, epoll.EINVAL
	}
}

// dupFrom duplicates d at the lowest free number from a number on.
func (l Linux) dupFrom(d *description, from int, exec bool) (int, epoll.Errno) {
	k := l.k
	t := k.table()
	if t == &k.world && from >= worldBase {
		from -= worldBase
	}
	if from < 0 || from >= k.processLimit() {
		return -1, epoll.EINVAL
	}
	if t == &k.world {
		from += worldBase
	}
	if f := k.inventNoFile(); f != ok {
		return -1, f.linux()
	}
	n := t.install(d, from)
	if n < 0 {
		return -1, epoll.EMFILE
	}
	t.exec[n-t.base] = exec
	return n, 0
}

// processLimit is RLIMIT_NOFILE of the process that the current task belongs to.
func (k *Kernel) processLimit() int {
	if k.table() == &k.world {
		return k.options.World
	}
	return k.options.Descriptors
}

// closeOnExec sets FD_CLOEXEC of a new descriptor if the flags of the call that has
// made it say so.
func (k *Kernel) closeOnExec(fd, flags int) {
	if flags&epoll.CloseOnExec != 0 {
		t := k.table()
		t.exec[fd-t.base] = true
	}
}

// Dup2 is dup2(2).
func (l Linux) Dup2(fd, to int) (int, epoll.Errno) {
	d := l.k.switchOn("dup2", fd, true)
	if d != nil && cInt(fd) == cInt(to) {
		return cInt(to), 0
	}
	return l.dupTo(d, to, false)
}

// Dup3 is dup3(2).
func (l Linux) Dup3(fd, to, flags int) (int, epoll.Errno) {
	d := l.k.switchOn("dup3", fd, true)
	flags = cInt(flags)
	if flags&^epoll.CloseOnExec != 0 || cInt(fd) == cInt(to) {
		return -1, epoll.EINVAL
	}
	return l.dupTo(d, to, flags != 0)
}

// dupTo makes a number a name of d, and closes what it was a name of.
func (l Linux) dupTo(d *description, to int, exec bool) (int, epoll.Errno) {
	t := l.k.table()
	to = cInt(to)
	i := to - t.base
	if d == nil || i < 0 || i >= t.limit {
		return -1, epoll.EBADF
	}
	d.refs++ // the number may be the last other name of it
	l.k.closeFile(to)
	t.set(i, d)
	d.refs--
	t.exec[i] = exec
	return to, 0
}

// Ioctl is ioctl(2) of the requests that this package names. arg is the int that the
// request reads, and the result is the int that it stores.
func (l Linux) Ioctl(fd, request, arg int) (int, epoll.Errno) {
	k := l.k
	request = int(uint32(request))
	d := k.switchOn("ioctl", fd, request == Unread || request == Unsent)
	if d == nil {
		return -1, epoll.EBADF
	}
	switch request {
	case Nonblocking:
		d.blocking = cInt(arg) == 0
		return 0, 0
	case setCloseOnExec, noCloseOnExec:
		t := k.table()
		t.exec[cInt(fd)-t.base] = request == setCloseOnExec
		return 0, 0
	case Unread:
		return result(unread(d))
	case Unsent:
		return result(unsent(d))
	default:
		if _, is := d.object.(*epollInstance); is { // ep_eventpoll_ioctl, Linux 6.18
			return -1, epoll.EINVAL
		}
		return -1, noTerminal.linux()
	}
}

func result(n int, f failure) (int, epoll.Errno) {
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// unread is FIONREAD: how many bytes can be read, and for datagrams the size of the
// first one.
func unread(d *description) (int, failure) {
	switch o := d.object.(type) {
	case *stream:
		return o.unread(), ok
	case *listener:
		return 0, invalid
	case *datagram:
		if o.messages.len() == 0 {
			return 0, ok
		}
		return o.messages.at(0).size, ok
	case *pipeReader:
		return o.p.data.len(), ok
	case *pipeWriter:
		return o.p.data.len(), ok
	case *openFile:
		if o.v.kind == vnodeDirectory {
			return 0, noTerminal
		}
		return len(o.v.content) - o.offset, ok
	case *epollInstance:
		return 0, invalid
	default:
		return 0, noTerminal
	}
}

// unsent is SIOCOUTQ of a TCP socket: how many bytes it has written that have not
// arrived at the peer. Other sockets report memory, which is not simulated.
func unsent(d *description) (int, failure) {
	switch o := d.object.(type) {
	case *stream:
		if !o.tcp {
			return 0, noTerminal
		}
		if o.peer == nil {
			return 0, ok
		}
		return o.peer.flight.len(), ok
	default:
		return 0, noTerminal
	}
}
