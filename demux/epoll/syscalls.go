package epoll

import (
	"time"

	"reactortest/demux"
)

// Errno is a Linux error number, 0 for success. It is a number and not an
// error so that a call that fails does not allocate.
type Errno uint16

// The error numbers that the calls below return; asm-generic/errno-base.h and
// asm-generic/errno.h. MIPS, SPARC and Alpha have other numbers for some.
const (
	EPERM        Errno = 1
	ENOENT       Errno = 2
	EINTR        Errno = 4
	EBADF        Errno = 9
	EAGAIN       Errno = 11
	ENOMEM       Errno = 12
	EFAULT       Errno = 14
	EEXIST       Errno = 17
	EINVAL       Errno = 22
	ENFILE       Errno = 23
	EMFILE       Errno = 24
	ENOSPC       Errno = 28
	EDEADLK      Errno = 35
	ELOOP        Errno = 40
	ENOSYS       Errno = 38
	EPIPE        Errno = 32
	ECONNRESET   Errno = 104
	ECONNREFUSED Errno = 111
)

// Event bits; linux/eventpoll.h, epoll_ctl(2).
const (
	EPOLLIN      = 0x1
	EPOLLPRI     = 0x2
	EPOLLOUT     = 0x4
	EPOLLERR     = 0x8
	EPOLLHUP     = 0x10
	EPOLLRDHUP   = 0x2000
	EPOLLONESHOT = 1 << 30
	EPOLLET      = 1 << 31
)

// Operations of EpollCtl; epoll_ctl(2).
const (
	CtlAdd = 1
	CtlDel = 2
	CtlMod = 3
)

// Flags of EpollCreate1 and Eventfd; epoll_create(2), eventfd(2).
const (
	CloseOnExec = 0x80000 // EPOLL_CLOEXEC, EFD_CLOEXEC
	NonBlock    = 0x800   // EFD_NONBLOCK
)

// Event is a struct epoll_event: the interest in EpollCtl, a report in
// EpollWait. It has 16 bytes, as the kernel's has where it is not packed.
type Event struct {
	Events uint32
	_      uint32
	Data   uint64
}

// Timespec is a struct timespec.
type Timespec struct {
	Sec, Nsec int64
}

// Syscalls are the Linux calls that the backend makes. Package realdemux has those
// of the operating system, and package fakedemux those of a simulated kernel. Any
// goroutine may call them at any time.
type Syscalls interface {
	// EpollCreate1 is epoll_create1(2).
	EpollCreate1(flags int) (fd int, e Errno)
	// EpollCtl is epoll_ctl(2). It does not keep ev.
	EpollCtl(epfd, op, fd int, ev *Event) Errno
	// EpollWait is epoll_wait(2): msec < 0 waits forever.
	EpollWait(epfd int, events []Event, msec int) (n int, e Errno)
	// EpollPwait2 is epoll_pwait2(2) without a signal mask: nil waits for
	// ever. A kernel before Linux 5.11 answers ENOSYS.
	EpollPwait2(epfd int, events []Event, timeout *Timespec) (n int, e Errno)
	// Eventfd is eventfd(2).
	Eventfd(initval uint, flags int) (fd int, e Errno)
	// Read is read(2).
	Read(fd int, b []byte) (n int, e Errno)
	// Write is write(2).
	Write(fd int, b []byte) (n int, e Errno)
	// Close is close(2).
	Close(fd int) Errno
	// Now is clock_gettime(CLOCK_MONOTONIC), from any origin.
	Now() time.Duration
}

// Err returns e as an error that names the call, nil for 0. errors.Is matches
// it with the syscall.Errno of the same name on every host.
func (e Errno) Err(call string) error {
	if e == 0 {
		return nil
	}
	return demux.SyscallError(call, demux.NewErrno(e.name(), uint16(e)))
}

func (e Errno) name() string {
	switch e {
	case EPERM:
		return "EPERM"
	case ENOENT:
		return "ENOENT"
	case EINTR:
		return "EINTR"
	case EBADF:
		return "EBADF"
	case EAGAIN:
		return "EAGAIN"
	case ENOMEM:
		return "ENOMEM"
	case EFAULT:
		return "EFAULT"
	case EEXIST:
		return "EEXIST"
	case EINVAL:
		return "EINVAL"
	case ENFILE:
		return "ENFILE"
	case EMFILE:
		return "EMFILE"
	case ENOSPC:
		return "ENOSPC"
	case EDEADLK:
		return "EDEADLK"
	case ELOOP:
		return "ELOOP"
	case ENOSYS:
		return "ENOSYS"
	case EPIPE:
		return "EPIPE"
	case ECONNRESET:
		return "ECONNRESET"
	case ECONNREFUSED:
		return "ECONNREFUSED"
	default:
		return ""
	}
}
