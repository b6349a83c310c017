package scheduler_test

import (
	"errors"
	"testing"

	"reactortest/scheduler"
)

// mailbox is a queue with a sleeping consumer, in the three classic ways to
// lose a wakeup. look is called where it has looked at shared state and not
// yet acted.
type mailbox struct {
	s        *scheduler.Tasks
	look     func()
	consumer *scheduler.Task
	queued   int
	sleeping bool // the consumer is about to sleep, or asleep
	woken    bool // a wakeup is under way
	signal   bool // what wake leaves behind for a consumer that is awake
}

func (m *mailbox) wake() {
	m.signal = true
	m.s.Ready(m.consumer)
}

func (m *mailbox) sleep() {
	m.s.Switch(at("wait"))
	if !m.signal {
		m.s.Block(at("wait"), -1)
	}
	m.signal = false
}

var lostWakeups = []struct {
	name    string
	consume func(m *mailbox)
	post    func(m *mailbox)
}{
	{
		"the flag is set after the check",
		func(m *mailbox) {
			if m.queued == 0 {
				m.look()
				m.sleeping = true
				m.sleep()
				m.sleeping = false
			}
			m.queued = 0
		},
		func(m *mailbox) {
			m.queued++
			if m.sleeping {
				m.wake()
			}
		},
	},
	{
		"the flag is cleared after the queue is taken",
		func(m *mailbox) {
			m.sleep()
			m.queued = 0
			m.look()
			m.woken = false
		},
		func(m *mailbox) {
			m.queued++
			if !m.woken {
				m.woken = true
				m.wake()
			}
		},
	},
	{
		"the flag is read before the push",
		func(m *mailbox) {
			m.sleeping = true
			if m.queued == 0 {
				m.sleep()
			}
			m.sleeping = false
			m.queued = 0
		},
		func(m *mailbox) {
			sleeping := m.sleeping
			m.look()
			m.queued++
			if sleeping {
				m.wake()
			}
		},
	},
}

// lose makes runs of a mailbox until a wakeup is lost, and returns how many it
// took; 0 if none was.
func lose(t *testing.T, strategy scheduler.Strategy, runs, bug int, yields bool) int {
	t.Helper()
	s := newTasks(t, nil, scheduler.Budget{})
	for run := range runs {
		strategy.Begin(run)
		s.Recorder().Begin(strategy)
		s.Reset()
		m := &mailbox{s: s, look: func() {}}
		if yields {
			m.look = func() { s.Switch(at("yield")) }
		}
		m.consumer = s.Go("consumer", func() {
			for {
				lostWakeups[bug].consume(m)
			}
		})
		for range 2 {
			s.Go("poster", func() {
				s.Switch(at("yield"))
				lostWakeups[bug].post(m)
			})
		}
		var dead *scheduler.Deadlock
		if err := s.Run(); !errors.As(err, &dead) {
			t.Fatalf("run %d: %v, want the consumer asleep at the end", run, err)
		}
		strategy.End(result(s))
		if m.queued > 0 {
			return run + 1
		}
	}
	return 0
}

// Memory operations between two switch points are one step. So a lost wakeup
// is found where the program yields between looking and acting, and is not
// found, nor possible, where it does not.
func TestLostWakeups(t *testing.T) {
	for bug, c := range lostWakeups {
		for name, s := range map[string]func() scheduler.Strategy{
			"random": func() scheduler.Strategy { return scheduler.NewRandom(1) },
			"pct":    func() scheduler.Strategy { return scheduler.NewPCT(1, 2) },
			"search": func() scheduler.Strategy { return scheduler.NewSearch(1) },
		} {
			if lose(t, s(), 1000, bug, true) == 0 {
				t.Errorf("%s: not found by %s in 1000 runs with yields", c.name, name)
			}
			if run := lose(t, s(), 300, bug, false); run != 0 {
				t.Errorf("%s: found by %s in run %d without yields", c.name, name, run)
			}
		}
	}
}
