package fakedemux_test

import (
	"math"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

func TestNoAllocations(t *testing.T) {
	k := direct(fakedemux.Options{
		Plan:   &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: fakedemux.MaxFaults},
		Budget: scheduler.Budget{Steps: math.MaxInt, Decisions: 1 << 30},
	})
	s := scheduler.NewRandom(1)
	k.Faults(false)
	d := must(k.Open())(t)
	var hs [4]demux.Handle
	for i := range hs {
		tcp := i%2 == 0
		a, b := newStream(t, k, tcp)
		if err := d.Register(a, demux.Token(a), demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
		hs[i] = b
	}
	calls := k.Epoll()
	buf := make([]byte, 64)
	var ev [8]demux.Event
	n := 0
	round := func() {
		if n++; n%100 == 0 {
			k.Recorder().Begin(s) // what was recorded is let go of, the memory stays
		}
		for _, h := range hs {
			calls.Write(int(h), buf[:5])
		}
		k.Yield("between")
		d.Wake()
		n, _ := d.Wait(ev[:], 0)
		for _, e := range ev[:n] {
			calls.Read(int(e.Token), buf)
		}
		d.Wait(ev[:], 1)
		k.Ready(hs[0])
	}
	for _, faults := range []bool{false, true} {
		s.Begin(0)
		k.Faults(faults)
		for range 2000 { // buffers and the record grow to their size
			round()
		}
		if n := testing.AllocsPerRun(500, round); n != 0 {
			t.Errorf("faults %v: %v allocations in a round of calls", faults, n)
		}
	}
}

func TestRunsReuseMemory(t *testing.T) {
	// What the kernel itself makes in a run comes from the run before. The
	// backend's tables and the coroutines are new each time.
	k := direct(fakedemux.Options{})
	buf := make([]byte, 10)
	run := func() {
		k.Reset(nil)
		for range 3 {
			k.Pair()
			k.Pipe()
			k.Epoll().Eventfd(0, 0)
			fd, _ := k.Epoll().EpollCreate1(0)
			k.Epoll().Close(fd)
		}
		k.Write(0, buf)
		k.Close(0)
	}
	run()
	if n := testing.AllocsPerRun(100, run); n != 0 {
		t.Errorf("%v allocations in a run", n)
	}
}

// TestScenarioDoesNotAllocate makes whole runs with raw calls: a reset, a demultiplexer, 4
// pairs, 20 events, and every descriptor closed. What a backend and a loop allocate on top
// of that is theirs.
func TestScenarioDoesNotAllocate(t *testing.T) {
	for _, tt := range []struct {
		dialect string
		run     func(k *fakedemux.Kernel) int
	}{
		{"epoll", scenarioOnEpoll},
		{"kqueue-freebsd", scenarioOnKqueue},
		{"iocp", scenarioOnPorts},
	} {
		k := direct(fakedemux.Options{Dialect: tt.dialect})
		served := 0
		run := func() {
			k.Reset(nil)
			served = tt.run(k)
		}
		run()
		if n := testing.AllocsPerRun(50, run); n != 0 {
			t.Errorf("%s: %v allocations in a run", tt.dialect, n)
		}
		if served != 20 || len(k.Leaks()) != 0 {
			t.Errorf("%s: %d events, leaks %v", tt.dialect, served, k.Leaks())
		}
	}
}

// scratch is what the scenarios read and write. It is no local variable, because a call
// through an interface would make that escape.
var scratch [4][64]byte

func scenarioOnEpoll(k *fakedemux.Kernel) (served int) {
	var (
		calls  = k.Epoll()
		events [8]epoll.Event
		pairs  [4][2]demux.Handle
	)
	ep, _ := calls.EpollCreate1(0)
	for i := range pairs {
		a, b, _ := k.Pair()
		pairs[i] = [2]demux.Handle{a, b}
		calls.EpollCtl(ep, epoll.CtlAdd, int(a), &epoll.Event{Events: epoll.EPOLLIN, Data: uint64(i)})
		calls.Write(int(b), scratch[0][:])
	}
	for served < 20 {
		n, _ := calls.EpollWait(ep, events[:], -1)
		for _, e := range events[:n] {
			p := pairs[e.Data]
			calls.Read(int(p[0]), scratch[0][:])
			calls.Write(int(p[1]), scratch[0][:])
			served++
		}
	}
	calls.Close(ep)
	for _, p := range pairs {
		calls.Close(int(p[0]))
		calls.Close(int(p[1]))
	}
	return served
}

func scenarioOnKqueue(k *fakedemux.Kernel) (served int) {
	var (
		calls  = k.Kqueue()
		events [8]kqueue.Kevent
		change [1]kqueue.Kevent
		pairs  [4][2]demux.Handle
	)
	kq, _ := calls.Kqueue()
	for i := range pairs {
		a, b, _ := k.Pair()
		pairs[i] = [2]demux.Handle{a, b}
		change[0] = kqueue.Kevent{Ident: uint64(a), Filter: kqueue.FreeBSD.Read, Flags: kqueue.Add, Udata: uint64(i)}
		calls.Kevent(kq, change[:], nil, nil)
		calls.Write(int(b), scratch[0][:])
	}
	for served < 20 {
		n, _ := calls.Kevent(kq, nil, events[:], nil)
		for _, e := range events[:n] {
			p := pairs[e.Udata]
			calls.Read(int(p[0]), scratch[0][:])
			calls.Write(int(p[1]), scratch[0][:])
			served++
		}
	}
	calls.Close(kq)
	for _, p := range pairs {
		calls.Close(int(p[0]))
		calls.Close(int(p[1]))
	}
	return served
}

func scenarioOnPorts(k *fakedemux.Kernel) (served int) {
	var (
		calls   = k.IOCP()
		entries [8]iocp.Entry
		pairs   [4][2]demux.Handle
		ops     [4]*iocp.Operation
	)
	port, _ := calls.CreatePort()
	for i := range pairs {
		a, b, _ := k.Pair()
		pairs[i] = [2]demux.Handle{a, b}
		calls.Associate(port, a, uintptr(i))
		ops[i] = calls.Acquire()
		calls.Recv(a, ops[i], scratch[i][:])
		k.Write(b, scratch[i][:])
	}
	for served < 20 {
		n, _ := calls.GetQueued(port, entries[:], iocp.Infinite)
		for _, e := range entries[:n] {
			served++
			if i := e.Key; served <= 16 {
				calls.Recv(pairs[i][0], ops[i], scratch[i][:])
				k.Write(pairs[i][1], scratch[i][:])
			}
		}
	}
	for i, p := range pairs {
		calls.CloseSocket(p[0])
		calls.CloseSocket(p[1])
		calls.Release(ops[i])
	}
	calls.CloseHandle(port)
	return served
}
