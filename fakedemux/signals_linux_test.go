package fakedemux_test

import (
	"encoding/binary"
	"os"
	"os/signal"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"reactortest/demux/epoll"
)

// TestSignalsOfTheRunningKernel holds the rules of EpollPwait against the running
// kernel: the calls of TestSignals that need no second thread.
func TestSignalsOfTheRunningKernel(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	got := make(chan os.Signal, 8)
	signal.Notify(got, unix.SIGUSR1)
	defer signal.Stop(got)
	var blocked, old unix.Sigset_t
	blocked.Val[0] = 1 << (unix.SIGUSR1 - 1)
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &blocked, &old); err != nil {
		t.Fatal(err)
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &old, nil)
	kill := func() { unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGUSR1) }

	epfd, _ := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	defer unix.Close(epfd)
	event, _ := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	defer unix.Close(event)
	unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, event, &unix.EpollEvent{Events: unix.EPOLLIN})
	// Other signals stay blocked: the one of Go's scheduler ends waits too.
	var masked unix.Sigset_t
	for i := range masked.Val {
		masked.Val[i] = ^masked.Val[i]
	}
	open := masked
	open.Val[0] &^= 1 << (unix.SIGUSR1 - 1)
	wait := func(why string, mask *unix.Sigset_t, msec, n int, want epoll.Errno) {
		t.Helper()
		var ev [1]unix.EpollEvent
		r, _, e := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(&ev[0])), 1,
			uintptr(msec), uintptr(unsafe.Pointer(mask)), 8)
		if epoll.Errno(e) != want || e == 0 && int(r) != n {
			t.Errorf("%s: %d, %v; want %d, %s", why, int(r), e, n, name(want))
		}
	}
	kill()
	wait("blocked", &masked, 1, 0, 0)
	unix.Write(event, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	wait("an event comes first", &open, -1, 1, 0)
	unix.Read(event, make([]byte, 8))
	wait("nothing waits", &open, 0, 0, 0)
	wait("pending all the time", &open, -1, 0, epoll.EINTR)
	wait("caught", &open, 1, 0, 0)
}

// TestTimerfdRepeats holds the rule that a timer which repeats stops when it has
// expired against the running kernel: there is one edge, however often it would
// have expired, and a read counts what has passed.
func TestTimerfdRepeats(t *testing.T) {
	epfd, _ := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	defer unix.Close(epfd)
	timer, _ := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	defer unix.Close(timer)
	unix.EpollCtl(epfd, unix.EPOLL_CTL_ADD, timer, &unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET})
	tick := unix.NsecToTimespec(100_000)
	if err := unix.TimerfdSettime(timer, 0, &unix.ItimerSpec{Interval: tick, Value: tick}, nil); err != nil {
		t.Fatal(err)
	}
	edges := func(msec int) int {
		var ev [1]unix.EpollEvent
		for {
			if n, err := unix.EpollWait(epfd, ev[:], msec); err == nil {
				return n
			}
		}
	}
	for round := range 3 {
		if edges(2000) != 1 {
			t.Fatalf("round %d: no edge", round)
		}
		if edges(2) != 0 { // 20 times its interval
			t.Errorf("round %d: a second edge before a read", round)
		}
		var b [8]byte
		if _, err := unix.Read(timer, b[:]); err != nil {
			t.Fatal(err)
		}
		if n := binary.NativeEndian.Uint64(b[:]); n < 2 {
			t.Errorf("round %d: the timer has expired %d times", round, n)
		}
	}
}
