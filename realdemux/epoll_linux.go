package realdemux

import (
	"errors"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/epoll"
)

// linuxCalls are Linux's calls, for one Demux. Any goroutine may use them at any
// time once the Demux is open.
type linuxCalls struct {
	wakefd int    // the Demux's non-blocking eventfd, -1 if there is none yet
	wake   uint64 // the data of its registration
	early  earlyWake
	habit  habit // the user's
}

var _ epoll.Syscalls = (*linuxCalls)(nil)

func newCalls() *linuxCalls { return &linuxCalls{wakefd: -1} }

// epoch is the origin of Now, for all that this package makes.
var epoch = time.Now()

func open() (demux.Demux, error) {
	calls := newCalls()
	d, err := epoll.Open(calls)
	if err != nil {
		return nil, err
	}
	return &spinner{d, calls}, nil
}

func (*linuxCalls) EpollCreate1(flags int) (int, epoll.Errno) {
	fd, err := unix.EpollCreate1(nativeFlags(flags))
	return fd, number(err)
}

func (c *linuxCalls) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	fd, err := unix.Eventfd(initval, nativeFlags(flags))
	if err == nil && flags&epoll.NonBlock != 0 {
		c.wakefd = fd
	}
	return fd, number(err)
}

func (c *linuxCalls) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	if ev == nil {
		return number(unix.EpollCtl(epfd, op, fd, nil))
	}
	if fd == c.wakefd {
		c.wake = ev.Data
	}
	native := toNative(ev)
	return number(unix.EpollCtl(epfd, op, fd, &native)) // x/sys makes it without hooks
}

// Read may block: it is for the eventfd of Close.
func (c *linuxCalls) Read(fd int, b []byte) (int, epoll.Errno) {
	n, e := hookedRead(uintptr(fd), b)
	return n, fromNative(e)
}

// Write is raw for the wake's eventfd, and no call at all if a wait is told in time.
func (c *linuxCalls) Write(fd int, b []byte) (n int, e epoll.Errno) {
	var native syscall.Errno
	if fd == c.wakefd {
		if c.early.tell() {
			return len(b), 0
		}
		n, native = rawWrite(uintptr(fd), unsafe.SliceData(b), len(b))
	} else {
		n, native = hookedWrite(uintptr(fd), b)
	}
	return n, fromNative(native)
}

func (*linuxCalls) Close(fd int) epoll.Errno {
	e := number(unix.Close(fd))
	if e == epoll.EINTR {
		return 0 // close(2): the descriptor is closed all the same
	}
	return e
}

// Now is CLOCK_MONOTONIC by way of the runtime, which reads it without a
// system call.
func (*linuxCalls) Now() time.Duration { return time.Since(epoch) }

// nativeFlags returns flags with this architecture's bits.
func nativeFlags(flags int) int {
	native := flags &^ (epoll.CloseOnExec | epoll.NonBlock)
	if flags&epoll.CloseOnExec != 0 {
		native |= unix.O_CLOEXEC
	}
	if flags&epoll.NonBlock != 0 {
		native |= unix.O_NONBLOCK
	}
	return native
}

// number returns the error number of err, 0 for nil.
func number(err error) epoll.Errno {
	if err == nil {
		return 0
	}
	var e syscall.Errno
	if errors.As(err, &e) {
		return fromNative(e)
	}
	return epoll.EINVAL
}

// generic are the numbers of asm-generic that MIPS, for one, does not have.
var generic = [...]struct {
	native syscall.Errno
	number epoll.Errno
}{
	{unix.EDEADLK, epoll.EDEADLK},
	{unix.ENOSYS, epoll.ENOSYS},
	{unix.ELOOP, epoll.ELOOP},
	{unix.ECONNRESET, epoll.ECONNRESET},
	{unix.ECONNREFUSED, epoll.ECONNREFUSED},
}

// fromNative returns e with the number of asm-generic.
func fromNative(e syscall.Errno) epoll.Errno {
	for i := range generic {
		if generic[i].native == e {
			return generic[i].number
		}
	}
	return epoll.Errno(e)
}
