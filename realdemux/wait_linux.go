package realdemux

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// A thread that sleeps in a system call keeps its P until the runtime's monitor
// takes it away, which is 20 us later at the soonest and 10 ms at the latest. So a
// Wait polls first, without telling the scheduler. If nothing is there, it lets the
// goroutines run that are ready, which may wake it, and then sleeps.

// EpollWait is epoll_wait(2), made as epoll_pwait(2) with no mask: not every
// architecture has the former.
func (c *linuxCalls) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	raw := nativeEvents(events)
	n, e := poll(epfd, raw)
	if n == 0 && e == 0 && msec != 0 {
		limit := time.Duration(msec) * time.Millisecond // below 0: forever
		if n, limit, e = c.give(epfd, raw, limit); n == 0 && e == 0 {
			if msec > 0 {
				msec = int((limit + time.Millisecond - 1) / time.Millisecond)
			}
			n, e = pwait(epfd, raw, msec)
		}
	}
	return reported(events, raw, n, e)
}

// EpollPwait2 is epoll_pwait2(2), for which x/sys has no wrapper.
func (c *linuxCalls) EpollPwait2(epfd int, events []epoll.Event, timeout *epoll.Timespec) (int, epoll.Errno) {
	raw := nativeEvents(events)
	if timeout != nil && *timeout == (epoll.Timespec{}) {
		n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
			uintptr(len(raw)), uintptr(unsafe.Pointer(timeout)), 0, 0)
		return reported(events, raw, int(n), e)
	}
	n, e := poll(epfd, raw)
	if n == 0 && e == 0 {
		limit := time.Duration(-1)
		if timeout != nil {
			limit = time.Duration(timeout.Sec)*time.Second + time.Duration(timeout.Nsec)
		}
		if n, limit, e = c.give(epfd, raw, limit); n == 0 && e == 0 {
			n, e = pwait2(epfd, raw, limit)
		}
	}
	return reported(events, raw, n, e)
}

// give gives the other goroutines a turn, and spins if that is wanted. It returns
// what is left of limit, and the events that came while it was spinning.
func (c *linuxCalls) give(epfd int, raw []unix.EpollEvent, limit time.Duration) (n int, left time.Duration, e syscall.Errno) {
	if limit < 0 && c.spin == 0 {
		runtime.Gosched()
		return 0, limit, 0
	}
	began := time.Since(epoch)
	runtime.Gosched()
	for {
		spent := time.Since(epoch) - began
		left = limit
		if limit >= 0 {
			left = max(limit-spent, 0)
		}
		if spent >= c.spin || left == 0 {
			return 0, left, 0
		}
		if n, e = poll(epfd, raw); n != 0 || e != 0 {
			return n, left, e
		}
		runtime.Gosched()
	}
}

// poll is epoll_pwait(2) that does not wait.
func poll(epfd int, raw []unix.EpollEvent) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
		uintptr(len(raw)), 0, 0, 0)
	return int(n), e
}

// pwait is epoll_pwait(2).
func pwait(epfd int, raw []unix.EpollEvent, msec int) (int, syscall.Errno) {
	n, _, e := syscall.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
		uintptr(len(raw)), uintptr(msec), 0, 0)
	return int(n), e
}

// pwait2 is epoll_pwait2(2), forever if limit is negative. The call takes a struct
// __kernel_timespec on every architecture: two 64-bit numbers, as epoll.Timespec
// has them.
func pwait2(epfd int, raw []unix.EpollEvent, limit time.Duration) (int, syscall.Errno) {
	var timeout *epoll.Timespec
	if limit >= 0 {
		timeout = &epoll.Timespec{Sec: int64(limit / time.Second), Nsec: int64(limit % time.Second)}
	}
	n, _, e := syscall.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
		uintptr(len(raw)), uintptr(unsafe.Pointer(timeout)), 0, 0)
	return int(n), e
}

// reported returns what a wait returned, with its events in events.
func reported(events []epoll.Event, raw []unix.EpollEvent, n int, e syscall.Errno) (int, epoll.Errno) {
	if e != 0 {
		return -1, fromNative(e)
	}
	spread(events, raw[:n])
	return n, 0
}

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
