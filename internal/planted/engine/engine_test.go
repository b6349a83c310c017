package engine_test

import (
	"flag"
	"slices"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted/engine"
	"reactortest/proptest"
	"reactortest/realdemux"
)

var (
	every     = flag.Int("engines.every", 8, "search for one of so many planted bugs")
	seeds     = flag.Int("engines.seeds", 1, "seeds of the search for each planted bug")
	legalRuns = flag.Int("engines.legal", 100, "runs of each correct engine on each dialect")
	screens   = flag.Bool("engines.screens", false, "print the history of a false alarm")
	all       = flag.Bool("engines.all", false, "search on every dialect that a bug shows on")
	realRuns  = flag.Int("engines.real", 4, "runs of each correct engine on the running kernel")
	limit     = flag.Int("engines.runs", 20_000, "runs in which each planted bug must be found")
)

// dialects returns the kernels that a subject works on.
func dialects(t *testing.T, s engine.Subject) []string {
	t.Helper()
	var fitting []string
	for _, dialect := range fakedemux.Dialects() {
		k := fakedemux.New(&fakedemux.Options{Dialect: dialect})
		err := k.Run(func() {
			var d demux.Demux
			if d, _ = k.Open(); s.Fits(d, dialect) {
				fitting = append(fitting, dialect)
			}
			_ = d.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		k.Stop()
	}
	return fitting
}

func check(t *testing.T, s engine.Subject, o proptest.Options) *proptest.Report {
	t.Helper()
	o.Subject, o.Dir, o.NoShrink = s.Name, t.TempDir(), true
	r, err := proptest.CheckEngine(s.New, &o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestBugsAreFound searches for each bug until its rule is broken.
func TestBugsAreFound(t *testing.T) {
	if testing.Short() {
		t.Skip("searches for minutes")
	}
	for i, s := range engine.All() {
		t.Run(s.Name, func(t *testing.T) {
			if i%max(*every, 1) != 0 {
				t.Skip("searched for with -engines.every=1")
			}
			on := dialects(t, s)
			if !*all {
				on = on[:1]
			}
			for _, dialect := range on {
				for seed := range *seeds {
					find(t, s, dialect, uint64(seed))
				}
			}
		})
	}
}

func find(t *testing.T, s engine.Subject, dialect string, seed uint64) {
	t.Helper()
	r := check(t, s, proptest.Options{
		Runs: *limit, Seed: seed, Dialect: dialect, FirstOnly: true,
		PassOver: func(rule, _ string) bool { return rule != s.Rule },
	})
	if f := r.Failure; f != nil && f.Rule == s.Rule {
		t.Logf("%s, seed %d: %s in run %d", dialect, seed, f.Rule, f.Run)
	} else {
		t.Errorf("%s, seed %d: %d runs, and %s is not broken", dialect, seed, r.Simulated.Runs, s.Rule)
	}
}

// TestLegal has the correct engines judged. A report is a false alarm.
func TestLegal(t *testing.T) {
	runs := *legalRuns / slower
	if testing.Short() {
		runs /= 4
	}
	for _, s := range engine.Legal() {
		for _, dialect := range dialects(t, s) {
			t.Run(s.Name+"/"+dialect, func(t *testing.T) {
				r := check(t, s, proptest.Options{Runs: max(runs, 1), Dialect: dialect})
				for _, f := range r.Failures {
					t.Errorf("run %d: %s: %s\n%s", f.Run, f.Rule, f.Text, f.Tape)
					if *screens {
						t.Log(f.Screen(""))
					}
				}
			})
		}
	}
}

// TestLegalReal has the correct engines judged on the running kernel.
func TestLegalReal(t *testing.T) {
	for _, s := range engine.Legal() {
		t.Run(s.Name, func(t *testing.T) {
			d, err := realdemux.Open()
			if err != nil {
				t.Fatal(err)
			}
			fits := s.Fits(d, "")
			_ = d.Close()
			if !fits {
				t.Skip("the running kernel does not have what it needs")
			}
			r := check(t, s, proptest.Options{RealOnly: true, Host: realdemux.NewHost, HostRuns: *realRuns})
			for _, f := range r.Failures {
				t.Errorf("run %d: %s: %s\n%s", f.Run, f.Rule, f.Text, f.Screen(""))
			}
		})
	}
}

// TestList checks that the list covers every rule and says what each bug is.
func TestList(t *testing.T) {
	broken := map[string]bool{}
	for _, s := range engine.All() {
		broken[s.Rule] = true
	}
	for _, p := range proptest.EngineRules() {
		if !broken[p.Name] {
			t.Errorf("no engine breaks %s", p.Name)
		}
		delete(broken, p.Name)
	}
	for rule := range broken {
		t.Errorf("no rule is called %s", rule)
	}
	names := map[string]bool{}
	for _, s := range slices.Concat(engine.All(), engine.Legal(), engine.Pending()) {
		if names[s.Name] {
			t.Errorf("two engines are called %s", s.Name)
		}
		names[s.Name] = true
		if found, _ := engine.Lookup(s.Name); found.Name != s.Name || len(s.Why) < 10 {
			t.Errorf("%s: Lookup returns %q, why it is there: %q", s.Name, found.Name, s.Why)
		}
	}
}
