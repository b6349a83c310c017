//go:build linux && reactortest_net

package std

import (
	"runtime"
	"syscall"
	"unsafe"

	"reactortest/scheduler/bubble"
	"reactortest/shim/order"
	"reactortest/shim/sim"
)

func init() {
	order.Rewired("std", runtime.Version())
	syscall.Sim = &syscall.SimCalls{
		Active:       active,
		Call:         call,
		Unlink:       sim.Unlink,
		PollOpen:     open,
		PollClose:    forget,
		PollReset:    reset,
		PollWait:     wait,
		PollUnblock:  unblock,
		PollDeadline: limit,
	}
}

// active reports whether the calling goroutine is one of the run that is on. The runtime
// closes sockets that a program has lost on a goroutine of its own: no run depends on
// when that is, and the simulated socket stays open.
func active() bool { return bubble.Current() != nil && bubble.Inside() }

// call makes the call trap with the arguments a.
func call(trap uintptr, a *[6]uintptr, memory []unsafe.Pointer) (uintptr, syscall.Errno) {
	defer runtime.KeepAlive(memory)
	if !active() {
		return ^uintptr(0), syscall.EBADF
	}
	switch trap {
	case syscall.SYS_SOCKET:
	case syscall.SYS_SOCKETPAIR:
		return 0, pair(a, (*[2]int32)(memory[0]))
	default:
		a[0] -= syscall.SimBase
	}
	n, err := sim.Raw(trap, a)
	if err == 0 && opens(trap, a) {
		n += syscall.SimBase
	}
	return n, err
}

// opens reports whether a call returns a descriptor.
func opens(trap uintptr, a *[6]uintptr) bool {
	switch trap {
	case syscall.SYS_SOCKET, syscall.SYS_ACCEPT4, syscall.SYS_DUP:
		return true
	case syscall.SYS_FCNTL:
		return a[1] == syscall.F_DUPFD || a[1] == syscall.F_DUPFD_CLOEXEC
	}
	return false
}

// pair is socketpair(2).
func pair(a *[6]uintptr, fds *[2]int32) syscall.Errno {
	x, y, err := sim.Socketpair(int(a[0]), int(a[1]))
	if err == nil {
		fds[0], fds[1] = int32(syscall.SimBase+x), int32(syscall.SimBase+y)
	}
	return syscall.Errno(sim.Number(err))
}
