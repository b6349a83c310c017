package fakedemux_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// TestPacketsBelongToTheWaiter: a packet is the blocked call's that it wakes from the
// moment at which it is posted, also if another call asks before the waiter runs.
// KiInsertQueue hands the entry to the thread; ReactOS ntoskrnl/ke/queue.c.
func TestPacketsBelongToTheWaiter(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Dialect: "iocp"})
	sys := k.IOCP()
	var order []string
	take := func(who string, port demux.Handle, msec uint32) {
		var entries [1]iocp.Entry
		n, e := sys.GetQueued(port, entries[:], msec)
		order = append(order, fmt.Sprint(who, " ", n, " ", entries[0].Transferred, " ", e))
	}
	err := k.Run(func() {
		port, _ := sys.CreatePort()
		for _, who := range []string{"first", "second"} {
			k.Go(who, func() { take(who, port, 50) })
			k.Sleep(time.Millisecond)
		}
		sys.Post(port, 1, 10)
		if n := k.Packets(port); n != 0 {
			t.Errorf("%d packets wait: the one that was posted is the waiter's", n)
		}
		take("poster", port, 0) // before the second has run
		sys.Post(port, 1, 20)
		sys.Post(port, 1, 30) // nobody waits: it is anybody's
		take("poster", port, 0)
		k.Sleep(time.Millisecond)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"poster 0 0 WAIT_TIMEOUT", "poster 1 30 OK", "second 1 10 OK", "first 1 20 OK"}
	slices.Sort(order)
	slices.Sort(want)
	if !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
}

// TestPacketOfAClosedPort: what a waiter has been given it keeps, although the port is
// closed before it runs.
func TestPacketOfAClosedPort(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Dialect: "iocp"})
	sys := k.IOCP()
	var got []iocp.Errno
	err := k.Run(func() {
		port, _ := sys.CreatePort()
		for range 2 {
			k.Go("waiter", func() {
				var entries [4]iocp.Entry
				_, e := sys.GetQueued(port, entries[:], iocp.Infinite)
				got = append(got, e)
			})
			k.Sleep(time.Millisecond)
		}
		sys.Post(port, 1, 10)
		sys.CloseHandle(port)
	})
	slices.Sort(got)
	if want := []iocp.Errno{0, iocp.ErrorAbandonedWait}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// TestClosedWithOperationsInFlight: what the packets carry is a decision; see
// closingAborted for the sources.
func TestClosedWithOperationsInFlight(t *testing.T) {
	for _, tt := range []struct {
		why    string
		tape   string
		status iocp.Errno
		common string // what a program sees
		reset  bool   // the peer is reset
	}{
		{"the usual: aborted, error 1236", "0", iocp.StatusConnectionAborted, "ECONNABORTED", false},
		{"a local disconnect, error 64", "1", iocp.StatusLocalDisconnect, "ECONNABORTED", false},
		{"canceled, error 995, as the documentation has it", "2", iocp.StatusCancelled, "ECANCELED", false},
		{"aborted, and the peer with it", "3", iocp.StatusConnectionAborted, "ECONNABORTED", true},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: onlyClasses(fakedemux.PointClosing)}})
			r, s := f.sys.Acquire(), f.sys.Acquire()
			f.sys.Recv(f.a, r, make([]byte, 4))
			f.sys.Send(f.a, s, make([]byte, 5000)) // more than fits
			f.k.Recorder().Begin(scheduler.NewReplay(tt.tape, false))
			if e := f.sys.CloseSocket(f.a); e != 0 {
				t.Fatal(e)
			}
			for range 2 {
				op := f.get(t)
				if got := iocp.Errno(op.Overlapped.Internal); got != tt.status || got.Common() != tt.common {
					t.Errorf("got %v %q, want %v %q", got, got.Common(), tt.status, tt.common)
				}
			}
			_, err := f.k.Read(f.b, make([]byte, 4))
			for err == nil {
				_, err = f.k.Read(f.b, make([]byte, 4096))
			}
			if reset := err.Error() != "EOF"; reset != tt.reset {
				t.Errorf("the peer got %v", err)
			}
		})
	}
}

// TestClosedListeners: what a listener has in flight is canceled, whatever is decided,
// and so is a receive of a UDP socket.
func TestClosedListeners(t *testing.T) {
	f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 2, Off: onlyClasses(fakedemux.PointClosing)}})
	l, at, err := f.k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := f.sys.DatagramSocket(at.Addr())
	f.sys.Bind(u, netip.AddrPortFrom(at.Addr(), 0))
	f.sys.Associate(f.port, l, 9)
	f.sys.Associate(f.port, u, 10)
	s, _ := f.sys.AcceptSocket(l)
	f.sys.AcceptEx(l, s, f.sys.Acquire())
	f.sys.RecvFrom(u, f.sys.Acquire(), make([]byte, 4))
	f.k.Recorder().Begin(scheduler.NewReplay("11", false))
	f.sys.CloseSocket(l)
	f.sys.CloseSocket(u)
	for range 2 {
		if got := iocp.Errno(f.get(t).Overlapped.Internal); got != iocp.StatusCancelled {
			t.Errorf("got %v, want STATUS_CANCELLED", got)
		}
	}
}

// TestMemoryUntilThePacket: until its packet is dequeued an OVERLAPPED says that the
// operation is pending, also while its packet is late, and Finished tells more.
func TestMemoryUntilThePacket(t *testing.T) {
	f := newFlight(t, fakedemux.Options{})
	r := f.sys.Acquire()
	buf := make([]byte, 4)
	f.sys.Recv(f.a, r, buf)
	if _, ended := f.k.Finished(r); ended {
		t.Error("a receive in flight has ended")
	}
	f.k.Write(f.b, []byte("hi"))
	after, ended := f.k.Finished(r)
	if !ended || after.Overlapped.Internal != 0 || after.Overlapped.InternalHigh != 2 {
		t.Errorf("it has ended: %v, with %+v", ended, after.Overlapped)
	}
	if got := iocp.Errno(r.Overlapped.Internal); got != iocp.StatusPending {
		t.Errorf("before its packet is dequeued it says %v", got)
	}
	if f.get(t) != r || r.Overlapped != after.Overlapped || string(buf[:2]) != "hi" {
		t.Errorf("afterward it says %+v", r.Overlapped)
	}
}
