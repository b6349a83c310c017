package scheduler_test

import (
	"errors"
	"runtime"
	"testing"

	"reactortest/scheduler"
)

// A task that locks itself to its thread would end the process at its next
// turn. It ends the run instead.
func TestTaskThatLocksItsThread(t *testing.T) {
	for _, c := range []struct {
		why  string
		task func(s *scheduler.Tasks)
		ends bool // the run, with ErrLockedThread
	}{
		{"it goes on", func(s *scheduler.Tasks) { runtime.LockOSThread(); s.Switch(at("work")) }, true},
		{"it waits", func(s *scheduler.Tasks) { runtime.LockOSThread(); s.Block(at("wait"), 5) }, true},
		{"it ends", func(*scheduler.Tasks) { runtime.LockOSThread() }, true},
		{"twice", func(s *scheduler.Tasks) { runtime.LockOSThread(); runtime.LockOSThread(); s.Switch(at("work")) }, true},
		{"and unlocks itself", func(s *scheduler.Tasks) { runtime.LockOSThread(); runtime.UnlockOSThread(); s.Switch(at("work")) }, false},
		{"not at all", func(s *scheduler.Tasks) { s.Switch(at("work")) }, false},
	} {
		for _, runner := range []scheduler.Runner{scheduler.NewCoroutine(), scheduler.NewCoroutinePool()} {
			s := newTasksOn(t, runner, scheduler.NewRoundRobin(), scheduler.Budget{})
			s.Go("other", func() { s.Switch(at("other")) })
			s.Go("locker", func() { c.task(s); s.Switch(at("after")) })
			err := s.Run()
			var ended *scheduler.TaskPanic
			switch {
			case !c.ends && err != nil:
				t.Errorf("%s: %v", c.why, err)
			case c.ends && (!errors.As(err, &ended) || ended.Task != "locker" || !errors.Is(err, scheduler.ErrLockedThread)):
				t.Errorf("%s: the run ended with %v", c.why, err)
			case c.ends:
				mustContain(t, err, "task locker: the task called runtime.LockOSThread")
			}
			s.Reset()
			s.Go("next", func() { s.Switch(at("work")) })
			if err := s.Run(); err != nil {
				t.Errorf("%s: the next run: %v", c.why, err)
			}
			s.Close()
		}
	}
}
