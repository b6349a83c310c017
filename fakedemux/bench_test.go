package fakedemux_test

import (
	"errors"
	"fmt"
	"testing"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// BenchmarkDecision is a call with one decision in it, through the recorder: a
// write of which the strategy may accept a part.
func BenchmarkDecision(b *testing.B) {
	k := direct(fakedemux.Options{
		Plan:   &fakedemux.Plan{Faults: fakedemux.MaxFaults},
		Budget: scheduler.Budget{Steps: 1 << 30, Decisions: 1 << 30},
	})
	calls := k.Epoll()
	w, r := newStream(b, k, false)
	buf := make([]byte, 8)
	s := scheduler.NewQuiet()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%1000 == 0 {
			k.Recorder().Begin(s) // the record is as long as a run's
		}
		calls.Write(int(w), buf)
		calls.Read(int(r), buf)
	}
}

// BenchmarkEvent is a simulated Wait, and a read for each event, by event, with
// 10 active handles of many registered.
func BenchmarkEvent(b *testing.B) {
	for _, registered := range [...]int{10, 1_000, 100_000} {
		b.Run(fmt.Sprint(registered), func(b *testing.B) {
			k := direct(fakedemux.Options{Descriptors: 3*registered + 100, Budget: scheduler.Budget{Steps: 1 << 30}})
			d := must(k.Open())(b)
			const active = 10
			var writers [active]demux.Handle
			for i := range registered {
				// The active ones are spread over the table.
				r, w := newStream(b, k, false)
				if err := d.Register(r, demux.Token(r), demux.Readable, demux.Level); err != nil {
					b.Fatal(err)
				}
				if step := registered / active; i%step == 0 {
					writers[i/step] = w
				}
			}
			calls := k.Epoll()
			buf := make([]byte, 8)
			var ev [16]demux.Event
			b.ReportAllocs()
			for b.Loop() {
				for _, w := range writers {
					calls.Write(int(w), buf[:1])
				}
				n, err := d.Wait(ev[:], 0)
				if n != active || err != nil {
					b.Fatal(n, err)
				}
				for _, e := range ev[:n] {
					if n, e := calls.Read(int(e.Token), buf); n != 1 {
						b.Fatal(n, e)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*active), "ns/event")
		})
	}
}

// BenchmarkRun is a small whole run: 3 peers write 5 times each to a reactor
// that reads until they have closed. The kernel is reused.
func BenchmarkRun(b *testing.B) {
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.DefaultPlan})
	s := scheduler.NewRandom(1)
	decisions := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Begin(i)
		k.Reset(s)
		if err := smallRun(k); err != nil {
			b.Fatal(err)
		}
		decisions += len(k.Recorder().Decisions())
	}
	b.ReportMetric(float64(decisions)/float64(b.N), "decisions/run")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "runs/s")
}

// smallRun is a run of 3 peers and 15 writes.
func smallRun(k *fakedemux.Kernel) error {
	var buf [100]byte
	return k.Run(func() {
		k.Faults(false)
		d, err := k.Open()
		if err != nil {
			panic(err)
		}
		left := 3
		for p := range 3 {
			r, w, err := k.Pair()
			if err != nil {
				panic(err)
			}
			if err := d.Register(r, demux.Token(r), demux.Readable, demux.Level); err != nil {
				panic(err)
			}
			k.Go("peer", func() {
				for range 5 {
					k.Write(w, buf[:p+1])
				}
				k.Close(w)
			})
		}
		k.Faults(true)
		var ev [8]demux.Event
		for left > 0 {
			n, err := d.Wait(ev[:], -1)
			if err != nil {
				panic(err)
			}
			for _, e := range ev[:n] {
				h := demux.Handle(e.Token)
				if _, err := k.Read(h, buf[:]); err != nil && !errors.Is(err, demux.ErrAgain) {
					d.Deregister(h)
					k.Close(h)
					left--
				}
			}
		}
		d.Close()
	})
}

// BenchmarkEpollWait is the bare call with nothing to report.
func BenchmarkEpollWait(b *testing.B) {
	k := direct(fakedemux.Options{Budget: scheduler.Budget{Steps: 1 << 30}})
	calls := k.Epoll()
	fd, e := calls.EpollCreate1(0)
	if e != 0 {
		b.Fatal(e)
	}
	var ev [1]epoll.Event
	b.ReportAllocs()
	for b.Loop() {
		calls.EpollWait(fd, ev[:], 0)
	}
}
