package judge

import (
	"flag"
	"runtime"
	"testing"
	"time"

	"reactortest/internal/engines"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
	"reactortest/shim/order"
)

// What `reactortest engines` asks for.
var (
	wanted  = flag.String("engines.subject", "", "judge this configuration")
	out     = flag.String("engines.out", "", "write what was found to this file, and do not fail")
	engine  = flag.String("engines.engine", "", "name of the engine")
	version = flag.String("engines.version", "", "version of the engine")
	runs    = flag.Int("engines.runs", 200, "runs of each configuration")
	seed    = flag.Uint64("engines.seed", 1, "seed of the search")
	tape    = flag.String("engines.tape", "", "make the run of this tape again")
	digests = flag.Bool("engines.digests", false, "write the digests of the runs too")
	speed   = flag.Int("engines.speed", 0, "measure this number of runs of an echo with three clients, and judge nothing")
	shrink  = flag.Int("engines.shrink", 0, "simulated calls that may be spent to shrink a failure")
)

// realRuns is how many runs each configuration makes on the running kernel.
const realRuns = 3

// checker judges a subject as o says, or makes the run of a tape again.
type checker func(t *testing.T, o *proptest.Options, tape string) (*proptest.Report, error)

// Test judges each of the subjects: on the simulated kernel in a program whose modules
// were rewired, and on the running one in others.
func Test(t *testing.T, subjects []Subject) {
	for _, s := range subjects {
		each(t, s.Name, s.Real, func(t *testing.T, o *proptest.Options, tape string) (*proptest.Report, error) {
			if tape != "" {
				return proptest.ReplayEngineGoroutines(t, tape, s.New, o)
			}
			return proptest.CheckEngineGoroutines(t, s.New, o)
		})
	}
}

// Loop is a watcher-shaped subject in one configuration.
type Loop struct {
	Name string
	New  proptest.NewReactor
	Real map[string]string // rules that it breaks on the running kernel without a fault, and why
}

// TestLoops judges loops as Test judges engines.
func TestLoops(t *testing.T, loops []Loop) {
	for _, s := range loops {
		each(t, s.Name, s.Real, func(t *testing.T, o *proptest.Options, tape string) (*proptest.Report, error) {
			if tape != "" {
				return proptest.ReplayReactorGoroutines(t, tape, s.New, o)
			}
			return proptest.CheckReactorGoroutines(t, s.New, o)
		})
	}
}

func each(t *testing.T, name string, known map[string]string, check checker) {
	t.Helper()
	if *wanted != "" && *wanted != name {
		return
	}
	if *tape != "" {
		t.Run(name, func(t *testing.T) { replay(t, name, check) })
		return
	}
	t.Run(name, func(t *testing.T) {
		if *speed > 0 {
			measure(t, name, check)
			return
		}
		if len(order.Modules()) == 0 {
			real(t, name, known, check)
			return
		}
		r := simulated(t, name, check)
		if *out != "" {
			if err := r.Write(*out); err != nil {
				t.Fatal(err)
			}
			return
		}
		for _, f := range r.Findings {
			t.Errorf("%s: %s\n%s", f.Rule, f.Text, f.Tape)
		}
	})
}

// replay makes the run of a tape again, if it is one of the subject.
func replay(t *testing.T, name string, check checker) {
	t.Helper()
	given, err := scheduler.ParseTape(*tape)
	if err != nil {
		t.Fatal(err)
	}
	if given.Subject != name {
		t.Skipf("the tape is one of %s", given.Subject)
	}
	r, err := check(t, &proptest.Options{Subject: name, Dir: t.TempDir()}, *tape)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failure == nil {
		t.Fatalf("the run breaks no rule: %s", r.Diverged)
	}
	t.Log(r.Failure.Screen(""))
}

// real judges a subject on the running kernel, by its lawful behavior alone: nothing
// invents faults there. It fails for every rule that is not known to be broken.
func real(t *testing.T, name string, known map[string]string, check checker) {
	t.Helper()
	r, err := check(t, &proptest.Options{Subject: name, RealOnly: true, Host: realdemux.NewHost, HostRuns: realRuns, Seed: *seed, Dir: t.TempDir(), PassOver: func(rule, _ string) bool {
		why, is := known[rule]
		if is {
			t.Logf("%s may be broken: %s", rule, why)
		}
		return is
	}}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Errorf("%s: %s\n%s", f.Rule, f.Text, f.Screen(""))
	}
}

// echo3 is an echo with three clients.
const echo3 = "e1+peer.3,write.100,await.100,fin"

// measure tells how long a run takes that every engine makes, and what it allocates.
func measure(t *testing.T, name string, check checker) {
	t.Helper()
	run := func(n int) {
		r, err := check(t, &proptest.Options{Runs: n, Seed: *seed, Subject: name, Dir: t.TempDir(), Workload: echo3, Digests: true, ShrinkCalls: 1}, "")
		if err != nil || len(r.Digests) != n {
			t.Fatalf("%d of %d runs: %v", len(r.Digests), n, err)
		}
	}
	run(*speed/10 + 1) // it grows what it keeps
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	run(*speed)
	took := time.Since(began)
	runtime.ReadMemStats(&after)
	n := uint64(*speed)
	t.Logf("%v, %d allocations and %d bytes a run", took/time.Duration(n), (after.Mallocs-before.Mallocs)/n, (after.TotalAlloc-before.TotalAlloc)/n)
}

// simulated searches for violations. Causes of violations of one rule are told apart.
func simulated(t *testing.T, name string, check checker) *engines.Result {
	t.Helper()
	r := &engines.Result{Engine: *engine, Version: *version, Subject: name, Kept: map[string]int{}, Exempt: map[string]string{}}
	o := &proptest.Options{
		Runs: *runs, Seed: *seed, Subject: name, Dir: t.TempDir(), Hang: time.Minute, Cause: engines.Cause, ShrinkCalls: *shrink, Digests: *digests,
	}
	began := time.Now()
	report, err := check(t, o, "")
	if err != nil {
		r.Problem = err.Error()
	} else {
		r.Add(report)
	}
	r.Elapsed = time.Since(began)
	return r
}
