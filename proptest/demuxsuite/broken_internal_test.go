package demuxsuite

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/realdemux"
)

// wrecks are demuxes that no case can get far with.
var wrecks = []struct {
	why  string
	says string // a part of every report
	make func(p *planted)
}{
	{"Wait returns nothing at once, forever", "returned nothing before their timeout", func(p *planted) {
		p.wait = func([]demux.Event, time.Duration) (int, error) { return 0, nil }
	}},
	{"Wait returns foreign tokens at once, forever", "", func(p *planted) {
		next := demux.Token(1 << 50)
		p.wait = func(dst []demux.Event, _ time.Duration) (int, error) {
			for i := range dst {
				next++
				dst[i] = demux.Event{Token: next, Ready: rd}
			}
			return len(dst), nil
		}
	}},
	{"Wait counts events that are not there", "there is room for", func(p *planted) {
		p.wait = func([]demux.Event, time.Duration) (int, error) { return 1 << 30, nil }
	}},
	{"Wait leaves by Goexit", "Goexit", func(p *planted) {
		p.wait = func([]demux.Event, time.Duration) (int, error) { runtime.Goexit(); return 0, nil }
	}},
	{"Register leaves by Goexit", "Goexit", func(p *planted) {
		p.register = func(demux.Handle, demux.Token, demux.Ready, demux.Mode) error { runtime.Goexit(); return nil }
	}},
	{"Wait panics", "out of order", func(p *planted) {
		p.wait = func([]demux.Event, time.Duration) (int, error) { panic("out of order") }
	}},
	{"Close panics", "out of order", func(p *planted) {
		p.close = func() error { panic("out of order") }
	}},
	{"Traits panics", "out of order", func(p *planted) {
		p.traits = func(demux.Traits) demux.Traits { panic("out of order") }
	}},
	{"errors are a megabyte long", "bytes)", func(p *planted) {
		p.register = func(demux.Handle, demux.Token, demux.Ready, demux.Mode) error {
			return fmt.Errorf("%s", strings.Repeat("wrong ", 1<<18))
		}
	}},
}

// screenful is how much of a report a person reads for one rule.
const screenful = 3 << 10

// TestAWreckEndsSoon judges demuxes that are broken in every call: each rule
// says so in a few lines, and its other cases are not run.
func TestAWreckEndsSoon(t *testing.T) {
	for _, w := range wrecks {
		t.Run("simulated/"+strings.ReplaceAll(w.why, " ", "-"), func(t *testing.T) {
			judgeWreck(t, w.says, func() demux.Host { return wreckedHost(fakedemux.New(nil), w.make) })
		})
		t.Run("real/"+strings.ReplaceAll(w.why, " ", "-"), func(t *testing.T) {
			judgeWreck(t, w.says, func() demux.Host { return wreckedHost(realdemux.NewHost(), w.make) })
		})
	}
}

// TestASearchOfAWreckEndsSoon searches for bugs of demuxes that are broken in every
// call: one screen a rule, in bounded time and memory.
func TestASearchOfAWreckEndsSoon(t *testing.T) {
	for i, w := range wrecks {
		if testing.Short() && i%3 > 0 {
			continue
		}
		t.Run(strings.ReplaceAll(w.why, " ", "-"), func(t *testing.T) {
			began := time.Now()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := Check(DemuxName, func() demux.Host { return wreckedHost(fakedemux.New(nil), w.make) },
				&core.Options{Subject: "wreck", Dir: t.TempDir(), Seed: 1, Runs: 300})
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 128<<20 {
				t.Errorf("%d bytes are left on the heap", grown)
			}
			if err != nil {
				t.Fatal(err)
			}
			said := false
			for _, f := range r.Failures {
				screen := f.Screen(f.Tape)
				said = said || strings.Contains(screen, w.says)
				if len(screen) > 3*screenful {
					t.Errorf("%s: a screen has %d bytes:\n%s", f.Rule, len(screen), screen)
				}
			}
			if len(r.Failures) == 0 || !said {
				t.Errorf("%d rules are broken, and no screen says %q", len(r.Failures), w.says)
			}
			t.Logf("%d runs, %d rules, %v", r.Simulated.Runs, len(r.Failures), time.Since(began))
		})
	}
}

func judgeWreck(t *testing.T, says string, newHost func() demux.Host) {
	t.Helper()
	began := time.Now()
	report, err := CheckDemux(newHost)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
	if err == nil {
		checkScreens(t, report, says)
	} else if !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want an error that says %q", err, says)
	}
}

// TestAWreckedCompleterEndsSoon is TestAWreckEndsSoon for operations.
func TestAWreckedCompleterEndsSoon(t *testing.T) {
	for _, w := range []struct {
		why, says string
		wreck     func(b *brokenOps)
	}{
		{"Submit panics", "out of order", func(b *brokenOps) {
			b.submit = func(*demux.Op, demux.Token) error { panic("out of order") }
		}},
		{"Submit leaves by Goexit", "Goexit", func(b *brokenOps) {
			b.submit = func(*demux.Op, demux.Token) error { runtime.Goexit(); return nil }
		}},
		{"Cancel leaves by Goexit", "Goexit", func(b *brokenOps) {
			b.cancel = func(*demux.Op) error { runtime.Goexit(); return nil }
		}},
		{"Submit does nothing", "have no event after", func(b *brokenOps) {
			b.submit = func(*demux.Op, demux.Token) error { return nil }
		}},
		{"Wait completes what nobody has submitted, forever", "not in flight", func(b *brokenOps) {
			b.wait = func(dst []demux.Event, _ time.Duration) (int, error) {
				for i := range dst {
					dst[i] = demux.Event{Token: 7, Op: &demux.Op{Kind: demux.OpRead}}
				}
				return len(dst), nil
			}
		}},
		{"Wait counts events that are not there", "there is room for", func(b *brokenOps) {
			b.wait = func([]demux.Event, time.Duration) (int, error) { return 1 << 30, nil }
		}},
	} {
		t.Run(strings.ReplaceAll(w.why, " ", "-"), func(t *testing.T) {
			judgeWreck(t, w.says, func() demux.Host {
				return brokenOpsHost(w.wreck)
			})
		})
	}
}

// wreckedHost returns host with another Open. A host with tasks keeps its Run.
func wreckedHost(host demux.Host, wreck func(p *planted)) demux.Host {
	if k, ok := host.(*fakedemux.Kernel); ok {
		return &plantedHost{Kernel: k, plant: func(_ *plantedHost, d demux.Demux) demux.Demux {
			p := &planted{Demux: d}
			wreck(p)
			return p
		}}
	}
	return plainHost{host, wreck}
}

// plainHost is a host without tasks whose Open gives a broken demux.
type plainHost struct {
	demux.Host
	wreck func(p *planted)
}

func (h plainHost) Open() (demux.Demux, error) {
	d, err := h.Host.Open()
	if err != nil {
		return nil, err
	}
	p := &planted{Demux: d}
	h.wreck(p)
	return p, nil
}

// checkScreens checks that what a report tells of each rule can be read.
func checkScreens(t *testing.T, report *DemuxReport, says string) {
	t.Helper()
	failed, said := 0, false
	for _, r := range report.Rules {
		if len(r.Failures) == 0 {
			continue
		}
		failed++
		text := strings.Join(r.Failures, "\n")
		said = said || strings.Contains(text, says)
		if len(text) > screenful*maxViolations {
			t.Errorf("%s: the report has %d bytes", r.Rule, len(text))
		}
		for _, f := range r.Failures {
			if len(f) > screenful {
				t.Errorf("%s: a failure has %d bytes:\n%s", r.Rule, len(f), f)
			}
		}
	}
	if failed == 0 || !said {
		t.Errorf("%d rules failed, and %q is not said in %.2000v", failed, says, report.Rules)
	}
}

// TestAHangIsTheLastCase judges a demux that blocks outside of the simulation:
// nothing can end its goroutine, so no other case is run.
func TestAHangIsTheLastCase(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	var waits atomic.Int32
	report, err := checkDemux(func() demux.Host {
		return wreckedHost(fakedemux.New(nil), func(p *planted) {
			p.wait = func([]demux.Event, time.Duration) (int, error) {
				waits.Add(1)
				<-release
				return 0, demux.ErrClosed
			}
		})
	}, 50*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	checkScreens(t, report, "the case hangs")
	first := report.Rules[0]
	if len(first.Failures) != 1 || !strings.Contains(first.Failures[0], "broken_internal_test.go") {
		t.Errorf("W1: got %q, want one failure that says where the demux stands", first.Failures)
	}
	for _, r := range report.Rules[1:14] {
		if len(r.Failures) > 0 || r.Passed > 0 || len(r.Skipped) == 0 || !strings.Contains(r.Skipped[0], "W1/ready-before-wait hangs") {
			t.Errorf("%s: passed %d, failures %q, skipped %q, want no case run, with the reason", r.Rule, r.Passed, r.Failures, r.Skipped)
		}
	}
	if n := waits.Load(); n != 1 {
		t.Errorf("%d Waits were made, want 1: the first one hangs", n)
	}
}

// TestASearchEndsWithAHang searches a demux that blocks outside of the simulation.
func TestASearchEndsWithAHang(t *testing.T) {
	r, err := Check(DemuxName, func() demux.Host { return hungHost{fakedemux.New(nil)} },
		&core.Options{Subject: "hung", Dir: t.TempDir(), Hang: 300 * time.Millisecond})
	if err != nil || r.Failure == nil || r.Failure.Rule != core.FailHang {
		t.Fatalf("got %v and %+v, want a hang", err, r)
	}
	if screen := r.Failure.Screen(""); len(screen) > 3*screenful || !strings.Contains(screen, "case.W1.") {
		t.Errorf("the screen has %d bytes, and must name the case:\n%s", len(screen), screen)
	}
}

// noDemux is a host whose Open returns nothing at all.
type noDemux struct{ *fakedemux.Kernel }

func (noDemux) Open() (demux.Demux, error) { return nil, nil }

func TestMissingArgumentsAreNamed(t *testing.T) {
	for _, tt := range []struct {
		why, says string
		call      func()
	}{
		{"no factory", "newHost is nil", func() { _, _ = CheckDemux(nil) }},
		{"no factory for TestDemux", "newHost is nil", func() { TestDemux(t, nil) }},
		{"no factory for TestCompleter", "newHost is nil", func() { TestCompleter(t, nil) }},
		{"a factory that makes nothing", "newHost returned nil", func() { _, _ = CheckDemux(func() demux.Host { return nil }) }},
	} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, tt.says) {
					t.Errorf("%s: panicked with %q, want %q in it", tt.why, got, tt.says)
				}
			}()
			tt.call()
		}()
	}
	_, err := CheckDemux(func() demux.Host { return noDemux{fakedemux.New(nil)} })
	if err == nil || !strings.Contains(err.Error(), "no demux and no error") {
		t.Errorf("a host whose Open returns nil, nil: got %v", err)
	}
}
