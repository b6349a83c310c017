package scheduler_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"reactortest/scheduler"
)

// runners are those that pass one table. launch runs f as the first thread
// and returns how the run ended.
var runners = []struct {
	name   string
	new    func() scheduler.Runner
	launch func(s *scheduler.Tasks, f func()) error
}{
	{"direct", scheduler.NewDirect, func(s *scheduler.Tasks, f func()) error {
		f()
		return s.Err()
	}},
	{"coroutine", scheduler.NewCoroutine, func(s *scheduler.Tasks, f func()) error {
		s.Go("main", f)
		return s.Run()
	}},
}

// behaviors hold on every runner. body is the first thread; what it logs and
// how the run ends is compared.
var behaviors = []struct {
	name   string
	why    string
	budget scheduler.Budget
	body   func(s *scheduler.Tasks, log func(string))
	want   string // what body logs
	err    string // part of the error, "" for none
	asked  int    // decisions
}{
	{
		name: "alone", why: "a switch with one alternative is no choice, and is counted",
		body: func(s *scheduler.Tasks, log func(string)) {
			for range 3 {
				s.Switch(at("call"))
			}
			log(string(rune('0' + s.Steps())))
		},
		want: "3",
	},
	{
		name: "deadline", why: "with nothing to run virtual time jumps to the deadline",
		body: func(s *scheduler.Tasks, log func(string)) {
			why := s.Block(at("sleep"), s.After(time.Hour))
			log(s.Now().String())
			if why == scheduler.TimedOut {
				log("timed out")
			}
		},
		want: "1h0m0s|timed out",
	},
	{
		name: "passed deadline", why: "a deadline that has passed ends the wait without moving time",
		body: func(s *scheduler.Tasks, log func(string)) {
			s.Block(at("sleep"), time.Second)
			s.Block(at("sleep"), time.Millisecond)
			log(s.Now().String())
		},
		want: "1s",
	},
	{
		name: "far deadline", why: "a timeout of the largest Duration does not overflow",
		budget: scheduler.Budget{Time: 1<<63 - 1},
		body: func(s *scheduler.Tasks, log func(string)) {
			s.Block(at("sleep"), time.Second)
			if at := s.After(1<<63 - 1); at > s.Now() {
				log("later")
			}
			if at := s.After(-time.Second); at == s.Now() {
				log("now")
			}
		},
		want: "later|now",
	},
	{
		name: "woken by a timer", why: "Ready from a timer ends the wait, and its deadline no longer counts",
		body: func(s *scheduler.Tasks, log func(string)) {
			me := s.Current()
			s.At(time.Second, func() { s.Ready(me) })
			if s.Block(at("wait"), time.Minute) == scheduler.WokenUp {
				log("woken")
			}
			if _, set := s.NextDeadline(); !set {
				log("disarmed")
			}
			log(s.Now().String())
		},
		want: "woken|disarmed|1s",
	},
	{
		name: "woken by a step", why: "pending steps act while the task is blocked, before time moves",
		body: func(s *scheduler.Tasks, log func(string)) {
			me := s.Current()
			s.Pend(&scheduler.Step{Name: "deliver", Actor: 1 << 32, Do: func() { s.Ready(me) }})
			s.Block(at("wait"), time.Minute)
			log(s.Now().String())
		},
		want: "0s",
	},
	{
		name: "timer ties", why: "equal deadlines fire in the order of arming, earlier ones first",
		body: func(s *scheduler.Tasks, log func(string)) {
			for _, name := range []string{"a", "b", "c"} {
				s.At(time.Second, func() { log(name) })
			}
			s.At(time.Millisecond, func() { log("first") })
			s.Block(at("sleep"), time.Minute)
		},
		want: "first|a|b|c",
	},
	{
		name: "arm again", why: "a timer has one deadline, the one set last; disarmed it does not fire",
		body: func(s *scheduler.Tasks, log func(string)) {
			moved := s.NewTimer(func() { log("moved at " + s.Now().String()) })
			s.Arm(moved, time.Second)
			s.Arm(moved, 2*time.Second)
			silent := s.At(time.Second, func() { log("must not fire") })
			if s.Disarm(silent) && !s.Disarm(silent) {
				log("disarmed once")
			}
			s.Block(at("sleep"), time.Minute)
			if s.Disarm(moved) {
				log("still armed")
			}
		},
		want: "disarmed once|moved at 2s",
	},
	{
		name: "environment", why: "what a timer or a step calls is not the blocked task's call, and no switch point",
		body: func(s *scheduler.Tasks, log func(string)) {
			me := s.Current()
			act := func() {
				if s.Current() == nil {
					log("nobody")
				}
				s.Switch(at("write"))
				log(me.Call().String())
			}
			s.At(time.Second, act)
			s.Pend(&scheduler.Step{Name: "deliver", Do: act})
			s.Block(at("sleep"), time.Minute)
			if s.Current() == me {
				log("me")
			}
		},
		want: "nobody|sleep|nobody|sleep|me",
	},
	{
		name: "advance", why: "a poll that moves the clock fires what is due, as nobody's doing",
		body: func(s *scheduler.Tasks, log func(string)) {
			me := s.Current()
			s.At(time.Second, func() {
				if s.Current() == nil {
					log("fired")
				}
			})
			if s.Advance(time.Second) && s.Current() == me {
				log(s.Now().String())
			}
		},
		want: "fired|1s",
	},
	{
		name: "deadlock", why: "nothing can end the wait: the report says who waits in what",
		body: func(s *scheduler.Tasks, log func(string)) {
			if s.Block(scheduler.Call{Name: "read", Handle: 5}, -1) == scheduler.Deadlocked {
				return // the direct runner tells its only thread
			}
			log("went on")
		},
		err: "deadlock at 0s: no runnable task, no timer, no pending step\n\ttask main waits in read(5)",
	},
	{
		name: "steps", why: "a run that goes on and on has spent its budget of steps",
		budget: scheduler.Budget{Steps: 10},
		body: func(s *scheduler.Tasks, _ func(string)) {
			for range 20 {
				s.Switch(at("poll"))
			}
		},
		err: "livelock: the budget of 10 steps is spent\n\ttask main is at poll",
	},
	{
		name: "decisions", why: "choices have a budget of their own",
		budget: scheduler.Budget{Decisions: 5},
		body: func(s *scheduler.Tasks, _ func(string)) {
			for range 20 {
				s.Recorder().Fault(pointFault, 0)
				s.Switch(at("poll"))
			}
		},
		err: "livelock: the budget of 5 decisions is spent", asked: 5,
	},
	{
		name: "virtual time", why: "a run of timers alone would never end",
		budget: scheduler.Budget{Time: time.Minute},
		body: func(s *scheduler.Tasks, _ func(string)) {
			for range 20 {
				s.Block(at("sleep"), s.After(10*time.Second))
			}
		},
		err: "livelock: the budget of 1m0s virtual time is spent\n\ttask main waits in sleep until 1m10s",
	},
	{
		name: "timer forever", why: "a timer that arms itself for now spends steps",
		budget: scheduler.Budget{Steps: 100},
		body: func(s *scheduler.Tasks, _ func(string)) {
			var again *scheduler.Timer
			again = s.NewTimer(func() { s.Arm(again, s.Now()) })
			s.Arm(again, 0)
			s.Block(at("sleep"), time.Second)
		},
		err: "livelock: the budget of 100 steps",
	},
	{
		name: "step forever", why: "a step that pends itself spends steps",
		budget: scheduler.Budget{Steps: 100},
		body: func(s *scheduler.Tasks, _ func(string)) {
			step := &scheduler.Step{Name: "again"}
			step.Do = func() { s.Pend(step) }
			s.Pend(step)
			s.Block(at("sleep"), time.Second)
		},
		err: "livelock: the budget of 100 steps",
	},
	{
		name: "patience", why: "a task that polls for delayed steps gets each after 64 quiet choices",
		body: func(s *scheduler.Tasks, log func(string)) {
			arrived := 0
			for range 2 {
				s.Pend(&scheduler.Step{Name: "deliver", Actor: 1 << 32, Do: func() { arrived++ }})
			}
			seen := 0
			for polls := 1; seen < 2 && polls < 1000; polls++ {
				s.Switch(at("poll"))
				if arrived > seen {
					seen++
					log(strconv.Itoa(polls))
				}
			}
		},
		want: "65|129", asked: 130,
	},
}

func TestRunners(t *testing.T) {
	for _, r := range runners {
		for _, b := range behaviors {
			t.Run(r.name+"/"+b.name, func(t *testing.T) {
				s := newTasksOn(t, r.new(), nil, b.budget)
				for again := range 2 { // Reset forgets everything
					s.Recorder().Begin(nil)
					s.Reset()
					var lines []string
					err := r.launch(s, func() { b.body(s, func(line string) { lines = append(lines, line) }) })
					if got := strings.Join(lines, "|"); got != b.want {
						t.Errorf("run %d: %s: logged %q, want %q", again, b.why, got, b.want)
					}
					if b.err != "" {
						mustContain(t, err, b.err)
					} else if err != nil {
						t.Errorf("run %d: %s: %v", again, b.why, err)
					}
					if got := len(s.Recorder().Decisions()); got != b.asked {
						t.Errorf("run %d: %d decisions, want %d", again, got, b.asked)
					}
				}
			})
		}
	}
}

func TestDirectHasNoTasks(t *testing.T) {
	s := newTasksOn(t, scheduler.NewDirect(), nil, scheduler.Budget{})
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "NewCoroutine") {
			t.Errorf("Go on the direct runner panicked with %q, want advice", cause)
		}
	}()
	s.Go("a", func() {})
}

func TestBlockOutsideOfTasksPanics(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	defer func() {
		if cause, _ := recover().(string); !strings.Contains(cause, "read(3)") {
			t.Errorf("Block panicked with %q, want the call named", cause)
		}
	}()
	s.Block(scheduler.Call{Name: "read", Handle: 3}, -1)
}

func TestErrorsUnwrap(t *testing.T) {
	cause := errors.New("mine")
	if err := error(&scheduler.TaskPanic{Task: "a", Cause: cause}); !errors.Is(err, cause) {
		t.Error("a TaskPanic does not unwrap to the error that the task panicked with")
	}
	if err := error(&scheduler.TaskPanic{Task: "a", Cause: "text"}); errors.Unwrap(err) != nil {
		t.Error("a TaskPanic with a text unwraps to something")
	}
}
