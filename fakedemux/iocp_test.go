package fakedemux_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// flight is a connection whose end a belongs to a port, on a kernel of the
// dialect.
type flight struct {
	k    *fakedemux.Kernel
	sys  iocp.Winsock
	port demux.Handle
	a, b demux.Handle
}

func newFlight(tb testing.TB, o fakedemux.Options) *flight {
	tb.Helper()
	o.Dialect = "iocp"
	f := &flight{k: direct(o)}
	f.sys = f.k.IOCP()
	f.k.Faults(false)
	f.port, _ = f.sys.CreatePort()
	f.a, f.b = newStream(tb, f.k, false)
	if e := f.sys.Associate(f.port, f.a, 7); e != 0 {
		tb.Fatal(e)
	}
	f.k.Faults(true)
	return f
}

// get dequeues one packet, which must come within a second.
func (f *flight) get(tb testing.TB) *iocp.Operation {
	tb.Helper()
	var entries [1]iocp.Entry
	if n, e := f.sys.GetQueued(f.port, entries[:], 1000); n != 1 {
		tb.Fatal("no packet: ", winName(e))
	}
	return entries[0].Operation
}

// TestOwnership: what a program does to the memory of an operation that is the
// kernel's ends the run, with an error that names rule and operation.
func TestOwnership(t *testing.T) {
	recv, send := make([]byte, 8), []byte(strings.Repeat("x", 5000)) // more than fits
	for _, tt := range []struct {
		why, want string
		do        func(f *flight, r, s, p *iocp.Operation)
	}{
		{"a buffer is written to in flight", "O2: WSARecv on handle 1, started by task main: its buffer was written to", func(f *flight, _, _, _ *iocp.Operation) {
			recv[3]++
			f.k.Write(f.b, []byte("hi"))
		}},
		{"a buffer is written to, and its read is canceled", "O2: WSARecv on handle 1, started by task main: its buffer", func(f *flight, r, _, _ *iocp.Operation) {
			recv[3]++
			f.sys.CancelIoEx(f.a, r)
		}},
		{"a buffer is written to before its packet is dequeued", "O2: WSARecv on handle 1, started by task main: its buffer", func(f *flight, _, _, _ *iocp.Operation) {
			f.k.Write(f.b, []byte("hi"))
			f.k.Yield("the read finishes")
			recv[3]++
			f.get(t)
		}},
		{"what is sent is changed in flight", "O2: WSASend on handle 1, started by task main: its buffer", func(f *flight, _, _, _ *iocp.Operation) {
			send[4999] = 'y'
			buf := make([]byte, 4096)
			for range 2 {
				f.k.Read(f.b, buf)
			}
		}},
		{"a buffer is in two operations", "O2: WSARecv on handle 1, started by task main: its buffer", func(f *flight, _, _, _ *iocp.Operation) {
			f.sys.Recv(f.b, f.sys.Acquire(), recv[4:])
			f.k.Write(f.b, []byte("hi"))
		}},
		{"an Operation is released in flight", "O2: WSARecv on handle 1, started by task main: its Operation was released", func(f *flight, r, _, _ *iocp.Operation) {
			f.sys.Release(r)
		}},
		{"an Operation is released before its packet is dequeued", "O2: WSARecv on handle 1, started by task main: its Operation was released", func(f *flight, r, _, _ *iocp.Operation) {
			f.sys.CancelIoEx(f.a, r)
			f.sys.Release(r)
		}},
		{"an Operation is used twice", "O2: WSARecv on handle 1, started by task main: its Operation was given to WSASend", func(f *flight, r, _, _ *iocp.Operation) {
			f.sys.Send(f.b, r, []byte("x"))
		}},
		{"what a poll asks for is changed in flight", "O2: NtDeviceIoControlFile on handle 1, started by task main: its Operation was written to", func(f *flight, _, _, p *iocp.Operation) {
			p.Poll.Events |= iocp.PollSend
			f.k.Close(f.a)
		}},
		{"an OVERLAPPED is cleared in flight", "O2: WSARecv on handle 1, started by task main: its Operation was written to", func(f *flight, r, _, _ *iocp.Operation) {
			r.Overlapped = iocp.Overlapped{}
			f.k.Write(f.b, []byte("hi"))
		}},
		{"nothing of the kind", "", func(f *flight, r, _, _ *iocp.Operation) {
			f.k.Write(f.b, []byte("hi"))
			for f.get(t) != r {
			}
			recv[3]++
			f.sys.Release(r)
		}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFlight(t, fakedemux.Options{})
			r, s, p := f.sys.Acquire(), f.sys.Acquire(), f.sys.Acquire()
			f.sys.Recv(f.a, r, recv)
			f.sys.Send(f.a, s, send)
			afd, _ := f.sys.OpenAFD()
			f.sys.Associate(f.port, afd, 8)
			p.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: f.a, Events: iocp.PollAbort}
			f.sys.PollAFD(afd, p)
			tt.do(f, r, s, p)
			f.k.Yield("all settles")
			err := f.k.Tasks().Err()
			var owned *fakedemux.OwnershipError
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (!errors.As(err, &owned) || owned.Rule() != "O2" || !strings.HasPrefix(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestBufferInFlight: who reads the buffer of a read too soon finds neither what
// was there nor what comes.
func TestBufferInFlight(t *testing.T) {
	f := newFlight(t, fakedemux.Options{})
	buf := []byte("old.")
	op := f.sys.Acquire()
	f.sys.Recv(f.a, op, buf)
	if string(buf) == "old." {
		t.Error("the buffer of a read in flight is as it was")
	}
	f.k.Write(f.b, []byte("new!"))
	if f.get(t) != op || string(buf) != "new!" {
		t.Errorf("read %q", buf)
	}
}

func TestReleasePanics(t *testing.T) {
	f := newFlight(t, fakedemux.Options{})
	released := f.sys.Acquire()
	f.sys.Release(released)
	other := newFlight(t, fakedemux.Options{})
	for why, op := range map[string]*iocp.Operation{
		"released already": released, "never acquired": {}, "of another kernel": other.sys.Acquire(),
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Release of an Operation %s did not panic", why)
				}
			}()
			f.sys.Release(op)
		}()
		if e := f.sys.Recv(f.a, op, nil); e != iocp.WSAEFAULT {
			t.Errorf("Recv with an Operation %s: %s", why, winName(e))
		}
	}
	if e := f.sys.PollAFD(f.a, nil); e != iocp.StatusInvalidParameter {
		t.Error(winName(e))
	}
	if e := f.sys.CancelIoEx(f.a, nil); e != iocp.ErrorNotFound {
		t.Error(winName(e))
	}
}

// TestLateCancel: a cancel that comes later loses the race to data that arrives
// meanwhile, or wins it; the second cancel finds nothing either way, and there
// is one packet.
func TestLateCancel(t *testing.T) {
	for _, tt := range []struct {
		why   string
		late  string
		data  bool
		after iocp.Errno
	}{
		{"at once", "0", false, iocp.StatusCancelled},
		{"at once, and then data", "0", true, iocp.StatusCancelled},
		{"later, without data", "1", false, iocp.StatusCancelled},
		{"later than data", "1", true, 0},
	} {
		t.Run(tt.why, func(t *testing.T) {
			f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: "wp"}})
			op := f.sys.Acquire()
			f.sys.Recv(f.a, op, make([]byte, 4))
			f.k.Recorder().Begin(scheduler.NewReplay(tt.late, true))
			if e := f.sys.CancelIoEx(f.a, op); e != 0 {
				t.Fatal(winName(e))
			}
			f.k.Recorder().Begin(nil)
			if e := f.sys.CancelIoEx(f.a, op); e != iocp.ErrorNotFound {
				t.Errorf("a second cancel: %s", winName(e))
			}
			if tt.data {
				f.k.Write(f.b, []byte("hi"))
			}
			f.get(t)
			if got := iocp.Errno(op.Overlapped.Internal); got != tt.after {
				t.Errorf("got %s, want %s", winName(got), winName(tt.after))
			}
			var entries [1]iocp.Entry
			if n, _ := f.sys.GetQueued(f.port, entries[:], 10); n != 0 {
				t.Error("there is a second packet")
			}
		})
	}
}

// TestLatePacket: operations complete in any order.
func TestLatePacket(t *testing.T) {
	f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1, Off: "wlx"}})
	var ops [2]*iocp.Operation
	for i := range ops {
		ops[i] = f.sys.Acquire()
		f.sys.Recv(f.a, ops[i], make([]byte, 1))
	}
	f.k.Recorder().Begin(scheduler.NewReplay("1", false)) // the first packet is late
	f.k.Write(f.b, []byte("ab"))
	if first, second := f.get(t), f.get(t); first != ops[1] || second != ops[0] {
		t.Error("the packet of the first read was not late")
	}
}

// TestWaitersOfAPort: the call that blocked last goes on first, and a port that
// is closed ends them all.
func TestWaitersOfAPort(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Dialect: "iocp"})
	sys := k.IOCP()
	var order []string
	err := k.Run(func() {
		port, _ := sys.CreatePort()
		for i := range 3 {
			k.Go(fmt.Sprint("waiter ", i), func() {
				k.Sleep(time.Duration(i) * time.Millisecond)
				var entries [1]iocp.Entry
				_, e := sys.GetQueued(port, entries[:], iocp.Infinite)
				order = append(order, fmt.Sprint(i, " ", entries[0].Transferred, " ", winName(e)))
			})
		}
		k.Sleep(5 * time.Millisecond)
		sys.Post(port, 1, 10)
		k.Sleep(time.Millisecond)
		sys.Post(port, 1, 20)
		k.Sleep(time.Millisecond)
		sys.CloseHandle(port)
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"2 10 OK", "1 20 OK", "0 0 ERROR_ABANDONED_WAIT_0"}; !slices.Equal(order, want) {
		t.Errorf("got %q, want %q", order, want)
	}
}

// TestTimeoutOfAPort: in milliseconds of virtual time, and a decision may make
// it late.
func TestTimeoutOfAPort(t *testing.T) {
	for digit, want := range map[string]time.Duration{"0": 5 * time.Millisecond, "1": 8 * time.Millisecond} {
		f := newFlight(t, fakedemux.Options{Plan: &fakedemux.Plan{Faults: 1}})
		f.k.Recorder().Begin(scheduler.NewReplay(digit, true))
		began := f.k.Now()
		if n, e := f.sys.GetQueued(f.port, make([]iocp.Entry, 1), 5); n != 0 || e != iocp.WaitTimeout {
			t.Fatal(n, winName(e))
		}
		if got := f.k.Now() - began; got != want {
			t.Errorf("waited %v, want %v", got, want)
		}
	}
}

// TestOperationsLeft: each is a leak that says what it is.
func TestOperationsLeft(t *testing.T) {
	f := newFlight(t, fakedemux.Options{})
	var ops []*iocp.Operation
	for range 3 {
		ops = append(ops, f.sys.Acquire())
	}
	f.sys.Recv(f.a, ops[0], make([]byte, 1))
	f.k.Write(f.b, []byte("x"))
	f.sys.Recv(f.a, ops[1], make([]byte, 1))
	var got []string
	for _, l := range f.k.Operations() {
		got = append(got, l.String())
	}
	want := []string{
		"recv that was not dequeued, on handle 1, opened by WSARecv", "recv in flight on handle 1, opened by WSARecv", "operation -1, opened by Acquire",
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if leaks := f.k.Leaks(); len(leaks) != 3+len(want) {
		t.Errorf("%d leaks: %v", len(leaks), leaks)
	}
	f.get(t)
	f.sys.Release(ops[0])
	f.sys.Release(ops[2])
	if left := f.k.Operations(); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}

// TestIOCPDeadlock: on the direct runner a wait that nothing can end says so.
func TestIOCPDeadlock(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "iocp"})
	d := must(k.Open())(t)
	var told *scheduler.Deadlock
	if _, err := d.Wait(make([]demux.Event, 1), -1); !errors.As(err, &told) {
		t.Errorf("got %v, want a deadlock", err)
	}
	if err := d.Wake(); err != nil {
		t.Error(err)
	}
	if _, err := d.Wait(make([]demux.Event, 1), -1); err != nil {
		t.Errorf("after a Wake: %v", err)
	}
}

// TestIOCPHost: what Windows does not have is unsupported, and errors have its
// numbers.
func TestIOCPHost(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "iocp"})
	if _, _, err := k.Pipe(); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Pipe: %v", err)
	}
	if _, err := direct(fakedemux.Options{}).Stream(nowhere.Addr()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Stream on another dialect: %v", err)
	}
	a, b := newStream(t, k, false)
	k.Close(b)
	k.Write(a, []byte("x"))
	var e demux.Errno
	if _, err := k.Write(a, []byte("x")); !errors.As(err, &e) || e.Name() != "ECONNRESET" || e.Number() != 10054 {
		t.Errorf("got %v %d, want ECONNRESET 10054", err, e.Number())
	}
	d := must(k.Open())(t)
	if _, watched := d.(demux.Handler); watched {
		t.Error("a completion port can be watched")
	}
	if err := d.Register(9999, 1, demux.Readable, demux.Level); !errors.As(err, &e) || e.Name() != "EBADF" {
		t.Errorf("Register of no handle: %v", err)
	}
}

func TestNoAllocationsOnIOCP(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "iocp", Budget: scheduler.Budget{Steps: 1 << 30}})
	d := must(k.Open())(t).(demux.Completer)
	a, b := newStream(t, k, false)
	c, e := newStream(t, k, false)
	if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
		t.Fatal(err)
	}
	buf, text := make([]byte, 64), []byte("hello")
	op := &demux.Op{Kind: demux.OpRead, Handle: c, Buf: make([]byte, 64)}
	var ev [8]demux.Event
	round := func() {
		if err := d.Submit(op, 2); err != nil {
			t.Fatal(err)
		}
		d.Wait(ev[:], 0) // the poll is pending now
		k.Write(b, text)
		k.Write(e, text)
		d.Wake()
		n, _ := d.Wait(ev[:], 0)
		if n != 2 {
			t.Fatal(n, " events")
		}
		k.Read(a, buf)
		d.Wait(ev[:], time.Millisecond)
	}
	for range 200 {
		round()
	}
	if n := testing.AllocsPerRun(500, round); n != 0 {
		t.Errorf("%v allocations in a round of calls", n)
	}
}

// BenchmarkEventOnIOCP is BenchmarkEvent on the dialect, with a Wait that finds
// nothing before the next writes: then the polls of all handles are pending.
func BenchmarkEventOnIOCP(b *testing.B) {
	for _, registered := range [...]int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(registered), func(b *testing.B) {
			k := direct(fakedemux.Options{Dialect: "iocp", Descriptors: 3*registered + 10_000, Budget: scheduler.Budget{Steps: 1 << 30}})
			d := must(k.Open())(b)
			const active = 10
			var writers [active]demux.Handle
			for i := range registered {
				r, w := newStream(b, k, false)
				if err := d.Register(r, demux.Token(r), demux.Readable, demux.Level); err != nil {
					b.Fatal(err)
				}
				if step := registered / active; i%step == 0 {
					writers[i/step] = w
				}
			}
			buf := make([]byte, 8)
			var ev [16]demux.Event
			d.Wait(ev[:], 0)
			b.ReportAllocs()
			for b.Loop() {
				for _, w := range writers {
					k.Write(w, buf[:1])
				}
				n, err := d.Wait(ev[:], 0)
				if n != active || err != nil {
					b.Fatal(n, err)
				}
				for _, e := range ev[:n] {
					if n, err := k.Read(demux.Handle(e.Token), buf); n != 1 {
						b.Fatal(n, err)
					}
				}
				if n, err := d.Wait(ev[:], 0); n != 0 || err != nil {
					b.Fatal(n, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*active), "ns/event")
		})
	}
}
