package demuxsuite

import (
	"flag"
	"fmt"
	"slices"
	"testing"

	"reactortest/fakedemux"
	"reactortest/scheduler"
)

var (
	searches   = flag.Int("demuxsuite.searches", 1, "how many searches TestSuitesPassEveryChoice makes of each case")
	searchRuns = flag.Int("demuxsuite.runs", 6, "how many runs each of them has")
	searchSeed = flag.Uint64("demuxsuite.seed", 1, "the seed of the first")
)

// searchedPlans are the kernels that a case must pass. Wait of an adversarial one
// returns nothing for no reason, W1's exception; the suite does not bear that.
var searchedPlans = []fakedemux.Plan{
	fakedemux.DefaultPlan,
	{Mode: fakedemux.POSIX, Faults: 3},
	{Mode: fakedemux.Adversarial, Faults: 3, Off: "u"},
}

// TestSuitesPassEveryChoice runs every case of both suites on kernels that use
// their freedom, under drawn schedules. The backends are those that ship, so
// whatever a case reports is a false alarm, or a bug of the simulated kernel.
// "make check-suites" searches longer.
func TestSuitesPassEveryChoice(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		for _, plan := range searchedPlans {
			searchSuites(t, dialect, &fakedemux.Options{Dialect: dialect, Plan: &plan})
		}
	}
}

func searchSuites(t *testing.T, name string, kernel *fakedemux.Options) {
	t.Helper()
	t.Run(name+"/"+kernel.Plan.String(), func(t *testing.T) {
		t.Parallel()
		kernel.Runner = scheduler.NewCoroutinePool()
		k := fakedemux.New(kernel)
		for _, r := range slices.Concat(readinessSuite, completionSuite) {
			for _, tc := range r.cases {
				searchCase(t, k, r.rule, tc)
			}
		}
	})
}

// searchCase makes searches of one case. It reports each kind of failure once,
// with how often it came and the first run that had it.
func searchCase(t *testing.T, k *fakedemux.Kernel, rule string, tc ruleCase) {
	t.Helper()
	var kinds []string // in the order they came
	first, count := make(map[string]string), make(map[string]int)
	for seed := *searchSeed; seed < *searchSeed+uint64(*searches); seed++ {
		strategy := scheduler.NewSearch(seed)
		for run := range *searchRuns {
			strategy.Begin(run)
			k.Reset(strategy)
			result := runCase(k, rule, tc, defaultPatience)
			strategy.End(scheduler.Result{
				Failed: len(result.failures) > 0, Decisions: len(k.Recorder().Decisions()), Steps: k.Tasks().StepsByTask(),
			})
			for _, f := range result.failures {
				kind := f.rule + " at " + f.at
				if count[kind]++; count[kind] == 1 {
					kinds = append(kinds, kind)
					first[kind] = fmt.Sprintf("seed %d, run %d: %s", seed, run, f.text)
				}
			}
		}
	}
	for _, kind := range kinds {
		t.Errorf("%s/%s: %s, %d times in %d runs; %s", rule, tc.name, kind, count[kind], *searches**searchRuns, first[kind])
	}
}
