package scheduler_test

import (
	"strings"
	"sync"
	"testing"

	"reactortest/scheduler"
)

var _ sync.Locker = (*scheduler.Mutex)(nil)

func TestMutexExcludes(t *testing.T) {
	explore := scheduler.NewExplore(0)
	s := newTasks(t, nil, scheduler.Budget{})
	for run := 0; explore.Begin(run); run++ {
		s.Recorder().Begin(explore)
		s.Reset()
		m := scheduler.NewMutex(s)
		inside := 0
		for _, name := range []string{"a", "b"} {
			s.Go(name, func() {
				m.Lock()
				defer m.Unlock()
				if inside++; inside > 1 {
					t.Errorf("two tasks hold the mutex: %v", s.Recorder().Decisions())
				}
				s.Switch(at("write")) // parks while it holds the lock
				inside--
			})
		}
		if err := s.Run(); err != nil {
			t.Fatal(err)
		}
		explore.End(result(s))
	}
	if !explore.Complete() || explore.Runs() < 4 {
		t.Errorf("%d runs, complete: %v", explore.Runs(), explore.Complete())
	}
}

// Set-up code outside of any task may take a free mutex.
func TestMutexOutsideOfTasks(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	m := scheduler.NewMutex(s)
	taken := 0
	for range 2 {
		m.Lock()
		taken++
		m.Unlock()
	}
	m.Lock()
	func() {
		defer func() {
			if cause, _ := recover().(string); taken != 2 || !strings.Contains(cause, "held Mutex outside of any task") {
				t.Errorf("a Lock that nobody can wait in panicked with %q", cause)
			}
		}()
		m.Lock()
	}()
	s.Go("waits", func() { m.Lock() })
	mustContain(t, s.Run(), "deadlock", "task waits waits in lock")
}

func TestMutexMisuse(t *testing.T) {
	for _, c := range []struct {
		why  string
		body func(s *scheduler.Tasks, m *scheduler.Mutex)
		want string
	}{
		{"a second Lock by the same task can never succeed", func(_ *scheduler.Tasks, m *scheduler.Mutex) {
			m.Lock()
			m.Lock()
		}, "already holds"},
		{"an Unlock without Lock is the caller's mistake", func(_ *scheduler.Tasks, m *scheduler.Mutex) {
			m.Unlock()
		}, "does not hold"},
		{"so is an Unlock of another task's lock", func(s *scheduler.Tasks, m *scheduler.Mutex) {
			m.Lock()
			s.Go("thief", func() { m.Unlock() })
			s.Block(at("wait"), -1)
		}, "task thief panicked"},
	} {
		s := newTasks(t, nil, scheduler.Budget{})
		m := scheduler.NewMutex(s)
		s.Go("main", func() { c.body(s, m) })
		if err := s.Run(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.why, err, c.want)
		}
	}
}

// A stopped task gives its lock up: the deferred Unlock of a run that was
// abandoned must not fail.
func TestMutexOfStoppedTasks(t *testing.T) {
	s := newTasks(t, nil, scheduler.Budget{})
	m := scheduler.NewMutex(s)
	unlocked := false
	s.Go("holds", func() {
		m.Lock()
		defer func() {
			m.Unlock()
			unlocked = true
		}()
		s.Block(at("wait"), -1)
	})
	s.Go("waits", func() {
		m.Lock()
		defer m.Unlock()
	})
	mustContain(t, s.Run(), "task holds waits in wait", "task waits waits in lock")
	s.Stop()
	if !unlocked {
		t.Error("the deferred Unlock did not return")
	}
}
