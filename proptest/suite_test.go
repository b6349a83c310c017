package proptest_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

func TestBuiltinLoop(t *testing.T) {
	t.Parallel() // and TestBuiltinLoopByRapid with it: two suites at once
	o := &proptest.Options{Runs: 5000, HostRuns: 20}
	if d, err := realdemux.Open(); err == nil {
		_ = d.Close()
		o.Host = func() demux.Host { return realdemux.NewHost() }
	}
	o.TestReactor(t, proptest.EventLoop)
}

func TestBuiltinLoopByRapid(t *testing.T) {
	t.Parallel()
	proptest.TestReactorRapid(t, proptest.EventLoop)
}

func TestBuiltinLoopInEveryMode(t *testing.T) {
	for _, mode := range []fakedemux.Mode{fakedemux.POSIX, fakedemux.Adversarial} {
		t.Run(mode.String(), func(t *testing.T) {
			t.Parallel()
			r := check(t, proptest.EventLoop, &proptest.Options{Plan: &fakedemux.Plan{Mode: mode, Faults: 3}})
			if r.Failure != nil {
				t.Error(r.Failure.Screen(""))
			}
		})
	}
}

// check is proptest.Check that must work.
func check(t *testing.T, subject proptest.NewReactor, o *proptest.Options) *proptest.Report {
	t.Helper()
	o.Subject, o.Dir = "subject", t.TempDir()
	r, err := proptest.Check(subject, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestSearchRunsTwice is the run-twice check of the suite: a seed says all.
func TestSearchRunsTwice(t *testing.T) {
	stale, _ := planted.Lookup("stale-event")
	for name, subject := range map[string]proptest.NewReactor{"correct": proptest.EventLoop, "stale": stale.New} {
		t.Run(name, func(t *testing.T) {
			first := check(t, subject, &proptest.Options{Runs: 1000, Seed: 5})
			second := check(t, subject, &proptest.Options{Runs: 1000, Seed: 5})
			for _, r := range []*proptest.Report{first, second} {
				r.Simulated.Elapsed = 0
				for _, f := range r.Failures {
					f.Saved = ""
				}
			}
			if diff := cmp.Diff(first, second, cmpopts.IgnoreUnexported(proptest.Column{})); diff != "" {
				t.Errorf("two searches with one seed differ:\n%s", diff)
			}
		})
	}
}

// TestObserverChangesNoVerdict compares whole searches with and without the
// observer of the built-in loop.
func TestObserverChangesNoVerdict(t *testing.T) {
	for seed := range uint64(3) {
		with := check(t, unstable, &proptest.Options{Runs: 300, Seed: seed})
		without := check(t, unstable, &proptest.Options{Runs: 300, Seed: seed, NoNotes: true})
		a, b := with.Failure, without.Failure
		if a == nil || b == nil {
			t.Fatalf("seed %d: the subject was not found: %v, %v", seed, a, b)
		}
		if a.Tape != b.Tape || a.Rule != b.Rule || a.Run != b.Run {
			t.Errorf("seed %d: with notes %s in run %d, without %s in run %d", seed, a.Tape, a.Run, b.Tape, b.Run)
		}
	}
	clean := check(t, proptest.EventLoop, &proptest.Options{Runs: 500, NoNotes: true})
	if clean.Failure != nil {
		t.Error(clean.Failure.Screen(""))
	}
}

// unstable is the built-in loop with a handler that is called for too much.
func unstable(tb testing.TB, h demux.Host) proptest.Reactor {
	return twice{proptest.EventLoop(tb, h)}
}

type twice struct{ proptest.Reactor }

// Post runs every second function of a chain twice.
func (r twice) Post(fn func()) error {
	n := 0
	return r.Reactor.Post(func() {
		fn()
		if n++; n == 1 {
			_ = r.Reactor.Post(fn)
		}
	})
}

// broken are subjects that break down instead of breaking a rule.
var broken = []struct {
	why     string
	subject proptest.NewReactor
	rule    string
	says    string
}{
	{"a factory that returns nothing", func(testing.TB, demux.Host) proptest.Reactor { return nil }, "run-error", "no reactor"},
	{"a factory that fails its case", func(tb testing.TB, _ demux.Host) proptest.Reactor {
		tb.Fatal("no luck")
		return nil
	}, "run-error", "no luck"},
	{"a factory that panics", func(testing.TB, demux.Host) proptest.Reactor { panic("on purpose") }, "panic", "on purpose"},
	{"a loop that panics", with(func(l *wrapped) { l.run = func() error { panic("in Run") } }), "panic", "in Run"},
	{"a loop that leaves by Goexit", with(func(l *wrapped) {
		l.run = func() error {
			runtime.Goexit()
			return nil
		}
	}), "panic", "Goexit"},
	{"a loop that returns an error", with(func(l *wrapped) { l.run = func() error { return errors.New("gave up") } }), "run-error", "gave up"},
	{"a loop that ends at once", with(func(l *wrapped) { l.run = func() error { return nil } }), "alive-while-work", "without a Close"},
	{"a loop that Close does not end", with(func(l *wrapped) {
		l.close = func() error { return nil }
	}), "stop-completes", "Close"},
	{"a loop that polls without end", with(func(l *wrapped) {
		l.run = func() error {
			d, err := l.host.Open()
			for err != nil { // a fault
				d, err = l.host.Open()
			}
			for {
				_, _ = d.Wait(make([]demux.Event, 1), 0)
			}
		}
	}), "idle-blocks", "17 times in a row"},
	{"a goroutine that is no task", with(func(l *wrapped) {
		l.run = func() error {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _, _ = l.host.Pair()
			}()
			<-done
			return l.Reactor.Run()
		}
	}), "run-error", "outside of the simulation called socketpair"},
}

// wrapped is the built-in loop with parts replaced.
type wrapped struct {
	proptest.Reactor
	host  demux.Host
	run   func() error
	close func() error
}

func with(change func(*wrapped)) proptest.NewReactor {
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		l := &wrapped{Reactor: proptest.EventLoop(tb, h), host: h}
		change(l)
		return l
	}
}

func (l *wrapped) Run() error {
	if l.run != nil {
		return l.run()
	}
	return l.Reactor.Run()
}

func (l *wrapped) Close() error {
	if l.close != nil {
		return l.close()
	}
	return l.Reactor.Close()
}

func TestBreakdownsAreReported(t *testing.T) {
	for _, b := range broken {
		t.Run(b.why, func(t *testing.T) {
			before := runtime.NumGoroutine()
			r := check(t, b.subject, &proptest.Options{Runs: 10, ShrinkCalls: 200_000, NoShrink: raceCost > 1})
			failure := r.Broken(b.rule)
			if failure == nil {
				t.Fatalf("not reported; the first failure is %s", told(r))
			}
			if !strings.Contains(failure.Text, b.says) {
				t.Errorf("reported is %s, want %q", failure.Text, b.says)
			}
			if _, known := proptest.LookupProperty(failure.Rule); !known {
				t.Errorf("rule %s cannot be explained", failure.Rule)
			}
			for range 1_000_000 { // those that have stopped others are about to end
				if runtime.NumGoroutine() <= before+1 {
					break
				}
				runtime.Gosched()
			}
			if after := runtime.NumGoroutine(); after > before+1 {
				t.Errorf("%d goroutines before, %d after", before, after)
			}
		})
	}
}

// badStrategy answers out of range.
type badStrategy struct{}

func (badStrategy) Begin(int) bool                 { return true }
func (badStrategy) Choose(c *scheduler.Choice) int { return c.N }
func (badStrategy) End(scheduler.Result)           {}

func TestStrategyOutOfRangeIsNamed(t *testing.T) {
	_, err := proptest.Check(proptest.EventLoop, &proptest.Options{Runs: 10, Strategy: badStrategy{}, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "badStrategy") || !strings.Contains(err.Error(), "task") {
		t.Errorf("error is %v, want one that names the strategy and the point", err)
	}
}

func TestReplayIsStrict(t *testing.T) {
	stale, _ := planted.Lookup("stale-event")
	r := check(t, stale.New, &proptest.Options{Runs: foundWithin, Seed: 1})
	if r.Failure == nil {
		t.Fatal("not found")
	}
	tape, err := scheduler.ParseTape(r.Failure.Tape)
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(t *scheduler.Tape)) string {
		changed := tape
		f(&changed)
		return changed.String()
	}
	for _, row := range []struct {
		why, tape, says string
	}{
		{"the tape itself", tape.String(), ""},
		{"another version", "rt9" + strings.TrimPrefix(tape.String(), "rt2"), "rt2"},
		{"another suite", change(func(t *scheduler.Tape) { t.Suite = "engine" }), `suite "engine"`},
		{"another dialect", change(func(t *scheduler.Tape) { t.Dialect = "kqueue" }), `dialect "kqueue"`},
		{"another subject", change(func(t *scheduler.Tape) { t.Subject = "other" }), `subject "other"`},
		{"another plan", change(func(t *scheduler.Tape) { t.Plan = "x2" }), `plan "x2"`},
		{"a workload that is none", change(func(t *scheduler.Tape) { t.Workload = "w1+par.level.r" }), "par.level.r"},
		{"a workload of another version", change(func(t *scheduler.Tape) { t.Workload = "w0" }), "w1"},
	} {
		t.Run(row.why, func(t *testing.T) {
			r, err := proptest.Replay(row.tape, stale.New, &proptest.Options{Subject: "subject"})
			if row.says == "" {
				if err != nil || r.Failure == nil || r.Failure.Rule != stale.Rule || r.Diverged != "" {
					t.Fatalf("replay: %v, %v", r, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error is %v, want one with %q", err, row.says)
			}
		})
	}
	for _, row := range []struct {
		why, tape, says string
	}{
		{"a digest that is not the run's", change(func(t *scheduler.Tape) { t.Digest++ }), "digest"},
		{"a digit that no choice has", change(func(t *scheduler.Tape) { t.Digits = "z" + t.Digits }), "z"},
		{"one deviation more", change(func(t *scheduler.Tape) { t.Digits = "1" + t.Digits[min(1, len(t.Digits)):] }), "digest"},
	} {
		t.Run(row.why, func(t *testing.T) {
			r, err := proptest.Replay(row.tape, stale.New, &proptest.Options{Subject: "subject"})
			if err != nil || !strings.Contains(r.Diverged, row.says) || !strings.Contains(r.Diverged, "diverged") {
				t.Errorf("replay: %+v, %v; want that it has diverged, with %q", r, err, row.says)
			}
		})
	}
}

// TestForeignWakeMarksTheRun has a goroutine that is no task wake the demux.
func TestForeignWakeMarksTheRun(t *testing.T) {
	subject := func(tb testing.TB, h demux.Host) proptest.Reactor {
		l, err := eventloop.Open(h, nil)
		if err != nil {
			tb.Fatal(err)
		}
		d, err := h.Open()
		if err != nil {
			tb.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = d.Wake()
		}()
		<-done
		_ = d.Close()
		_ = l.Close()
		return proptest.EventLoop(tb, h)
	}
	r := check(t, subject, &proptest.Options{Runs: 20})
	if !strings.Contains(r.Foreign, "suite_test.go") {
		t.Errorf("the run is marked with %q, want the call site", r.Foreign)
	}
}

func TestProgressEndsTheSearch(t *testing.T) {
	r := check(t, proptest.EventLoop, &proptest.Options{Runs: 1 << 20, Progress: func(*proptest.Report) bool { return false }})
	if r.Simulated.Runs == 0 || r.Simulated.Runs > 10_000 || r.Simulated.Elapsed <= 0 || r.Simulated.Elapsed > time.Hour {
		t.Errorf("ended after %d runs in %v", r.Simulated.Runs, r.Simulated.Elapsed)
	}
}

// TestExploreOneWorkload exhausts the orders of a small workload: no choice is
// left out, and none breaks a rule.
func TestExploreOneWorkload(t *testing.T) {
	const plain = "w1+pair.level.r,write.5" // one pair, whose peer writes and closes
	explore := scheduler.NewExplore(200_000)
	none := &fakedemux.Plan{}
	r := check(t, proptest.EventLoop, &proptest.Options{Runs: 1 << 20, Workload: plain, Strategy: explore, Plan: none})
	if r.Failure != nil {
		t.Fatal(r.Failure.Screen(""))
	}
	if !explore.Complete() || r.Simulated.Runs != explore.Runs() || explore.Runs() < 1000 {
		t.Errorf("%d runs, %d explored, %d truncated, complete: %v",
			r.Simulated.Runs, explore.Runs(), explore.Truncated(), explore.Complete())
	}
}
