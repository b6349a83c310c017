package serve_test

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted/engine/serve"
	"reactortest/proptest/server"
	"reactortest/scheduler"
)

var runs = flag.Int("engines.runs", 50, "runs of each engine on each dialect with each strategy")

const addr = "127.0.0.1:80"

// play makes one run on a simulated kernel.
func play(k *fakedemux.Kernel, a serve.Architecture, run int, lossy bool) error {
	s := &stage{h: k, lossy: lossy, states: map[server.Conn]string{}}
	var failure error
	err := k.Run(func() {
		k.Faults(false)
		e := a.New(k)
		left := 0
		ended := false
		start := func(name string, f func(c client)) {
			left++
			k.Go(name, func() {
				k.Outside(true)
				f(client{s, netip.MustParseAddrPort(addr), func(h demux.Handle, want demux.Ready) {
					if _, err := k.Await(h, want, -1); err != nil {
						s.errorf("await: %v", err)
					}
				}})
				left--
			})
		}
		h := echo{s, func() {
			k.Faults(true)
			for i := range 1 + run%3 {
				start("exchange", func(c client) { c.exchange(i, 10+run%7*211, a.Name != "blocking" && run%2 == 0) })
			}
			if lossy {
				start("leave", func(c client) { c.leave(8) })
			}
			left++
			k.Go("user", func() {
				s.timers(e)
				left--
			})
			k.Go("stop", func() {
				for left > 0 {
					k.Sleep(time.Millisecond)
				}
				if lossy {
					start("stay", func(c client) { c.stay(9) })
					if run%2 == 0 {
						k.Sleep(time.Duration(run%5) * time.Millisecond)
					}
				}
				if err := e.Stop(); err != nil {
					s.errorf("Stop: %v", err)
				}
				ended = true
				for _, c := range s.states {
					if c != "closed" {
						s.errorf("a connection is %q after Stop", c)
					}
				}
			})
		}}
		if err := e.Serve(addr, h); err != nil {
			s.errorf("Serve: %v", err)
		}
		for !ended && len(s.faults) == 0 {
			k.Sleep(time.Millisecond)
		}
		for fd := range 64 {
			if n := k.Registrations(fd); n > 0 {
				s.errorf("%d registrations of %d are left", n, fd)
			}
		}
	})
	if err != nil {
		failure = err
	}
	for _, f := range s.faults {
		failure = errors.Join(failure, errors.New(f))
	}
	if leaks := k.Leaks(); len(leaks) > 0 && failure == nil {
		failure = fmt.Errorf("leaks: %v", leaks)
	}
	return failure
}

// fits reports whether an architecture can work on a dialect.
func fits(t *testing.T, dialect string, a serve.Architecture) (fits bool) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
	if err := k.Run(func() {
		d, _ := k.Open()
		fits = a.Needs(d)
		_ = d.Close()
	}); err != nil {
		t.Fatal(err)
	}
	return fits
}

func TestSimulated(t *testing.T) {
	n := *runs
	if testing.Short() {
		n = max(n/10, 1)
	}
	quiet := func() scheduler.Strategy { return scheduler.NewQuiet() }
	random := func() scheduler.Strategy { return scheduler.NewRandom(1) }
	pct := func() scheduler.Strategy { return scheduler.NewPCT(2, 3) }
	lossless := fakedemux.Plan{Mode: fakedemux.Faithful, Faults: 2, Off: "rn"}
	posix := fakedemux.Plan{Mode: fakedemux.POSIX, Faults: 3}
	adversarial := fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 3}
	for _, a := range serve.Architectures {
		for _, dialect := range fakedemux.Dialects() {
			if !fits(t, dialect, a) {
				continue
			}
			for _, tt := range []struct {
				name     string
				plan     *fakedemux.Plan
				strategy scheduler.Strategy
				lossy    bool
			}{
				{"quiet", nil, quiet(), false},
				{"random", &lossless, random(), false},
				{"pct", &lossless, pct(), false},
				{"random-lossy", &fakedemux.DefaultPlan, random(), true},
				{"pct-lossy", &fakedemux.DefaultPlan, pct(), true},
				{"random-posix", &posix, random(), true},
				{"random-adversarial", &adversarial, random(), true},
			} {
				t.Run(a.Name+"/"+dialect+"/"+tt.name, func(t *testing.T) {
					k := fakedemux.New(&fakedemux.Options{Dialect: dialect, Plan: tt.plan, World: 64, StreamBuffer: 300})
					for run := 0; run < n && tt.strategy.Begin(run); run++ {
						k.Reset(tt.strategy)
						err := play(k, a, run, tt.lossy)
						tt.strategy.End(scheduler.Result{Failed: err != nil, Decisions: len(k.Recorder().Decisions())})
						if err != nil {
							t.Fatalf("run %d: %v", run, err)
						}
					}
				})
			}
		}
	}
}
