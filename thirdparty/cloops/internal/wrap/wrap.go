//go:build cloops && linux

package wrap

/*
#cgo LDFLAGS: -Wl,--wrap=epoll_create,--wrap=epoll_create1,--wrap=epoll_ctl,--wrap=epoll_wait,--wrap=epoll_pwait,--wrap=poll
#cgo LDFLAGS: -Wl,--wrap=eventfd,--wrap=timerfd_create,--wrap=timerfd_settime,--wrap=pipe,--wrap=pipe2
#cgo LDFLAGS: -Wl,--wrap=read,--wrap=write,--wrap=readv,--wrap=writev,--wrap=close,--wrap=dup2
#cgo LDFLAGS: -Wl,--wrap=fcntl,--wrap=fcntl64,--wrap=ioctl
#cgo LDFLAGS: -Wl,--wrap=clock_gettime,--wrap=gettimeofday,--wrap=time,--wrap=syscall,--wrap=sched_yield
#cgo LDFLAGS: -Wl,--wrap=abort,--wrap=__assert_fail
#include <stdint.h>
*/
import "C"

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/runtime"
	"reactortest/shim/sim"
)

// GaveUp is what a call of a library panics with that would have ended the process. The
// frames of C are dropped, and the loop must not be used any more.
type GaveUp struct{ Assertion string }

func (g *GaveUp) Error() string { return "the library ends the process: " + g.Assertion }

//export cloopsGiveUp
func cloopsGiveUp(what *C.char) {
	if !sim.Real() {
		panic(&GaveUp{C.GoString(what)})
	}
}

//export cloopsReal
func cloopsReal() C.int {
	if sim.Real() {
		return 1
	}
	return 0
}

//export cloopsYield
func cloopsYield() { runtime.Gosched() }

//export cloopsCall
func cloopsCall(number, a, b, c, d C.long, failed *C.int) C.long {
	n, err := call(uintptr(number), &[6]uintptr{uintptr(a), uintptr(b), uintptr(c), uintptr(d)})
	if err != nil {
		*failed = C.int(sim.Number(err))
		return -1
	}
	return C.long(n)
}

// call makes a call of the simulated kernel: those with numbers that sim.Raw has, and
// three more.
func call(number uintptr, a *[6]uintptr) (int, error) {
	switch number {
	case unix.SYS_POLL:
		return poll(a)
	case unix.SYS_TIMERFD_CREATE:
		return sim.TimerfdCreate(int(int32(a[0])), int(int32(a[1])))
	case unix.SYS_TIMERFD_SETTIME:
		return settime(a)
	}
	n, e := sim.Raw(number, a)
	if e != 0 {
		return -1, e
	}
	return int(n), nil
}

func poll(a *[6]uintptr) (int, error) {
	fds := unsafe.Slice((*unix.PollFd)(pointer(a[0])), int(a[1]))
	polled := make([]fakedemux.PollFD, len(fds))
	for i, p := range fds {
		polled[i] = fakedemux.PollFD{FD: int(p.Fd), Events: uint32(uint16(p.Events))}
	}
	n, err := sim.Poll(polled, int(int32(a[2])), nil, nil)
	for i := range fds {
		fds[i].Revents = int16(polled[i].Revents)
	}
	return n, err
}

func settime(a *[6]uintptr) (int, error) {
	next, old := (*unix.ItimerSpec)(pointer(a[2])), (*unix.ItimerSpec)(pointer(a[3]))
	was, err := sim.TimerfdSettime(int(int32(a[0])), int(int32(a[1])), &fakedemux.Itimerspec{
		Interval: epoll.Timespec(next.Interval), Value: epoll.Timespec(next.Value),
	})
	if err == nil && old != nil {
		old.Interval, old.Value = unix.Timespec(was.Interval), unix.Timespec(was.Value)
	}
	return 0, err
}

// pointer turns an argument into what it points to. The memory is that of C.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

// The clocks of a run, when it begins. A loop takes a monotonic clock of 0 for one that
// was not read.
const (
	bootBefore = 1000 * time.Second
	// A coarse clock has the time of the last tick; clock_gettime(2). Debian's kernels
	// have 250 in a second.
	tick = time.Second / 250
)

//export cloopsNow
func cloopsNow(clock C.int) C.int64_t {
	b := bubble.Current()
	if b == nil { // between two runs
		return C.int64_t(bootBefore)
	}
	now := b.Elapsed()
	switch clock {
	case unix.CLOCK_MONOTONIC_COARSE:
		return C.int64_t(bootBefore + now/tick*tick)
	case unix.CLOCK_REALTIME, unix.CLOCK_REALTIME_COARSE:
		return C.int64_t(time.Now().UnixNano())
	}
	return C.int64_t(bootBefore + now)
}
