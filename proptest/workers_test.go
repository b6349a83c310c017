package proptest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reactortest/demux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

// faulty is the built-in loop with two faults that show in different runs.
func faulty(tb testing.TB, h demux.Host) proptest.Reactor {
	return newRounded(tb, h).(rounded).twice()
}

func (r rounded) twice() proptest.Reactor { return twice{r} }

// TestReportDoesNotDependOnWorkers makes one search with one worker and with
// several.
func TestReportDoesNotDependOnWorkers(t *testing.T) {
	stale, _ := planted.Lookup("stale-event")
	for _, tt := range []struct {
		why     string
		subject proptest.NewReactor
		runs    int
	}{
		{"nothing is found", proptest.EventLoop, 600},
		{"one rule is broken", stale.New, 2000},
		{"several rules are broken", faulty, 2000},
	} {
		t.Run(tt.why, func(t *testing.T) {
			one := check(t, tt.subject, &proptest.Options{Runs: tt.runs, Seed: 3})
			if tt.why != "nothing is found" && one.Failure == nil {
				t.Fatal("nothing was found")
			}
			for _, workers := range []int{2, 5} {
				many := check(t, tt.subject, &proptest.Options{Runs: tt.runs, Seed: 3, Workers: workers})
				for _, r := range []*proptest.Report{one, many} {
					r.Simulated.Elapsed = 0
					for _, f := range r.Failures {
						f.Saved = ""
					}
				}
				if diff := cmp.Diff(one, many, cmpopts.IgnoreUnexported(proptest.Column{})); diff != "" {
					t.Errorf("%d workers:\n%s", workers, diff)
				}
			}
		})
	}
}

// TestShardsAddUp makes one search in one part and in three: the runs are the
// same, and so is the first failure of each rule.
func TestShardsAddUp(t *testing.T) {
	whole := check(t, faulty, &proptest.Options{Runs: 1200, Seed: 3})
	if len(whole.Failures) < 2 {
		t.Fatalf("%d rules are broken, want two at least", len(whole.Failures))
	}
	first := map[string]*proptest.Failure{}
	for shard := range 3 {
		part := check(t, faulty, &proptest.Options{Runs: 1200, Seed: 3, Shard: shard, Shards: 3, Workers: 1 + shard%2})
		for _, f := range part.Failures {
			if have := first[f.Rule]; have == nil || f.Run < have.Run {
				first[f.Rule] = f
			}
		}
	}
	for _, f := range whole.Failures {
		got := first[f.Rule]
		if got == nil || got.Run != f.Run || got.Tape != f.Tape {
			t.Errorf("%s: run %d with tape %s; in shards %+v", f.Rule, f.Run, f.Tape, got)
		}
	}
	correct, runs, decisions := check(t, proptest.EventLoop, &proptest.Options{Runs: 500, Seed: 3}), 0, 0
	for shard := range 3 {
		part := check(t, proptest.EventLoop, &proptest.Options{Runs: 500, Seed: 3, Shard: shard, Shards: 3})
		runs, decisions = runs+part.Simulated.Runs, decisions+part.Simulated.Decisions
	}
	if runs != 500 || decisions != correct.Simulated.Decisions {
		t.Errorf("the shards have made %d runs and %d decisions, the whole search 500 and %d", runs, decisions, correct.Simulated.Decisions)
	}
}
