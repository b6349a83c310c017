package fakedemux_test

import (
	"math"
	"testing"

	"reactortest/demux"
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
