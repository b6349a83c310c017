package fakedemux_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// onlyClasses returns the letters of all classes except those of the given points.
func onlyClasses(points ...scheduler.Point) string {
	var off []byte
	for _, c := range fakedemux.Classes() {
		if !slices.Contains(points, c.Point) {
			off = append(off, c.Letter)
		}
	}
	return string(off)
}

// polled starts a poll that waits.
func (f *flight) polled(tb testing.TB, afd, h demux.Handle, events uint32) *iocp.Operation {
	tb.Helper()
	op := f.sys.Acquire()
	op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: h, Events: events}
	if e := f.sys.PollAFD(afd, op); e != iocp.StatusPending {
		tb.Fatalf("a poll for %#x: %v", events, e)
	}
	return op
}

// afd opens a handle of AFD whose packets come to the port.
func (f *flight) afd(tb testing.TB) demux.Handle {
	tb.Helper()
	afd, e := f.sys.OpenAFD()
	if e != 0 || f.sys.Associate(f.port, afd, 8) != 0 {
		tb.Fatal(e)
	}
	return afd
}

// next dequeues one packet, nil if none comes soon.
func (f *flight) next() *iocp.Entry {
	var entries [1]iocp.Entry
	if n, _ := f.sys.GetQueued(f.port, entries[:], 10); n == 0 {
		return nil
	}
	return &entries[0]
}

// TestTwoPollsOfOneSocket has two polls in flight: the first for SEND on a socket
// without room, the second for RECEIVE. Then data arrive. The source of what Windows
// does is the output of notes-to-self/afd-lab.py of Trio.
func TestTwoPollsOfOneSocket(t *testing.T) {
	const first, second = iocp.PollSend, iocp.PollReceive
	for _, tt := range []struct {
		why     string
		tape    string
		handles int  // of AFD; 3: one, and a duplicate of the socket
		mixed   bool // the first has ended with what the second has waited for
	}{
		{"the usual: each by its own conditions", "0", 1, false},
		{"through one handle they may be mixed up", "1", 1, true},
		{"through two handles they never are", "1", 2, false},
		{"nor are polls of a socket and of its duplicate", "1", 3, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: onlyClasses(fakedemux.PointPolls)}})
			afd := f.afd(t)
			other := afd
			if tt.handles == 2 {
				other = f.afd(t)
			}
			name := f.a
			if tt.handles == 3 {
				name = must(f.k.Dup(f.a))(t)
			}
			f.k.Write(f.a, make([]byte, 4096))
			f.k.Recorder().Begin(scheduler.NewReplay(tt.tape, false))
			one, two := f.polled(t, afd, f.a, first), f.polled(t, other, name, second)
			f.k.Write(f.b, []byte("x"))
			f.k.Yield("the data arrive")
			ended := f.get(t)
			if want := map[bool]*iocp.Operation{true: one, false: two}[tt.mixed]; ended != want || ended.Poll.Events != second {
				t.Fatalf("the wrong poll has ended, or with %#x", ended.Poll.Events)
			}
			if !tt.mixed {
				return
			}
			f.k.Write(f.b, []byte("y"))
			if e := f.next(); e != nil {
				t.Error("the second poll has ended by itself")
			}
			if e := f.sys.CancelAFD(afd, two); e != 0 {
				t.Errorf("its cancel: %v", e)
			}
			if f.get(t) != two || iocp.Errno(two.Overlapped.Internal) != iocp.StatusCancelled {
				t.Errorf("the second poll ended with %v, want STATUS_CANCELLED", iocp.Errno(two.Overlapped.Internal))
			}
		})
	}
}

// TestPollsThatAreDeaf: a poll that was mixed up ends with its timeout, and with its
// socket.
func TestPollsThatAreDeaf(t *testing.T) {
	for _, tt := range []struct {
		why     string
		timeout int64
		close   bool
		status  iocp.Errno
		events  uint32
	}{
		{"the timeout ends it", -50_000, false, iocp.StatusTimeout, 0},
		{"closing the socket ends it", iocp.NoPollTimeout, true, 0, iocp.PollLocalClose},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: onlyClasses(fakedemux.PointPolls)}})
			afd := f.afd(t)
			f.k.Recorder().Begin(scheduler.NewReplay("1", false))
			f.polled(t, afd, f.a, iocp.PollAbort)
			deaf := f.sys.Acquire()
			deaf.Poll = iocp.PollInfo{Timeout: tt.timeout, NumberOfHandles: 1, Handle: f.a, Events: iocp.PollReceive}
			f.sys.PollAFD(afd, deaf)
			f.k.Write(f.b, []byte("x"))
			f.get(t)
			if tt.close {
				f.sys.CloseSocket(f.a)
			}
			if f.get(t) != deaf || iocp.Errno(deaf.Overlapped.Internal) != tt.status {
				t.Fatalf("it ended with %v, want %v", iocp.Errno(deaf.Overlapped.Internal), tt.status)
			}
			if tt.events != 0 && deaf.Poll.Events != tt.events {
				t.Errorf("it ended with %#x, want %#x", deaf.Poll.Events, tt.events)
			}
		})
	}
}

// relyingOnTwo is the wait of a reactor that has a poll for each direction of a
// socket. It returns whether the data were seen.
func relyingOnTwo(k *fakedemux.Kernel, perHandle bool) bool {
	sys := k.IOCP()
	port, _ := sys.CreatePort()
	a, b, _ := k.Pair()
	k.Write(a, make([]byte, 4096))
	for key, events := range []uint32{iocp.PollSend, iocp.PollReceive} {
		var afd demux.Handle
		if key == 0 || perHandle {
			afd, _ = sys.OpenAFD()
			sys.Associate(port, afd, uintptr(key))
		} else {
			afd = b + 1
		}
		op := sys.Acquire()
		op.Slot = uint32(key)
		op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: a, Events: events}
		sys.PollAFD(afd, op)
	}
	k.Write(b, []byte("x"))
	for {
		var entries [4]iocp.Entry
		n, _ := sys.GetQueued(port, entries[:], 10)
		if n == 0 {
			return false
		}
		for _, e := range entries[:n] {
			if e.Operation.Slot == 1 {
				return true
			}
		}
	}
}

// TestRelyingOnTwoPolls: a search finds the reactor that relies on two polls of one
// socket through one handle of AFD, and does not blame the one with two handles.
func TestRelyingOnTwoPolls(t *testing.T) {
	for _, perHandle := range []bool{false, true} {
		k := direct(fakedemux.Options{Dialect: "iocp", Plan: &fakedemux.Plan{Faults: 2, Off: onlyClasses(fakedemux.PointPolls)}})
		s := scheduler.NewRandom(1)
		missed := 0
		for run := range 200 {
			s.Begin(run)
			k.Reset(s)
			if !relyingOnTwo(k, perHandle) {
				missed++
			}
		}
		if (missed == 0) != perHandle {
			t.Errorf("two handles of AFD: %v: the data were not seen in %d runs of 200", perHandle, missed)
		}
	}
}

// TestOnePollASocket: the backend has one poll of a socket in flight, also when a
// socket is registered again at once while the cancel of its last poll is late.
func TestOnePollASocket(t *testing.T) {
	plan := fakedemux.Plan{Faults: 2, Off: onlyClasses(fakedemux.PointPolls, fakedemux.PointCancel)}
	explore := scheduler.NewExplore(2000)
	k := direct(fakedemux.Options{Dialect: "iocp", Plan: &plan})
	runs := 0
	for ; explore.Begin(runs); runs++ {
		k.Reset(explore)
		d := must(k.Open())(t)
		a, b := newStream(t, k, false)
		k.Write(a, make([]byte, 4096))
		var ev [4]demux.Event
		for i, want := range []demux.Ready{demux.Writable, demux.Readable} {
			if err := d.Register(a, demux.Token(i), want, demux.Level); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				d.Wait(ev[:], 0)
				if err := d.Deregister(a); err != nil {
					t.Fatal(err)
				}
			}
		}
		k.Write(b, []byte("x"))
		if n, err := d.Wait(ev[:], 100*time.Millisecond); n != 1 || ev[0].Token != 1 || err != nil {
			t.Fatalf("run %d: Wait returned %d, %v: the data were lost", runs, n, err)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		explore.End(scheduler.Result{})
	}
	if runs < 2 {
		t.Errorf("%d runs", runs)
	}
}

// TestNoMemoryForAPoll: the first poll about a socket, which registers it, may find
// no memory; then the backend's Register fails with ENOMEM and leaves nothing.
func TestNoMemoryForAPoll(t *testing.T) {
	plan := fakedemux.Plan{Faults: 1, Off: onlyClasses(fakedemux.PointNoSpace)}
	k := direct(fakedemux.Options{Dialect: "iocp", Plan: &plan})
	d := must(k.Open())(t)
	a, b := newStream(t, k, false)
	k.Recorder().Begin(scheduler.NewReplay("1", false))
	if err := d.Register(a, 1, demux.Readable, demux.Level); err == nil || !strings.Contains(err.Error(), "ENOMEM") {
		t.Fatalf("Register: %v, want ENOMEM", err)
	}
	if n := k.Registrations(int(a)); n != 0 {
		t.Errorf("%d registrations are left", n)
	}
	if err := d.Register(a, 2, demux.Readable, demux.Level); err != nil {
		t.Fatalf("a second Register: %v", err)
	}
	k.Write(b, []byte("x"))
	var ev [4]demux.Event
	if n, err := d.Wait(ev[:], time.Second); n != 1 || ev[0].Token != 2 || err != nil {
		t.Errorf("Wait: %d, %v", n, err)
	}
	asked := false
	for _, c := range fakedemux.Classes() {
		asked = asked || c.Point == fakedemux.PointNoSpace && c.AskedOn("iocp")
	}
	if !asked {
		t.Error("registrations of this dialect are said not to ask it")
	}
}
