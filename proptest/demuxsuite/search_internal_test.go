package demuxsuite

import (
	"flag"
	"testing"

	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

var (
	searches   = flag.Int("demuxsuite.searches", 1, "how many searches TestSuitesPassEveryChoice makes of each suite")
	searchRuns = flag.Int("demuxsuite.runs", 600, "how many runs each of them has")
	searchSeed = flag.Uint64("demuxsuite.seed", 1, "the seed of the first")
)

// searchedPlans are the kernels that a case must pass. Wait of an adversarial one
// returns nothing for no reason, W1's exception; the suite does not bear that.
var searchedPlans = []fakedemux.Plan{
	fakedemux.DefaultPlan,
	{Mode: fakedemux.POSIX, Faults: 3},
	{Mode: fakedemux.Adversarial, Faults: 3, Off: "u"},
}

// TestSuitesPassEveryChoice searches both suites on kernels that use their
// freedom. The backends are those that ship, so whatever a case reports is a false
// alarm, or a bug of the simulated kernel. "make check-suites" searches longer.
func TestSuitesPassEveryChoice(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		for _, plan := range searchedPlans {
			t.Run(dialect+"/"+plan.String(), func(t *testing.T) {
				t.Parallel()
				for seed := *searchSeed; seed < *searchSeed+uint64(*searches); seed++ {
					for _, name := range []string{DemuxName, CompleterName} {
						o := core.Options{Dialect: dialect, Plan: &plan, Runs: *searchRuns, Seed: seed, Subject: name, Dir: t.TempDir()}
						passes(t, Suite(name, nil), &o)
					}
				}
			})
		}
	}
}

// passes fails the test for each rule that a search finds broken.
func passes(t *testing.T, s core.Suite, o *core.Options) *core.Report {
	t.Helper()
	r, err := core.Check(s, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Failures {
		t.Errorf("seed %d: %s: %s", o.Seed, f.Rule, f.Screen(f.Tape))
	}
	return r
}
