package scheduler_test

import (
	"fmt"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// strategies are those that draw, round robin and quiet.
var strategies = []struct {
	name string
	new  func(seed uint64) scheduler.Strategy
}{
	{"quiet", func(uint64) scheduler.Strategy { return scheduler.NewQuiet() }},
	{"random", scheduler.NewRandom},
	{"sparse", func(seed uint64) scheduler.Strategy { return scheduler.NewSparse(seed, 2) }},
	{"pct-1", func(seed uint64) scheduler.Strategy { return scheduler.NewPCT(seed, 1) }},
	{"pct-3", func(seed uint64) scheduler.Strategy { return scheduler.NewPCT(seed, 3) }},
	{"round-robin", func(uint64) scheduler.Strategy { return scheduler.NewRoundRobin() }},
	{"search", scheduler.NewSearch},
}

// A strategy with the same seed makes the same runs, and no two runs of one
// that draws need be the same.
func TestStrategiesAreDeterministic(t *testing.T) {
	for _, c := range strategies {
		t.Run(c.name, func(t *testing.T) {
			tasks := newTasks(t, nil, scheduler.Budget{})
			one, two := c.new(7), c.new(7)
			other, differs := c.new(8), false
			for run := range 60 {
				a, _ := play(one, run, tasks)
				tapeA := scheduler.Digits(tasks.Recorder().Decisions())
				b, _ := play(two, run, tasks)
				tapeB := scheduler.Digits(tasks.Recorder().Decisions())
				if a != b || tapeA != tapeB {
					t.Fatalf("run %d differs:\n%s %s\n%s %s", run, tapeA, a, tapeB, b)
				}
				story, _ := play(other, run, tasks)
				differs = differs || story != a
			}
			if drawn := c.name != "quiet" && c.name != "round-robin"; differs != drawn {
				t.Errorf("another seed makes other runs: %v, want %v", differs, drawn)
			}
		})
	}
}

// The run of any strategy, replayed from its digits, from bytes, from its
// decisions and from its deviations, is that run.
func TestReplayOfAnyRun(t *testing.T) {
	for _, c := range strategies {
		t.Run(c.name, func(t *testing.T) {
			tasks := newTasks(t, nil, scheduler.Budget{})
			s := c.new(11)
			for run := range 60 {
				story, _ := play(s, run, tasks)
				decisions := append([]scheduler.Decision(nil), tasks.Recorder().Decisions()...)
				digest, digits := scheduler.Digest("w1", decisions, ""), scheduler.Digits(decisions)
				for name, replay := range map[string]scheduler.Strategy{
					"digits":     scheduler.NewReplay(digits, true),
					"lax":        scheduler.NewReplay(digits, false),
					"bytes":      scheduler.NewReplayBytes([]byte(digits)),
					"decisions":  scheduler.NewReplayDecisions(decisions),
					"deviations": scheduler.NewDeviations(scheduler.FindDeviations(decisions)),
				} {
					again, more := play(replay, 0, tasks)
					if !more || again != story || scheduler.Digest("w1", tasks.Recorder().Decisions(), "") != digest {
						t.Fatalf("run %d replayed from %s:\n%s\nwas\n%s", run, name, again, story)
					}
					if e, ok := replay.(interface{ Err() error }); ok && e.Err() != nil {
						t.Fatalf("run %d replayed from %s: %v", run, name, e.Err())
					}
					if replay.Begin(1) {
						t.Fatalf("a replay from %s has a second run", name)
					}
				}
			}
		})
	}
}

func TestReplayDivergence(t *testing.T) {
	for _, c := range []struct {
		why    string
		replay *scheduler.Replay
		want   []string // of the error, none if nil
		digits string   // what was decided
	}{
		{"past the end every choice is quiet", scheduler.NewReplay("1", true), nil, "1"},
		{"a digit beyond the bound", scheduler.NewReplay("12", true), []string{"decision 1", "digit '2' is 2", "test-fault of 2 (0 to 1)"}, "1"},
		{"no digit", scheduler.NewReplay("1!", true), []string{"no digit at decision 1", "'!'"}, "1"},
		{"fuzzing takes digits modulo the bound", scheduler.NewReplay("13", false), nil, "11"},
		{"and any other byte is quiet", scheduler.NewReplayBytes([]byte("\xff1\x00-z")), nil, "01001"},
		{"a run that ends early", scheduler.NewReplay("010010", true), []string{"ended after 5 decisions, recorded were 6"}, "01001"},
		{
			"another point",
			scheduler.NewReplayDecisions([]scheduler.Decision{{Point: pointFault, N: 2, Got: 1}, {Point: pointOrder, N: 2}}),
			[]string{"diverged at decision 1: recorded was test-order 0/2, asked is test-fault of 2"},
			"1",
		},
		{
			"another bound",
			scheduler.NewReplayDecisions([]scheduler.Decision{{Point: pointFault, N: 3, Got: 1}}),
			[]string{"diverged at decision 0: recorded was test-fault 1/3, asked is test-fault of 2"},
			"",
		},
		{"past the end of decisions too", scheduler.NewReplayDecisions([]scheduler.Decision{{Point: pointFault, N: 2, Got: 1}}), nil, "1"},
	} {
		rec := scheduler.NewRecorder(0)
		c.replay.Begin(0)
		rec.Begin(c.replay)
		for range 5 {
			rec.Fault(pointFault, 0)
		}
		c.replay.End(scheduler.Result{Decisions: len(rec.Decisions())})
		if got := scheduler.Digits(rec.Decisions()); got != c.digits {
			t.Errorf("%s: decided %q, want %q", c.why, got, c.digits)
		}
		if c.want != nil {
			mustContain(t, c.replay.Err(), c.want...)
		} else if c.replay.Err() != nil {
			t.Errorf("%s: %v", c.why, c.replay.Err())
		}
	}
}

// Faults come as often as their choice asks for; orders are uniform.
func TestDraws(t *testing.T) {
	const draws = 20_000
	alts := make([]scheduler.Alternative, 4)
	for i := range alts {
		alts[i].Actor = uint64(i)
	}
	for _, c := range []struct {
		why     string
		choice  scheduler.Choice
		percent []int // by alternative
	}{
		{"without Quiet uniform", scheduler.Choice{Point: pointFault, N: 4}, []int{25, 25, 25, 25}},
		{"64 of 256 quiet, the rest uniform", scheduler.Choice{Point: pointFault, N: 4, Quiet: 64}, []int{25, 25, 25, 25}},
		{"192 of 256 quiet", scheduler.Choice{Point: pointFault, N: 3, Quiet: 192}, []int{75, 13, 13}},
		{"at choices with Alts Quiet means nothing", scheduler.Choice{Point: pointOrder, N: 4, Quiet: 192, Alts: alts}, []int{25, 25, 25, 25}},
	} {
		s := scheduler.NewRandom(5)
		s.Begin(0)
		counts := make([]int, c.choice.N)
		for range draws {
			counts[s.Choose(&c.choice)]++
		}
		for i, n := range counts {
			if got := 100 * n / draws; got < c.percent[i]-2 || got > c.percent[i]+2 {
				t.Errorf("%s: alternative %d in %d%%, want %d%%", c.why, i, got, c.percent[i])
			}
		}
	}
}

// Sparse learns from the first runs how long runs are, and then deviates about as often as told.
func TestSparseDeviatesSeldom(t *testing.T) {
	s := scheduler.NewSparse(3, 4)
	const runs, decisions = 200, 1000
	deviations := 0
	for run := range runs {
		s.Begin(run)
		for range decisions {
			if s.Choose(&scheduler.Choice{Point: pointFault, N: 3}) != 0 && run >= scheduler.LearningRuns {
				deviations++
			}
		}
		s.End(scheduler.Result{Decisions: decisions})
	}
	if mean := float64(deviations) / (runs - scheduler.LearningRuns); mean < 3 || mean > 5 {
		t.Errorf("%.1f deviations a run, want about 4", mean)
	}
}

// With depth 1 PCT never preempts: every task runs to its end, in any order.
func TestPCTRanksActors(t *testing.T) {
	pct := scheduler.NewPCT(1, 1)
	orders := map[string]bool{}
	for run := range 100 {
		pct.Begin(run)
		order := three(t, pct)
		for _, name := range []string{"a", "b", "c"} {
			if !strings.Contains(order, fmt.Sprintf("%s0 %s1 %s2", name, name, name)) {
				t.Fatalf("a preemption: %s", order)
			}
		}
		orders[order] = true
	}
	if len(orders) != 6 {
		t.Errorf("%d orders of three tasks, want 6", len(orders))
	}
}

// With depth 2 there is one preemption a run at most.
func TestPCTChangesPriorities(t *testing.T) {
	pct := scheduler.NewPCT(1, 2)
	preempted := 0
	for run := range 200 {
		pct.Begin(run)
		order := strings.Fields(three(t, pct))
		pct.End(scheduler.Result{Decisions: 10})
		blocks := 1
		for i := 1; i < len(order); i++ {
			if order[i][0] != order[i-1][0] {
				blocks++
			}
		}
		if blocks > 4 {
			t.Fatalf("more than one preemption: %s", order)
		}
		if blocks == 4 {
			preempted++
		}
	}
	if preempted < 50 {
		t.Errorf("%d of 200 runs have a preemption, want many", preempted)
	}
}

// A poller of high priority must not keep those away for whom it polls.
func TestPCTIsFairToPolledTasks(t *testing.T) {
	for depth := 1; depth <= 3; depth++ {
		pct := scheduler.NewPCT(2, depth)
		s := newTasks(t, nil, scheduler.Budget{})
		for run := range 50 {
			pct.Begin(run)
			s.Recorder().Begin(pct)
			s.Reset()
			done := 0
			for range 2 {
				s.Go("poller", func() {
					for done < 3 {
						s.Switch(at("poll"))
					}
				})
			}
			for range 3 {
				s.Go("worker", func() {
					s.Switch(at("work"))
					done++
				})
			}
			if err := s.Run(); err != nil {
				t.Fatalf("depth %d, run %d: %v", depth, run, err)
			}
			pct.End(result(s))
		}
	}
}

// In the steady state no strategy allocates when it is asked.
func TestNoAllocation(t *testing.T) {
	alts := make([]scheduler.Alternative, 5)
	for i := range alts {
		alts[i].Actor = uint64(i)
	}
	order := scheduler.Choice{Point: pointOrder, N: len(alts), Alts: alts}
	decisions := make([]scheduler.Decision, 0, 200)
	for range 100 {
		decisions = append(decisions,
			scheduler.Decision{Point: pointOrder, N: 5, Got: 1},
			scheduler.Decision{Point: pointFault, N: 2, Got: 1})
	}
	all := map[string]scheduler.Strategy{
		"replay":     scheduler.NewReplay(scheduler.Digits(decisions), true),
		"bytes":      scheduler.NewReplayBytes([]byte("1\xff2")),
		"decisions":  scheduler.NewReplayDecisions(decisions),
		"deviations": scheduler.NewDeviations(scheduler.FindDeviations(decisions)),
		"explore":    scheduler.NewExplore(0),
	}
	for _, c := range strategies {
		all[c.name] = c.new(1)
	}
	for name, s := range all {
		rec := scheduler.NewRecorder(0)
		run := 0
		once := func() {
			s.Begin(run)
			rec.Begin(s)
			for range 100 {
				rec.Choose(&order)
				rec.Fault(pointFault, 128)
			}
			s.End(scheduler.Result{Decisions: len(rec.Decisions())})
			if name == "random" || name == "search" {
				run++
			}
		}
		for range 10 {
			once()
		}
		if rec.Err() != nil {
			t.Fatalf("%s: %v", name, rec.Err())
		}
		if n := testing.AllocsPerRun(20, once); n != 0 {
			t.Errorf("%s: %v allocations a run of 200 choices", name, n)
		}
	}
}
