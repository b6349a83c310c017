//go:build linux

// What Go has without a reactor: epoll by the functions of golang.org/x/sys/unix and, with
// the first argument "raw", by raw calls; the timers of the runtime; and a goroutine that
// takes functions from a channel.
package main

import (
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/micro"
)

func main() {
	wait := unixWait
	if len(os.Args) > 1 && os.Args[1] == "raw" {
		wait = rawWait
		os.Args = append(os.Args[:1], os.Args[2:]...)
	}
	micro.Main(&micro.Peer{
		Dispatch: func(fds []int, ready func(int) bool) error { return dispatch(wait, fds, ready) },
		Timers:   &timers{},
		Posts:    posts,
	})
}

func unixWait(epfd int, events []unix.EpollEvent) (int, error) {
	return unix.EpollWait(epfd, events, -1)
}

func rawWait(epfd int, events []unix.EpollEvent) (int, error) {
	n, _, e := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), ^uintptr(0), 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

func dispatch(wait func(int, []unix.EpollEvent) (int, error), fds []int, ready func(int) bool) error {
	epfd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return os.NewSyscallError("epoll_create1", err)
	}
	stop := false
	handlers := make([]func(uint32), len(fds))
	for i, fd := range fds {
		handlers[i] = func(uint32) { stop = ready(i) || stop }
		if err := unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}); err != nil {
			return os.NewSyscallError("epoll_ctl", err)
		}
	}
	events := make([]unix.EpollEvent, 1024)
	for !stop {
		n, err := wait(epfd, events)
		if err != nil && err != unix.EINTR { //nolint:errorlint // a plain number
			return os.NewSyscallError("epoll_wait", err)
		}
		for i := range events[:n] {
			handlers[events[i].Fd](events[i].Events)
		}
	}
	return nil
}

// timers are the runtime's.
type timers struct {
	all []*time.Timer
}

// Schedule sets timers. The runtime calls fn in a goroutine for each.
func (t *timers) Schedule(delays []time.Duration, fn func()) {
	if t.all == nil {
		t.all = make([]*time.Timer, len(delays))
	}
	for i, d := range delays {
		t.all[i] = time.AfterFunc(d, fn)
	}
}

// Rearm sets them to other delays.
func (t *timers) Rearm(delays []time.Duration) {
	for i, d := range delays {
		t.all[i].Reset(d)
	}
}

// Cancel stops them.
func (t *timers) Cancel() {
	for _, x := range t.all {
		x.Stop()
	}
}

// Fire waits. There is no loop to run.
func (t *timers) Fire(fired func() bool) error {
	for !fired() {
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

func posts(use func(post func(func()))) error {
	c := make(chan func(), 1024)
	go func() {
		use(func(fn func()) { c <- fn })
		close(c)
	}()
	for fn := range c {
		fn()
	}
	return nil
}
