package eventloop_test

import (
	"fmt"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
)

// loaded has registered handles of which 10 are always active.
func loaded(tb testing.TB, registered int, o *eventloop.Options) *eventloop.Loop {
	tb.Helper()
	s := &repeater{stub: newStub()}
	l, err := eventloop.Open(s, o)
	if err != nil {
		tb.Fatal(err)
	}
	for i := range registered {
		r, err := l.Watch(demux.Handle(i), demux.Readable, demux.Level, func(ev demux.Event) { s.sum += uint64(ev.Ready) })
		if err != nil {
			tb.Fatal(err)
		}
		if i%(registered/10) == 0 {
			s.batch = append(s.batch, demux.Event{Token: r.Token(), Ready: demux.Readable})
		}
	}
	return l
}

// repeater is a demux that has the same batch for every Wait.
type repeater struct {
	*stub
	batch []demux.Event
	sum   uint64
}

func (r *repeater) Open() (demux.Demux, error) { return repeaterDemux{stubDemux{r.stub}, r}, nil }

type repeaterDemux struct {
	stubDemux
	r *repeater
}

func (d repeaterDemux) Wait(dst []demux.Event, _ time.Duration) (int, error) {
	return copy(dst, d.r.batch), nil
}
func (d repeaterDemux) Wake() error { return nil }

func BenchmarkDispatch(b *testing.B) {
	for _, registered := range []int{10, 1_000, 100_000} {
		b.Run(fmt.Sprintf("registered=%d", registered), func(b *testing.B) {
			l := loaded(b, registered, nil)
			b.ReportAllocs()
			b.ResetTimer()
			events := 0
			for events < b.N {
				n, err := l.RunOnce(-1)
				if err != nil {
					b.Fatal(err)
				}
				events += n
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(events), "ns/event")
		})
	}
}

func BenchmarkPost(b *testing.B) {
	l := loaded(b, 10, nil)
	fn := func() {}
	b.ReportAllocs()
	for i := range b.N {
		if err := l.Post(fn); err != nil {
			b.Fatal(err)
		}
		if i%64 == 0 {
			_, _ = l.RunOnce(0)
		}
	}
}

func BenchmarkTimer(b *testing.B) {
	for _, set := range []int{1, 1_000, 100_000} {
		b.Run(fmt.Sprintf("set=%d", set), func(b *testing.B) {
			s := newStub()
			l, err := eventloop.Open(s, nil)
			if err != nil {
				b.Fatal(err)
			}
			timers := make([]eventloop.Timer, set)
			for i := range timers {
				timers[i] = l.AfterFunc(time.Duration(i), func() {})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				timers[i%set].Reset(time.Duration(i * 7919 % 1000000))
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	observed := 0
	tests := []struct {
		why   string
		setup func(l *eventloop.Loop)
		each  func(l *eventloop.Loop)
	}{
		{why: "dispatch", setup: func(*eventloop.Loop) {}, each: func(*eventloop.Loop) {}},
		{
			why: "post",
			each: func() func(l *eventloop.Loop) {
				fn := func() {}
				return func(l *eventloop.Loop) {
					for range 10 {
						_ = l.Post(fn)
					}
				}
			}(),
		},
		{
			why: "timers that fire and are set again",
			setup: func(l *eventloop.Loop) {
				for range 10 {
					var self eventloop.Timer
					self = l.AfterFunc(0, func() { self.Reset(0) })
				}
			},
		},
	}
	for _, test := range tests {
		for _, o := range []*eventloop.Options{nil, {Observer: func(s eventloop.Step) { observed += len(s.Events) }}} {
			t.Run(test.why, func(t *testing.T) {
				l := loaded(t, 100, o)
				if test.setup != nil {
					test.setup(l)
				}
				iteration := func() {
					if test.each != nil {
						test.each(l)
					}
					if _, err := l.RunOnce(-1); err != nil {
						t.Fatal(err)
					}
				}
				iteration()
				iteration()
				if n := testing.AllocsPerRun(100, iteration); n != 0 {
					t.Errorf("%v allocations an iteration, want none", n)
				}
			})
		}
	}
	if observed == 0 {
		t.Error("the observer saw no events")
	}
}
