package scheduler_test

import (
	"testing"

	"reactortest/scheduler"
)

// explore makes every run of body, and returns how the runs went.
func explore(t *testing.T, e *scheduler.Explore, budget scheduler.Budget, body func(s *scheduler.Tasks)) (tapes map[string]bool) {
	t.Helper()
	s := newTasks(t, nil, budget)
	tapes = map[string]bool{}
	for run := 0; e.Begin(run); run++ {
		s.Recorder().Begin(e)
		s.Reset()
		body(s)
		_ = s.Run() // a budget may end it
		tapes[scheduler.Digits(s.Recorder().Decisions())] = true
		e.End(result(s))
	}
	return tapes
}

// steps starts a task of n steps: the start is the first, each switch begins
// another.
func steps(s *scheduler.Tasks, n int) {
	s.Go("t", func() {
		for range n - 1 {
			s.Switch(at("call"))
		}
	})
}

func TestExploreCounts(t *testing.T) {
	for _, c := range []struct {
		why  string
		body func(s *scheduler.Tasks)
		runs int
	}{
		{"no choice is one run", func(s *scheduler.Tasks) { steps(s, 3) }, 1},
		{"two tasks of one step", func(s *scheduler.Tasks) { steps(s, 1); steps(s, 1) }, 2},
		{"two tasks of three steps: 6!/3!/3!", func(s *scheduler.Tasks) { steps(s, 3); steps(s, 3) }, 20},
		{"three tasks of two steps: 6!/2!/2!/2!", func(s *scheduler.Tasks) { steps(s, 2); steps(s, 2); steps(s, 2) }, 90},
		{"a task and two pending steps: 4!/2!", func(s *scheduler.Tasks) {
			steps(s, 2)
			for range 2 {
				s.Pend(&scheduler.Step{Do: func() {}})
			}
		}, 12},
		{"a number beyond 62: 2 digits", func(s *scheduler.Tasks) {
			s.Go("t", func() { s.Recorder().Pick(pointOrder, 130) })
		}, 130},
	} {
		e := scheduler.NewExplore(0)
		tapes := explore(t, e, scheduler.Budget{}, c.body)
		if e.Runs() != c.runs || len(tapes) != c.runs {
			t.Errorf("%s: %d runs, %d of them different, want %d", c.why, e.Runs(), len(tapes), c.runs)
		}
		if !e.Complete() || e.Truncated() != 0 || e.Err() != nil {
			t.Errorf("%s: complete %v, %d truncated, %v", c.why, e.Complete(), e.Truncated(), e.Err())
		}
	}
}

func TestExploreClaimsNoMoreThanItKnows(t *testing.T) {
	two := func(s *scheduler.Tasks) { steps(s, 3); steps(s, 3) }
	for _, c := range []struct {
		why       string
		max       int
		budget    scheduler.Budget
		runs      int
		truncated bool
		complete  bool
	}{
		{"one run too few", 19, scheduler.Budget{}, 19, false, false},
		{"as many as there are", 20, scheduler.Budget{}, 20, false, true},
		{"runs that a budget cut off", 0, scheduler.Budget{Steps: 3}, 20, true, false},
	} {
		e := scheduler.NewExplore(c.max)
		explore(t, e, c.budget, two)
		if c.truncated != (e.Truncated() > 0) || e.Complete() != c.complete || !c.truncated && e.Runs() != c.runs {
			t.Errorf("%s: %d runs, %d truncated, complete %v", c.why, e.Runs(), e.Truncated(), e.Complete())
		}
		for range 3 {
			if e.Begin(c.runs) {
				t.Errorf("%s: it goes on after its end", c.why)
			}
		}
		if e.Complete() != c.complete {
			t.Errorf("%s: complete is %v after more questions", c.why, e.Complete())
		}
	}
}

// A subject that asks differently with the same past cannot be explored.
func TestExploreNoticesNondeterminism(t *testing.T) {
	for _, c := range []struct {
		why  string
		ask  func(run int, rec *scheduler.Recorder)
		want string
	}{
		{"another bound", func(run int, rec *scheduler.Recorder) {
			rec.Pick(pointOrder, 2+run)
			rec.Pick(pointOrder, 2)
		}, "decision 0 was test-order of 2, with the same past it is test-order of 3"},
		{"fewer choices", func(run int, rec *scheduler.Recorder) {
			for range 3 - 2*run {
				rec.Pick(pointOrder, 2)
			}
		}, "ended after 1 decisions, with the same past it had made 3"},
	} {
		e, rec := scheduler.NewExplore(0), scheduler.NewRecorder(0)
		for run := range 2 {
			e.Begin(run)
			rec.Begin(e)
			c.ask(run, rec)
			e.End(scheduler.Result{Decisions: len(rec.Decisions())})
		}
		mustContain(t, e.Err(), c.want)
		if e.Begin(2) || e.Complete() {
			t.Errorf("%s: it goes on, or claims to be complete", c.why)
		}
	}
}
