package scheduler_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"reactortest/scheduler"
)

// Ways for a task to end a run.
func TestTaskPanics(t *testing.T) {
	cause := errors.New("mine")
	for _, c := range []struct {
		why  string
		body func(s *scheduler.Tasks)
		want string
	}{
		{"a panic ends the run and names the task", func(*scheduler.Tasks) { panic(cause) }, "task bad panicked: mine"},
		{
			"a panic between switch points too",
			func(s *scheduler.Tasks) { s.Switch(at("read")); panic("later") }, "task bad panicked: later",
		},
		{"Goexit is named", func(*scheduler.Tasks) { runtime.Goexit() }, "task bad: the task called runtime.Goexit"},
		{"FailNow is a Goexit", func(*scheduler.Tasks) { (&testing.T{}).FailNow() }, "task bad: the task called runtime.Goexit"},
		{
			"a Goexit from a nested call runs the deferred functions",
			func(s *scheduler.Tasks) { defer s.Switch(at("close")); runtime.Goexit() }, "task bad: the task called runtime.Goexit",
		},
	} {
		s := newTasks(t, nil, scheduler.Budget{})
		cleaned := 0
		s.Go("waits", func() {
			defer func() { cleaned++ }()
			s.Block(at("wait"), -1)
		})
		s.Go("bad", func() { c.body(s) })
		err := s.Run()
		mustContain(t, err, c.want)
		var broken *scheduler.TaskPanic
		if !errors.As(err, &broken) || !strings.Contains(string(broken.Stack), "coroutine_test.go") {
			t.Errorf("%s: the stack does not show the task", c.why)
		}
		s.Stop()
		if cleaned != 1 {
			t.Errorf("%s: the deferred function of the blocked task ran %d times", c.why, cleaned)
		}
	}
}

// A handler that recovers its own panics lives on.
func TestRecoveredPanicIsTheTasksOwn(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	s.Go("careful", func() {
		defer func() { _ = recover() }()
		panic("mine")
	})
	if err := s.Run(); err != nil {
		t.Errorf("a recovered panic ended the run: %v", err)
	}
}

// What the tasks of an abandoned run do against being stopped.
func TestStopCannotBeHeldUp(t *testing.T) {
	forever := at("forever")
	for _, c := range []struct {
		why  string
		body func(s *scheduler.Tasks, alive *bool)
	}{
		{"a recover does not hold a stopped task", func(s *scheduler.Tasks, alive *bool) {
			func() {
				defer func() { _ = recover() }()
				s.Block(forever, -1)
			}()
			*alive = true
		}},
		{"a deferred function that blocks leaves too", func(s *scheduler.Tasks, alive *bool) {
			defer func() {
				s.Block(forever, -1)
				*alive = true
			}()
			s.Block(forever, -1)
		}},
		{"a deferred function that recovers and calls leaves too", func(s *scheduler.Tasks, alive *bool) {
			defer func() {
				_ = recover()
				s.Switch(at("again"))
				*alive = true
			}()
			s.Block(forever, -1)
		}},
		{"a deferred function that panics does not surface", func(s *scheduler.Tasks, _ *bool) {
			defer func() { panic("while stopping") }()
			s.Block(forever, -1)
		}},
		{"a deferred function may wake others and start tasks that do not run", func(s *scheduler.Tasks, alive *bool) {
			me := s.Current()
			defer func() {
				s.Go("late", func() { *alive = true })
				s.Ready(me)
			}()
			s.Block(forever, -1)
		}},
	} {
		s := newTasks(t, nil, scheduler.Budget{})
		for range 3 {
			s.Reset()
			alive, ran := false, false
			s.Go("stubborn", func() { c.body(s, &alive) })
			s.Go("other", func() { ran = true })
			mustContain(t, s.Run(), "deadlock", "task stubborn waits in forever")
			s.Stop()
			if left := s.Left(); len(left) != 1 {
				t.Errorf("%s: %d tasks are left after Stop, want the stubborn one", c.why, len(left))
			}
			if alive {
				t.Errorf("%s", c.why)
			}
			if !ran {
				t.Errorf("%s: the run after it lost a task", c.why)
			}
		}
	}
}

func TestAbandonedRunsLeakNoGoroutine(t *testing.T) {
	// A bubble fails when it ends with goroutines left in it. To count those of
	// the process would be no use: some that have ended are still counted.
	synctest.Test(t, func(t *testing.T) {
		const runs = 10_000
		s := newTasks(t, nil, scheduler.Budget{})
		for run := range runs {
			s.Reset()
			s.Go("waits", func() { s.Block(at("wait"), -1) })
			s.Go("switches", func() {
				for {
					s.Switch(at("poll"))
					if s.Steps() > 10 {
						s.Fail(errors.New("abandoned"))
					}
				}
			})
			s.Go("ends", func() {
				switch run % 3 {
				case 0:
					panic("a panic")
				case 1:
					runtime.Goexit()
				}
			})
			if s.Run() == nil {
				t.Fatal("the run was not abandoned")
			}
		}
		s.Stop()
	})
}

// three returns the order in which three tasks make three calls each.
func three(t *testing.T, s scheduler.Strategy) string {
	t.Helper()
	tasks := newTasks(t, s, scheduler.Budget{})
	var order strings.Builder
	for _, name := range []string{"a", "b", "c"} {
		tasks.Go(name, func() {
			for i := range 3 {
				tasks.Switch(at("call"))
				fmt.Fprintf(&order, "%s%d ", name, i)
			}
		})
	}
	if err := tasks.Run(); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(order.String())
}

func TestOrderOfTasks(t *testing.T) {
	for _, c := range []struct {
		why      string
		strategy scheduler.Strategy
		want     string
	}{
		{"quiet: the task that ran last goes on, in the order of starting", nil, "a0 a1 a2 b0 b1 b2 c0 c1 c2"},
		{
			"one preemption: it goes to the end, since it has waited least",
			&answers{list: []int{0, 0, 1}}, "a0 b0 b1 b2 c0 c1 c2 a1 a2",
		},
		{
			"the last alternative is the one that came last",
			&answers{list: []int{0, 2}}, "c0 c1 c2 b0 b1 b2 a0 a1 a2",
		},
		{"round robin: each in turn", scheduler.NewRoundRobin(), "a0 b0 c0 a1 b1 c1 a2 b2 c2"},
	} {
		if got := three(t, c.strategy); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.why, got, c.want)
		}
	}
}

// The second task ends the wait of the first, and others wait in between.
func TestQuietOrderAfterBlock(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	var order []string
	first := s.Go("first", func() {
		order = append(order, "first waits")
		s.Block(at("wait"), -1)
		order = append(order, "first woken")
	})
	s.Go("second", func() {
		s.Ready(first)
		s.Ready(first) // of a runnable task: nothing
		order = append(order, "second goes on")
	})
	s.Go("third", func() { order = append(order, "third") })
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	want := "first waits, second goes on, third, first woken"
	if got := strings.Join(order, ", "); got != want {
		t.Errorf("order %s, want %s", got, want)
	}
}

func TestFairnessAfter64Steps(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	var order strings.Builder
	for _, name := range []string{"a", "b", "c"} {
		s.Go(name, func() {
			for range 100 {
				s.Switch(at("poll"))
				order.WriteString(name)
			}
		})
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	var turns []string
	for rest := order.String(); rest != ""; {
		n := len(rest) - len(strings.TrimLeft(rest, rest[:1]))
		turns = append(turns, fmt.Sprintf("%s%d", rest[:1], n))
		rest = rest[n:]
	}
	// a parks at the entry of its 65th call; once b and c have ended too far to
	// compete, the last one goes on alone
	if got, want := strings.Join(turns, " "), "a64 b64 c64 a36 b36 c36"; got != want {
		t.Errorf("turns %s, want %s", got, want)
	}
	for _, d := range s.Recorder().Decisions() {
		if d.Got != 0 {
			t.Fatalf("decision %v on a quiet run", d)
		}
	}
}

func TestDeadlockReport(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	s.Go("loop", func() { s.Block(scheduler.Call{Name: "epoll_wait", Handle: 4}, -1) })
	s.Go("done", func() {})
	s.Go("peer", func() {
		s.Block(at("sleep"), s.After(1500))
		s.Block(scheduler.Call{Name: "read", Handle: 0}, -1)
	})
	want := "deadlock at 1.5µs: no runnable task, no timer, no pending step" +
		"\n\ttask loop waits in epoll_wait(4)\n\ttask peer waits in read(0)"
	if err := s.Run(); errorText(err) != want {
		t.Errorf("report\n%v\nwant\n%s", err, want)
	}
	var names []string
	for _, left := range s.Left() {
		names = append(names, left.Name())
	}
	if got := strings.Join(names, " "); got != "loop peer" {
		t.Errorf("left are %s, want loop peer", got)
	}
}

// Two tasks poll while a third sleeps: each of them is in the report.
func TestLivelockReport(t *testing.T) {
	s := newTasks(t, scheduler.NewRandom(1), scheduler.Budget{Decisions: 100})
	for range 2 {
		s.Go("poller", func() {
			for {
				s.Switch(at("poll"))
			}
		})
	}
	s.Go("sleeper", func() { s.Block(at("sleep"), 7) })
	err := s.Run()
	mustContain(t, err, "livelock: the budget of 100 decisions is spent", "task poller is at poll\n\ttask poller is at poll")
	var live *scheduler.Livelock
	if !errors.As(err, &live) || live.Budget != "decisions" {
		t.Errorf("error %T, want a Livelock of decisions", err)
	}
}

func TestStepsByTask(t *testing.T) {
	s := newTasks(t, scheduler.NewRandom(1), scheduler.Budget{})
	for _, n := range []int{3, 0, 5} {
		s.Go("t", func() {
			for range n {
				s.Switch(at("call"))
			}
		})
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(s.StepsByTask(), s.Steps()); got != "[3 0 5] 8" {
		t.Errorf("steps %s, want [3 0 5] 8", got)
	}
}

// The kernel's hooks: one runs at the next switch point after Attend or Alert, one
// is the last chance before time moves.
func TestHooks(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	looks := 0
	s.AtSwitch = func() { looks++ }
	var sleeper *scheduler.Task
	s.BeforeIdle = func() { s.Ready(sleeper) }
	sleeper = s.Go("sleeper", func() {
		s.Switch(at("nothing to look at"))
		if looks != 0 {
			t.Errorf("AtSwitch was called %d times before Attend", looks)
		}
		s.Attend()
		s.Switch(at("look"))
		s.Alert()
		if s.Block(at("sleep"), 10) != scheduler.WokenUp || s.Now() != 0 {
			t.Error("time moved before BeforeIdle had its say")
		}
	})
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if looks != 2 {
		t.Errorf("AtSwitch was called %d times, want once after Attend and once after Alert", looks)
	}
}

// An alternative tells a strategy what it needs, the same in every run with
// the same past.
func TestAlternatives(t *testing.T) {
	script := &answers{}
	s := newTasks(t, script, scheduler.Budget{})
	s.Go("reads", func() {
		s.Switch(at("first"))
		s.Switch(scheduler.Call{Name: "read", Handle: 3, Object: 7, Reads: true})
	})
	s.Go("writes", func() { s.Switch(scheduler.Call{Name: "write", Handle: 3, Object: 7}) })
	s.Pend(&scheduler.Step{Name: "deliver", Actor: 1 << 32, Object: 9, Do: func() {}})
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	got := script.asked[2]
	want := []scheduler.Alternative{
		{Actor: 0, Step: 2, Object: 7, Reads: true},
		{Actor: 1, Step: 0},
		{Actor: 1 << 32, Step: 1, Object: 9},
	}
	if got.Point != scheduler.PointTask || got.N != 3 || fmt.Sprint(got.Alts) != fmt.Sprint(want) {
		t.Errorf("third choice %v, want %v", got, want)
	}
}

// More tasks than a choice can offer: all of them run.
func TestMoreTasksThanAlternatives(t *testing.T) {
	s := newTasks(t, scheduler.NewRandom(3), scheduler.Budget{})
	const many = 3 * scheduler.MaxAlternatives
	ran := 0
	for range many {
		s.Go("t", func() {
			for range 3 {
				s.Switch(at("call"))
			}
			ran++
		})
	}
	s.Pend(&scheduler.Step{Name: "deliver", Do: func() { ran++ }})
	if err := s.Run(); err != nil || ran != many+1 {
		t.Errorf("%d of %d ran: %v", ran, many+1, err)
	}
}

func TestParallelRuns(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			s := newTasks(t, nil, scheduler.Budget{})
			strategy := scheduler.NewSearch(seed)
			for run := range 200 {
				if story, _ := play(strategy, run, s); !strings.HasSuffix(story, "ok") {
					t.Fatalf("run %d: %s", run, story)
				}
			}
		})
	}
}

// TestPoolKeepsCoroutines makes many runs, some of them aborted, with one pool:
// tasks reuse coroutines, and Close leaves none.
func TestPoolKeepsCoroutines(t *testing.T) {
	before := runtime.NumGoroutine()
	rec := scheduler.NewRecorder(0)
	s := scheduler.NewTasks(scheduler.NewCoroutinePool(), rec, scheduler.Budget{})
	most, ran := 0, 0
	for run := range 1000 {
		s.Reset()
		rec.Begin(nil)
		for range 5 {
			s.Go("task", func() {
				ran++
				s.Switch(scheduler.Call{Name: "step", Handle: -1})
				switch run % 10 {
				case 3:
					panic("on purpose")
				case 5:
					runtime.Goexit()
				case 7:
					s.Block(scheduler.Call{Name: "forever", Handle: -1}, -1)
				}
			})
		}
		if err := s.Run(); (err != nil) != (run%10 == 3 || run%10 == 5 || run%10 == 7) {
			t.Fatalf("run %d: %v", run, err)
		}
		most = max(most, goroutines(before+16))
	}
	if ran < 4000 {
		t.Errorf("%d tasks began, want 5 in most runs", ran)
	}
	if most > before+16 {
		t.Errorf("up to %d goroutines, %d before: coroutines are not reused", most, before)
	}
	s.Close()
	if n := goroutines(before); n > before {
		t.Errorf("%d goroutines after Close, %d before", n, before)
	}
}

// goroutines returns how many there are, when those that are about to end have
// ended: the ones that have stopped others may wait for a turn first. It waits
// until there are no more than enough.
func goroutines(enough int) int {
	for range 10_000_000 {
		if runtime.NumGoroutine() <= enough {
			break
		}
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}
