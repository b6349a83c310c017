package scheduler_test

import (
	"errors"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// Points of the tests. No other package registers names like these.
var (
	pointFault  = scheduler.NewPoint("test-fault", "a test's")
	pointOrder  = scheduler.NewPoint("test-order", "a test's")
	pointAmount = scheduler.NewPoint("test-amount", "a test's")
)

// at is a call without a descriptor.
func at(name string) scheduler.Call { return scheduler.Call{Name: name, Handle: -1} }

// newTasks returns tasks by coroutines, stopped at the end of the test, with
// the choices of one run answered by s.
func newTasks(tb testing.TB, s scheduler.Strategy, budget scheduler.Budget) *scheduler.Tasks {
	tb.Helper()
	return newTasksOn(tb, scheduler.NewCoroutine(), s, budget)
}

func newTasksOn(tb testing.TB, r scheduler.Runner, s scheduler.Strategy, budget scheduler.Budget) *scheduler.Tasks {
	tb.Helper()
	rec := scheduler.NewRecorder(budget.Decisions)
	rec.Begin(s)
	tasks := scheduler.NewTasks(r, rec, budget)
	tb.Cleanup(tasks.Stop)
	return tasks
}

// answers is a strategy with fixed answers, quiet past their end.
type answers struct {
	list  []int
	asked []scheduler.Choice // with copies of Alts
}

func (a *answers) Begin(int) bool { return true }

func (a *answers) Choose(c *scheduler.Choice) int {
	copied := *c
	copied.Alts = append([]scheduler.Alternative(nil), c.Alts...)
	a.asked = append(a.asked, copied)
	if i := len(a.asked) - 1; i < len(a.list) {
		return a.list[i]
	}
	return 0
}

func (a *answers) End(scheduler.Result) {}

// play makes run number run of s: three tasks that hand work to each other, a
// pending step and faults, all of which depend on the decisions. It returns
// the story of the run.
func play(s scheduler.Strategy, run int, tasks *scheduler.Tasks) (story string, more bool) {
	if !s.Begin(run) {
		return "", false
	}
	rec := tasks.Recorder()
	rec.Begin(s)
	tasks.Reset()
	var b strings.Builder
	queue := 0
	reader := tasks.Go("reader", func() {
		for got := 0; got < 6; {
			tasks.Switch(at("look"))
			if queue == 0 {
				b.WriteString("sleep ")
				tasks.Block(at("wait"), -1)
				continue
			}
			n := rec.Amount(pointAmount, queue, 128)
			queue -= n
			got += n
			b.WriteString("read" + string(rune('0'+n)) + " ")
		}
	})
	for _, name := range []string{"a", "b"} {
		tasks.Go(name, func() {
			for range 3 {
				tasks.Switch(at("write"))
				deliver := func() {
					b.WriteString(name + " ")
					queue++
					tasks.Ready(reader)
				}
				if rec.Fault(pointFault, 200) {
					tasks.Pend(&scheduler.Step{Name: "deliver", Actor: 1 << 32, Do: deliver})
					continue
				}
				deliver()
			}
		})
	}
	err := tasks.Run()
	b.WriteString(errorText(err))
	s.End(result(tasks))
	return b.String(), true
}

// result is what a driver tells a strategy.
func result(tasks *scheduler.Tasks) scheduler.Result {
	var live *scheduler.Livelock
	return scheduler.Result{
		Failed: tasks.Err() != nil, Decisions: len(tasks.Recorder().Decisions()),
		Steps: tasks.StepsByTask(), Truncated: errors.As(tasks.Err(), &live),
	}
}

func errorText(err error) string {
	if err == nil {
		return "ok"
	}
	return err.Error()
}

// mustContain reports the parts that an error does not have.
func mustContain(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error %q\ndoes not contain %q", err, part)
		}
	}
}
