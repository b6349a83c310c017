package epoll

import "time"

// Errno is a Linux error number, 0 for success. A call returns it as a number, so that
// a call that fails does not allocate.
type Errno uint16

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
