package fakedemux_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// TestRoomOfAUnixSocket holds the threshold of EPOLLOUT against the running
// kernel: at most a quarter of the buffer is in use.
func TestRoomOfAUnixSocket(t *testing.T) {
	fds, err := unix.Socketpair(unix.AF_UNIX, streamFlags, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fds[0])
	defer unix.Close(fds[1])
	b := make([]byte, 512)
	full := 0
	for {
		if _, err := unix.Write(fds[0], b); err != nil {
			break
		}
		full++
	}
	left := full
	for ; outOf(fds[0]) == 0; left-- {
		if _, err := unix.Read(fds[1], b); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, full, left, simulatedRoom(t, false))
}

// TestRoomOfATCPSocket does so for TCP, where what is free is at least half of
// what is in use.
func TestRoomOfATCPSocket(t *testing.T) {
	m := &running{}
	defer m.end()
	m.do(step{call: "listen", n: 1})
	m.do(step{call: "connect"})
	m.do(step{call: "accept"})
	writer, reader := base+1, base+2
	// A smaller receive buffer: what is counted below is the sender's.
	if err := unix.SetsockoptInt(reader, unix.SOL_SOCKET, unix.SO_RCVBUF, 1<<16); err != nil {
		t.Fatal(err)
	}
	if err := unix.SetsockoptInt(writer, unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<19); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1<<14)
	for {
		if _, err := unix.Write(writer, b); err != nil {
			break
		}
	}
	full, _ := unix.IoctlGetInt(writer, unix.TIOCOUTQ)
	for outOf(writer) == 0 {
		_, _ = unix.Read(reader, b)
	}
	left, _ := unix.IoctlGetInt(writer, unix.TIOCOUTQ)
	compare(t, full, left, simulatedRoom(t, true))
}

func outOf(fd int) uint32 {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	_, _ = unix.Poll(p, 0)
	return uint32(p[0].Revents) & epoll.EPOLLOUT
}

// compare allows a tenth of the buffer: the running kernel counts the memory
// of packets, and TCP moves many at a time.
func compare(t *testing.T, full, left int, simulated float64) {
	t.Helper()
	got := float64(left) / float64(full)
	t.Logf("writable again with %d of %d in use: %.2f, in the simulation %.2f", left, full, got, simulated)
	if got < simulated-0.1 || got > simulated+0.1 {
		t.Errorf("writable again at %.2f of the buffer on the running kernel, at %.2f in the simulation", got, simulated)
	}
}

// simulatedRoom fills a simulated stream and returns how full it is when it is
// writable again.
func simulatedRoom(t *testing.T, tcp bool) float64 {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{Runner: scheduler.NewDirect()})
	w, r := newStream(t, k, tcp)
	b := make([]byte, 16)
	full := 0
	for {
		if _, err := k.Write(w, b); err != nil {
			break
		}
		full++
	}
	left := full
	for ; k.Ready(w)&demux.Writable == 0; left-- {
		if _, err := k.Read(r, b); err != nil {
			t.Fatal(err)
		}
	}
	return float64(left) / float64(full)
}
