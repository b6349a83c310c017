//go:build linux

package syscall

import (
	"syscall"

	"reactortest/shim/sim"
)

// EpollCreate is syscall.EpollCreate.
func EpollCreate(size int) (int, error) {
	switch {
	case sim.Real():
		return syscall.EpollCreate(size)
	case size <= 0:
		return -1, syscall.EINVAL
	}
	return sim.EpollCreate1(0)
}

// EpollCreate1 is syscall.EpollCreate1.
func EpollCreate1(flag int) (int, error) {
	if sim.Real() {
		return syscall.EpollCreate1(flag)
	}
	return sim.EpollCreate1(flag)
}

// EpollCtl is syscall.EpollCtl.
func EpollCtl(epfd, op, fd int, event *syscall.EpollEvent) error {
	if !sim.Real() {
		return sim.EpollCtl(epfd, op, fd, event)
	}
	err := syscall.EpollCtl(epfd, op, fd, event)
	if err == nil && event != nil {
		sim.Registered(op, fd, event.Events)
	}
	return err
}

// EpollWait is syscall.EpollWait.
func EpollWait(epfd int, events []syscall.EpollEvent, msec int) (int, error) {
	if !sim.Real() {
		return sim.EpollWait(epfd, events, msec, nil)
	}
	some, interrupted := sim.ShortWait(events, msec)
	if interrupted {
		return -1, syscall.EINTR
	}
	return syscall.EpollWait(epfd, some, msec)
}
