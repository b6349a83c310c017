package speed_test

import (
	"fmt"
	"math"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

const (
	active  = 100 // pairs with traffic, spread over all
	payload = 64  // bytes read and written for an event
)

// echoes is a loop with many pairs. A callback reads 64 bytes and writes 64 to
// its own end's peer, so that the next iteration has as many events.
type echoes struct {
	kernel *fakedemux.Kernel
	loop   *eventloop.Loop
	served int
}

func newEchoes(tb testing.TB, pairs int) *echoes {
	tb.Helper()
	k := fakedemux.New(&fakedemux.Options{
		Runner: scheduler.NewDirect(), Descriptors: min(2*pairs+8, fakedemux.MaxDescriptors),
		Plan:   &fakedemux.Plan{Faults: 1, Off: allButOrder()},
		Budget: scheduler.Budget{Steps: math.MaxInt, Decisions: math.MaxInt},
	})
	k.Faults(false)
	l, err := eventloop.Open(k, nil)
	if err != nil {
		tb.Fatal(err)
	}
	e := &echoes{kernel: k, loop: l}
	for i := range pairs {
		a, b, err := k.Pair()
		if err != nil {
			tb.Fatal(err)
		}
		buf := make([]byte, payload)
		if _, err := l.Watch(a, demux.Readable, demux.Level, func(demux.Event) {
			e.served++
			if n, err := k.Read(a, buf); n != payload || err != nil {
				tb.Fatal(n, err)
			}
			if n, err := k.Write(b, buf); n != payload || err != nil {
				tb.Fatal(n, err)
			}
		}); err != nil {
			tb.Fatal(err)
		}
		if i%(pairs/active) == 0 && i/(pairs/active) < active {
			if _, err := k.Write(b, buf); err != nil {
				tb.Fatal(err)
			}
		}
	}
	return e
}

// allButOrder has the letters of every choice but the order of events.
func allButOrder() string {
	var off []byte
	for _, c := range fakedemux.Classes() {
		if c.Point != fakedemux.PointOrder {
			off = append(off, c.Letter)
		}
	}
	return string(off)
}

// BenchmarkEvent is an event through the loop: its share of a wait, a callback, a
// read of 64 bytes and a write of 64 bytes.
func BenchmarkEvent(b *testing.B) {
	for _, pairs := range [...]int{10_000, 500_000} {
		for _, order := range [...]string{"quiet", "random"} {
			b.Run(fmt.Sprintf("pairs=%d/%s", pairs, order), func(b *testing.B) {
				e := newEchoes(b, pairs)
				var strategy scheduler.Strategy
				if order == "random" {
					e.kernel.Faults(true)
					strategy = scheduler.NewRandom(1)
				}
				b.ReportAllocs()
				e.served = 0
				b.ResetTimer()
				for e.served < b.N {
					if e.served&0xffff == 0 {
						e.kernel.Recorder().Begin(strategy) // forgets the decisions
					}
					if _, err := e.loop.RunOnce(-1); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkScenario is a whole run: reset, a loop, 4 pairs, 20 events, close.
func BenchmarkScenario(b *testing.B) {
	k := fakedemux.New(&fakedemux.Options{Runner: scheduler.NewDirect()})
	buf := make([]byte, payload)
	b.ReportAllocs()
	for b.Loop() {
		k.Reset(nil)
		if n := scenario(b, k, buf); n != 20 {
			b.Fatal(n)
		}
	}
}

func scenario(tb testing.TB, k demux.Host, buf []byte) int {
	tb.Helper()
	l, err := eventloop.Open(k, nil)
	if err != nil {
		tb.Fatal(err)
	}
	served := 0
	var ends [8]demux.Handle
	for i := range 4 {
		x, y, err := k.Pair()
		if err != nil {
			tb.Fatal(err)
		}
		ends[2*i], ends[2*i+1] = x, y
		if _, err := l.Watch(x, demux.Readable, demux.Level, func(demux.Event) {
			served++
			k.Read(x, buf)
			k.Write(y, buf)
		}); err != nil {
			tb.Fatal(err)
		}
		k.Write(y, buf)
	}
	for served < 20 {
		if _, err := l.RunOnce(-1); err != nil {
			tb.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	for _, h := range ends {
		k.Close(h)
	}
	return served
}
