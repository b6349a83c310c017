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

// linuxCalls are Linux's calls. The zero value is ready; any goroutine may use
// it at any time.
type linuxCalls struct{}

var _ epoll.Syscalls = linuxCalls{}

// epoch is the origin of Now, for all that this package makes.
var epoch = time.Now()

func open() (demux.Demux, error) {
	d, err := epoll.Open(linuxCalls{})
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (linuxCalls) EpollCreate1(flags int) (int, epoll.Errno) {
	fd, err := unix.EpollCreate1(nativeFlags(flags))
	return fd, number(err)
}

func (linuxCalls) Eventfd(initval uint, flags int) (int, epoll.Errno) {
	fd, err := unix.Eventfd(initval, nativeFlags(flags))
	return fd, number(err)
}

func (linuxCalls) EpollCtl(epfd, op, fd int, ev *epoll.Event) epoll.Errno {
	if ev == nil {
		return number(unix.EpollCtl(epfd, op, fd, nil))
	}
	native := toNative(ev)
	return number(unix.EpollCtl(epfd, op, fd, &native))
}

func (linuxCalls) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	raw := nativeEvents(events)
	n, err := unix.EpollWait(epfd, raw, msec)
	if err != nil {
		return -1, number(err)
	}
	spread(events, raw[:n])
	return n, 0
}

func (linuxCalls) EpollPwait2(epfd int, events []epoll.Event, timeout *epoll.Timespec) (int, epoll.Errno) {
	// x/sys has no wrapper. The call takes a struct __kernel_timespec on
	// every architecture: two 64-bit numbers, as epoll.Timespec has them.
	raw := nativeEvents(events)
	n, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
		uintptr(len(raw)), uintptr(unsafe.Pointer(timeout)), 0, 0)
	if e != 0 {
		return -1, fromNative(e)
	}
	spread(events, raw[:n])
	return int(n), 0
}

func (linuxCalls) Read(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Read(fd, b)
	return n, number(err)
}

func (linuxCalls) Write(fd int, b []byte) (int, epoll.Errno) {
	n, err := unix.Write(fd, b)
	return n, number(err)
}

func (linuxCalls) Close(fd int) epoll.Errno {
	e := number(unix.Close(fd))
	if e == epoll.EINTR {
		return 0 // close(2): the descriptor is closed all the same
	}
	return e
}

// Now is CLOCK_MONOTONIC by way of the runtime, which reads it without a
// system call.
func (linuxCalls) Now() time.Duration { return time.Since(epoch) }

// The kernel's struct epoll_event has 12 bytes on amd64, where it is packed, and
// on 386, where 64-bit numbers are aligned to 4 bytes; it has 16 elsewhere.
// epoll.Event has 16 everywhere. So there is room for the kernel's events in the
// memory of ours, and no second buffer is needed.
var _ [unsafe.Sizeof(epoll.Event{}) - unsafe.Sizeof(unix.EpollEvent{})]byte

// nativeEvents returns the memory of events as that many of the kernel's.
func nativeEvents(events []epoll.Event) []unix.EpollEvent {
	return unsafe.Slice((*unix.EpollEvent)(unsafe.Pointer(unsafe.SliceData(events))), len(events))
}

// spread turns the kernel's events at the start of the memory of events into
// ours. Last first: the i-th of ours begins no earlier than the i-th of the
// kernel's, so that those still to be read are left whole.
func spread(events []epoll.Event, raw []unix.EpollEvent) {
	for i := len(raw) - 1; i >= 0; i-- {
		ev := raw[i]
		events[i] = epoll.Event{Events: ev.Events, Data: uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32}
	}
}

// toNative returns ev as the kernel's. The kernel hands the data back as it
// got it, so which half is which is our own affair.
func toNative(ev *epoll.Event) unix.EpollEvent {
	return unix.EpollEvent{Events: ev.Events, Fd: int32(uint32(ev.Data)), Pad: int32(uint32(ev.Data >> 32))}
}

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
