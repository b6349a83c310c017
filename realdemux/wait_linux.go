package realdemux

import (
	"runtime"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// What a wait does before it sleeps.
//
// A wait that may sleep has to tell the Go scheduler, which costs 50 to 100 ns even
// if an event is there. So it polls first, with a raw call. Where most polls find
// nothing, as with one connection that is asked and answers, that is a wasted call:
// after two of them in a row, the next waits go without.
//
// The scheduler leaves the P to a thread that sleeps in a call until its monitor
// takes it away, 20 us to 10 ms later. With one P, other goroutines stand still so
// long, even one that is about to wake this wait. So with one P they get a turn
// first. With more, an idle P has stolen them long before, and to give them a turn
// would wake an idle P for nothing: with two, that took 5 us of processor time for
// each wait (Linux 6.18, Go 1.26).
//
// A Wake that comes in such a turn writes nothing to the eventfd. The wait looks before
// it sleeps, and returns what the kernel would report.

// skipped is how many waits go without a poll after two that were in vain.
const skipped = 7

// habit is what a Demux remembers from one wait to the next.
type habit struct {
	spin time.Duration // see spinner.SetSpin
	vain bool          // the last poll found nothing
	skip int           // how many waits are to go without a poll
}

// EpollWait is epoll_wait(2), made as epoll_pwait(2) with no mask: not every
// architecture has the former.
func (c *linuxCalls) EpollWait(epfd int, events []epoll.Event, msec int) (int, epoll.Errno) {
	return c.wait(epfd, events, time.Duration(msec)*time.Millisecond, pwait)
}

// EpollPwait2 is epoll_pwait2(2), for which x/sys has no wrapper.
func (c *linuxCalls) EpollPwait2(epfd int, events []epoll.Event, timeout *epoll.Timespec) (int, epoll.Errno) {
	limit := time.Duration(-1)
	if timeout != nil {
		limit = time.Duration(timeout.Sec)*time.Second + time.Duration(timeout.Nsec)
	}
	if limit == 0 { // an older kernel is to say that it has no such call
		raw := nativeEvents(events)
		n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
			uintptr(len(raw)), uintptr(unsafe.Pointer(timeout)), 0, 0)
		return reported(events, raw, int(n), e)
	}
	return c.wait(epfd, events, limit, pwait2)
}

// wait waits for limit at the most, forever if it is negative. The poll is made here and
// not in a function of its own: some processors lose their predictions of returns
// in a system call, and each return that follows is slow.
func (c *linuxCalls) wait(epfd int, events []epoll.Event, limit time.Duration, sleep sleeper) (int, epoll.Errno) {
	raw, h := nativeEvents(events), &c.habit
	unpolled := limit != 0 && h.skip > 0
	if unpolled {
		h.skip--
	} else {
		found, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
			uintptr(len(raw)), 0, 0, 0)
		if found != 0 || e != 0 || limit == 0 {
			h.vain = h.vain && limit == 0
			return reported(events, raw, int(found), e)
		}
		if h.vain {
			h.skip = skipped
		}
		h.vain = true
	}
	if h.spin > 0 || runtime.GOMAXPROCS(0) == 1 {
		c.early.open()
		n, left, e := c.beforeSleep(epfd, raw, limit)
		woken := c.early.close()
		if woken && unpolled && n == 0 {
			n, e = poll(epfd, raw) // what is posted all the time keeps no event back
		}
		switch {
		case woken && n <= 0:
			events[0] = epoll.Event{Events: epoll.EPOLLIN, Data: c.wake}
			return 1, 0
		case n != 0 || e != 0:
			return reported(events, raw, n, e)
		}
		limit = left
	}
	n, e := sleep(epfd, raw, limit)
	return reported(events, raw, n, e)
}

// beforeSleep gives other goroutines turns between a poll that was in vain and a sleep of
// at most limit. It returns the events that it has found, and otherwise how long the sleep
// may last.
func (c *linuxCalls) beforeSleep(epfd int, raw []unix.EpollEvent, limit time.Duration) (n int, left time.Duration, e syscall.Errno) {
	switch {
	case c.habit.spin > 0:
		return c.spins(epfd, raw, limit)
	case limit < 0:
		c.giveTurns()
		return 0, limit, 0
	default:
		began := time.Since(epoch)
		c.giveTurns()
		return 0, max(limit-(time.Since(epoch)-began), 0), 0
	}
}

// giveTurns lets the other goroutines run. One Gosched does not always: it puts the caller
// into the queue that the scheduler looks at first in one of 61 turns; findRunnable in
// runtime/proc.go, Go 1.26.
func (c *linuxCalls) giveTurns() {
	runtime.Gosched()
	if !c.early.isTold() {
		runtime.Gosched()
	}
}

// spins polls until there are events or a Wake, or the time for that is over.
func (c *linuxCalls) spins(epfd int, raw []unix.EpollEvent, limit time.Duration) (n int, left time.Duration, e syscall.Errno) {
	began := time.Since(epoch)
	for {
		runtime.Gosched()
		if c.early.isTold() {
			return 0, limit, 0
		}
		n, e = poll(epfd, raw)
		spent := time.Since(epoch) - began
		left = limit
		if limit > 0 {
			left = max(limit-spent, 0)
		}
		if n != 0 || e != 0 || left == 0 || spent >= c.habit.spin {
			return n, left, e
		}
	}
}

// poll is epoll_pwait(2) that does not wait.
func poll(epfd int, raw []unix.EpollEvent) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(raw))),
		uintptr(len(raw)), 0, 0, 0)
	return int(n), e
}

// sleeper is a call that sleeps for limit at the most, forever if it is negative.
type sleeper func(epfd int, raw []unix.EpollEvent, limit time.Duration) (int, syscall.Errno)

// pwait is epoll_pwait(2). It counts in milliseconds.
func pwait(epfd int, raw []unix.EpollEvent, limit time.Duration) (int, syscall.Errno) {
	msec := -1
	if limit >= 0 {
		msec = int((limit + time.Millisecond - 1) / time.Millisecond)
	}
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
