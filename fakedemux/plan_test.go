package fakedemux_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestClasses(t *testing.T) {
	letters := ""
	for _, c := range fakedemux.Classes() {
		if strings.IndexByte(letters, c.Letter) >= 0 {
			t.Errorf("letter %c twice", c.Letter)
		}
		letters += string(c.Letter)
		if c.Why == "" || c.Point.String() == "" {
			t.Errorf("class %c has no source", c.Letter)
		}
	}
	if p, err := fakedemux.ParsePlan("a1-" + letters); err != nil || p.Off != letters {
		t.Errorf("%+v, %v, want all classes off", p, err)
	}
	if p, err := fakedemux.ParseTapePlan("a1" + letters); err != nil || p.Off != "" {
		t.Errorf("%+v, %v, want all classes on", p, err)
	}
	for m, want := range map[fakedemux.Mode]string{
		fakedemux.Faithful: "faithful", fakedemux.POSIX: "posix", fakedemux.Adversarial: "adversarial", 7: "mode(7)",
	} {
		if m.String() != want {
			t.Errorf("mode %d is %q", m, m.String())
		}
	}
}

// busy is a run that meets every choice point: a server that echoes, two TCP
// clients and a pair, and overlapped operations.
func busy(k *fakedemux.Kernel) {
	overlap(k)
	polled(k)
	l, at, err := k.Listen("127.0.0.1:0", 4)
	for err != nil {
		l, at, err = k.Listen("127.0.0.1:0", 4)
	}
	d, err := k.Open()
	for err != nil {
		d, err = k.Open()
	}
	register := func(h demux.Handle) {
		for range 3 {
			if d.Register(h, demux.Token(h), demux.Readable, demux.Edge) == nil {
				return
			}
		}
	}
	register(l)
	for range 2 {
		k.Go("client", func() { client(k, at.String()) })
	}
	if a, b, err := k.Pair(); err == nil {
		register(a)
		k.Go("peer", func() { k.Write(b, make([]byte, 9)); k.Close(b) })
	}
	var ev [8]demux.Event
	var buf [16]byte
	for range 30 {
		n, err := d.Wait(ev[:], time.Millisecond)
		if err != nil {
			return
		}
		for _, e := range ev[:n] {
			h := demux.Handle(e.Token)
			if h == l {
				for range 3 {
					if c, err := k.Accept(l); err == nil {
						register(c)
					}
				}
				continue
			}
			for {
				n, err := k.Read(h, buf[:])
				if err != nil {
					break
				}
				k.Write(h, buf[:n])
			}
		}
	}
	d.Close()
}

// overlap starts reads and cancels them.
func overlap(k *fakedemux.Kernel) {
	sys := k.IOCP()
	port, _ := sys.CreatePort()
	a, b, err := k.Pair()
	if err != nil || sys.Associate(port, a, 1) != 0 {
		return
	}
	var entries [1]iocp.Entry
	for i := range 8 {
		op := sys.Acquire()
		switch e := sys.Recv(a, op, make([]byte, 4)); {
		case e == iocp.ErrorIOPending && i%2 == 0:
			for n := 0; n == 0; {
				n, _ = k.Write(b, []byte("ping"))
			}
		case e == iocp.ErrorIOPending:
			sys.CancelIoEx(a, op)
		}
		for n := 0; n == 0; {
			n, _ = sys.GetQueued(port, entries[:], iocp.Infinite)
		}
		sys.Release(op)
	}
}

// polled has two polls of one socket, and closes sockets with reads in flight.
func polled(k *fakedemux.Kernel) {
	sys := k.IOCP()
	afd, e := sys.OpenAFD()
	for range 8 {
		a, b, err := k.Pair()
		if err != nil || e != 0 {
			return
		}
		for _, events := range []uint32{iocp.PollAbort, iocp.PollReceive} {
			op := sys.Acquire()
			op.Poll = iocp.PollInfo{Timeout: iocp.NoPollTimeout, NumberOfHandles: 1, Handle: a, Events: events}
			sys.PollAFD(afd, op)
		}
		k.Write(b, []byte("x"))
		k.Read(a, make([]byte, 8))
		sys.Recv(a, sys.Acquire(), make([]byte, 4))
		sys.CloseSocket(a)
		k.Close(b)
	}
}

func client(k *fakedemux.Kernel, addr string) {
	at := nowhere
	if err := at.UnmarshalText([]byte(addr)); err != nil {
		panic(err)
	}
	h, err := k.Connect(at)
	if err != nil {
		return
	}
	defer k.Close(h)
	for range 4 {
		k.Write(h, make([]byte, 8))
		k.Sleep(time.Millisecond)
		k.Read(h, make([]byte, 3))
	}
}

// count runs busy over many random runs and returns, by point, how often a
// choice was asked, and the most non-quiet answers of one run.
func count(t *testing.T, plan fakedemux.Plan, runs int) (asked, most map[scheduler.Point]int) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{Plan: &plan})
	s := scheduler.NewRandom(3)
	asked, most = map[scheduler.Point]int{}, map[scheduler.Point]int{}
	for run := range runs {
		s.Begin(run)
		k.Reset(s)
		if err := k.Run(func() { busy(k) }); err != nil {
			t.Fatal(err)
		}
		taken := map[scheduler.Point]int{}
		for _, d := range k.Recorder().Decisions() {
			asked[d.Point]++
			if d.Got > 0 {
				taken[d.Point]++
			}
		}
		for p, n := range taken {
			most[p] = max(most[p], n)
		}
	}
	k.Stop()
	return asked, most
}

func TestPlans(t *testing.T) {
	// In each mode each of its points is asked, none beyond it, and no class
	// goes beyond its budget.
	for mode := fakedemux.Faithful; mode <= fakedemux.Adversarial; mode++ {
		const budget = 2
		asked, most := count(t, fakedemux.Plan{Mode: mode, Faults: budget}, 400)
		for _, c := range fakedemux.Classes() {
			switch n := asked[c.Point]; {
			case c.Mode <= mode && n == 0:
				t.Errorf("%v: %v was never asked", mode, c.Point)
			case c.Mode > mode && n > 0:
				t.Errorf("%v: %v was asked %d times, it is %v", mode, c.Point, n, c.Mode)
			}
			switch n := most[c.Point]; {
			case c.Budgeted && n > budget:
				t.Errorf("%v: %v happened %d times in one run, the budget is %d", mode, c.Point, n, budget)
			case c.Mode <= mode && n < budget:
				t.Errorf("%v: %v happened %d times at most in one run: the budget of %d was never spent", mode, c.Point, n, budget)
			}
		}
	}
}

func TestPlanOff(t *testing.T) {
	for _, off := range fakedemux.Classes() {
		asked, _ := count(t, fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 2, Off: string(off.Letter)}, 60)
		if asked[off.Point] > 0 {
			t.Errorf("%v was asked %d times although it is off", off.Point, asked[off.Point])
		}
	}
	asked, _ := count(t, fakedemux.Plan{Mode: fakedemux.Adversarial}, 20)
	delete(asked, scheduler.PointTask)
	if len(asked) > 0 {
		t.Errorf("without faults these points were asked: %v", asked)
	}
}

func TestFaultsSwitch(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 9}})
	s := scheduler.NewRandom(1)
	s.Begin(0)
	k.Reset(s)
	k.Faults(false)
	if err := k.Run(func() { busy(k) }); err != nil {
		t.Fatal(err)
	}
	for _, d := range k.Recorder().Decisions() {
		if d.Point != scheduler.PointTask {
			t.Fatalf("%v was asked with faults off", d.Point)
		}
	}
	k.SetPlan(fakedemux.Plan{})
	k.Reset(s)
	k.Faults(true)
	if err := k.Run(func() { busy(k) }); err != nil {
		t.Fatal(err)
	}
	for _, d := range k.Recorder().Decisions() {
		if d.Point != scheduler.PointTask {
			t.Fatalf("%v was asked under a plan without faults", d.Point)
		}
	}
}

// TestFreshEdge: after an invented EAGAIN or a short count the edge comes again
// (rule W5), in read and in write.
func TestFreshEdge(t *testing.T) {
	points := []scheduler.Point{fakedemux.PointAgain, fakedemux.PointShortRead, fakedemux.PointShort}
	for _, tcp := range []bool{false, true} {
		asked(t, fakedemux.POSIX, points, func(k *fakedemux.Kernel) {
			w, r := newStream(t, k, tcp)
			d := must(k.Open())(t)
			for _, h := range []demux.Handle{w, r} {
				if err := d.Register(h, demux.Token(h), demux.Readable|demux.Writable, demux.Edge); err != nil {
					t.Error(err)
				}
			}
			ready := map[demux.Token]demux.Ready{}
			await := func(h demux.Handle, want demux.Ready) {
				for ready[demux.Token(h)]&want == 0 {
					var ev [4]demux.Event
					n, err := d.Wait(ev[:], -1)
					if n == 0 {
						t.Fatalf("no fresh edge for %v: %v", want, err)
					}
					for _, e := range ev[:n] {
						ready[e.Token] |= e.Ready
					}
				}
			}
			const size = 20
			for sent, got := 0, 0; got < size; {
				if sent < size {
					await(w, demux.Writable)
					n, err := k.Write(w, make([]byte, size-sent))
					if sent += n; errors.Is(err, demux.ErrAgain) || sent < size {
						ready[demux.Token(w)] = 0
					}
				}
				for sent > 0 && got < sent {
					await(r, demux.Readable)
					var b [32]byte
					n, err := k.Read(r, b[:])
					if got += n; errors.Is(err, demux.ErrAgain) || n < len(b) {
						ready[demux.Token(r)] = 0
					}
				}
			}
		})
	}
}

// TestHeldEdge: an edge that a Wait holds back is reported by a later one.
func TestHeldEdge(t *testing.T) {
	asked(t, fakedemux.Adversarial, []scheduler.Point{fakedemux.PointHold, fakedemux.PointSpurious}, func(k *fakedemux.Kernel) {
		d := must(k.Open())(t)
		const handles = 4
		for i := range demux.Token(handles) {
			a, b := newStream(t, k, false)
			if err := d.Register(a, i, demux.Readable, demux.Edge); err != nil {
				t.Error(err)
			}
			must(k.Write(b, []byte("x")))(t)
		}
		seen, waits := map[demux.Token]bool{}, 0
		for ; len(seen) < handles && waits < 20; waits++ {
			var ev [handles]demux.Event
			n, err := d.Wait(ev[:], 0)
			if err != nil {
				t.Error(err)
			}
			for _, e := range ev[:n] {
				if seen[e.Token] {
					t.Errorf("%d was reported twice", e.Token)
				}
				seen[e.Token] = true
			}
		}
		if len(seen) < handles {
			t.Errorf("%d of %d edges after %d waits", len(seen), handles, waits)
		}
	})
}

func TestInterruptAndLateness(t *testing.T) {
	asked(t, fakedemux.Faithful, []scheduler.Point{fakedemux.PointInterrupt, fakedemux.PointLate}, func(k *fakedemux.Kernel) {
		calls := k.Epoll()
		fd, _ := calls.EpollCreate1(0)
		var ev [1]epoll.Event
		began := k.Now()
		_, e := calls.EpollWait(fd, ev[:], 5)
		switch took := k.Now() - began; {
		case e == epoll.EINTR && (took == 0 || took == 2500*time.Microsecond):
		case e == 0 && (took == 5*time.Millisecond || took == 8*time.Millisecond):
		default:
			t.Errorf("a wait of 5ms: errno %d after %v", e, took)
		}
		if _, e := calls.EpollWait(fd, ev[:], 0); e != 0 {
			t.Errorf("a poll: errno %d", e)
		}
	})
}

func TestNoPwait2(t *testing.T) {
	k := direct(fakedemux.Options{Dialect: "epoll-5.10"})
	for _, old := range []*fakedemux.Kernel{k, direct(fakedemux.Options{NoPwait2: true})} {
		if _, e := old.Epoll().EpollPwait2(-1, make([]epoll.Event, 1), nil); e != epoll.ENOSYS {
			t.Errorf("%s: epoll_pwait2: errno %d, want ENOSYS", old.Dialect(), e)
		}
		d := must(old.Open())(t)
		if r := d.Traits().Resolution; r != time.Millisecond {
			t.Errorf("%s: resolution %v", old.Dialect(), r)
		}
	}
	for _, ts := range []epoll.Timespec{{Sec: -1}, {Nsec: -1}, {Nsec: 1e9}} {
		if _, e := direct(fakedemux.Options{}).Epoll().EpollPwait2(0, make([]epoll.Event, 1), &ts); e != epoll.EINVAL {
			t.Errorf("epoll_pwait2 with %v: errno %d, want EINVAL", ts, e)
		}
	}
	if _, e := k.Epoll().Eventfd(0, 1<<20); !errors.Is(e.Err("eventfd"), syscall.EINVAL) {
		t.Errorf("eventfd with an unknown flag: %d", e)
	}
	if _, e := k.Epoll().EpollCreate1(1); e != epoll.EINVAL {
		t.Errorf("epoll_create1 with an unknown flag: %d", e)
	}
	if e := k.Epoll().EpollCtl(0, epoll.CtlAdd, 0, nil); e != epoll.EFAULT {
		t.Errorf("epoll_ctl without an event: %d", e)
	}
}
