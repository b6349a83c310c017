package scheduler_test

import (
	"slices"
	"testing"

	"reactortest/scheduler"
)

// A run is the same whatever was run between the learning runs and it.
func TestRunsAreIndependent(t *testing.T) {
	const runs = 3 * scheduler.LearningRuns
	for _, c := range strategies {
		t.Run(c.name, func(t *testing.T) {
			tasks := newTasks(t, nil, scheduler.Budget{})
			digits := func(s scheduler.Strategy, run int) string {
				play(s, run, tasks)
				return scheduler.Digits(tasks.Recorder().Decisions())
			}
			all := make([]string, runs)
			one := c.new(7)
			for run := range all {
				all[run] = digits(one, run)
			}
			for _, order := range orders(runs) {
				s := c.new(7)
				if _, is := s.(scheduler.Independent); !is {
					t.Fatalf("%T is not Independent", s)
				}
				for _, run := range order.runs {
					if got := digits(s, run); got != all[run] {
						t.Fatalf("%s: run %d is %s, want %s", order.why, run, got, all[run])
					}
				}
			}
		})
	}
}

type runOrder struct {
	why  string
	runs []int
}

// orders returns orders in which the runs may be made.
func orders(runs int) []runOrder {
	learning := make([]int, scheduler.LearningRuns)
	var even, odd, late []int
	for run := range runs {
		switch {
		case run < len(learning):
			learning[run] = run
			continue
		case run%2 == 0:
			even = append(even, run)
		default:
			odd = append(odd, run)
		}
		late = append(late, run)
	}
	backwards := slices.Clone(late)
	slices.Reverse(backwards)
	learnedBackwards := slices.Clone(learning)
	slices.Reverse(learnedBackwards)
	return []runOrder{
		{"one half of two", slices.Concat(learning, even)},
		{"the other half", slices.Concat(learning, odd)},
		{"backwards", slices.Concat(learning, backwards)},
		{"learning backwards", slices.Concat(learnedBackwards, late)},
		{"each twice", slices.Concat(learning, late, late)},
		{"learning twice", slices.Concat(learning, odd, learning, even)},
	}
}

// ended is how a run ended.
type ended struct {
	run int
	scheduler.Result
}

// Only the first runs teach how long runs are, each once, and a budget is no
// length: a strategy that planned for anything else would put its changes of
// priority elsewhere.
func TestLearnedLength(t *testing.T) {
	const learning = scheduler.LearningRuns
	first := func(decisions int, truncated bool) (list []ended) {
		for run := range learning {
			list = append(list, ended{run, scheduler.Result{Decisions: decisions, Truncated: truncated}})
		}
		return list
	}
	for _, c := range []struct {
		why   string
		ended []ended
		want  []ended // plans the same
	}{
		{"no run tells nothing", nil, nil},
		{"a truncated run tells nothing", first(9000, true), nil},
		{"a run without decisions tells nothing", first(0, false), nil},
		{"later runs tell nothing", []ended{{learning, scheduler.Result{Decisions: 9000}}}, nil},
		{
			"a run that is made again tells nothing",
			slices.Concat(first(1000, false), []ended{{3, scheduler.Result{Decisions: 90_000}}}), first(1000, false),
		},
		{
			"the mean counts, in any order",
			[]ended{{0, scheduler.Result{Decisions: 1500}}, {1, scheduler.Result{Decisions: 500}}},
			[]ended{{9, scheduler.Result{Decisions: 500}}, {2, scheduler.Result{Decisions: 1500}}},
		},
		{
			"a truncated run is not part of the mean",
			[]ended{{0, scheduler.Result{Decisions: 1000}}, {1, scheduler.Result{Decisions: 9, Truncated: true}}},
			first(1000, false),
		},
	} {
		if got, want := plan(c.ended, learning), plan(c.want, learning); got != want {
			t.Errorf("%s: deviations at\n%s, want\n%s", c.why, got, want)
		}
		if got, want := plan(c.ended, 5), plan(nil, 5); got != want {
			t.Errorf("%s: a learning run plans with what was learned", c.why)
		}
	}
	if plan(first(1000, false), learning) == plan(nil, learning) {
		t.Error("nothing was learned from runs of 1000 decisions")
	}
}

// plan returns the decisions at which a run of NewSparse deviates after others
// have ended so.
func plan(before []ended, run int) string {
	s := scheduler.NewSparse(3, 8)
	for _, e := range before {
		s.Begin(e.run)
		s.End(e.Result)
	}
	s.Begin(run)
	rec := scheduler.NewRecorder(0)
	rec.Begin(s)
	for range 1000 {
		rec.Fault(pointFault, 0)
	}
	return scheduler.Digits(rec.Decisions())
}
