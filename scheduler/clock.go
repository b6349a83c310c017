package scheduler

import "time"

// idle moves virtual time to the next deadline. It returns false if there is
// none or the budget of time is spent.
func (s *Tasks) idle() bool {
	if s.BeforeIdle != nil {
		s.BeforeIdle()
		if len(s.runnable)+len(s.pending) > 0 {
			return true
		}
	}
	s.runner.Idle()
	s.attended()
	if len(s.runnable)+len(s.pending) > 0 {
		return true
	}
	t := s.timers.min()
	if t == nil {
		return false
	}
	return s.Advance(t.at)
}

// Advance moves virtual time forward to at and fires the timers that are due by
// then, in the order of deadlines. If a budget is spent, it fails the run and
// returns false. Callers other than Tasks itself use it for a poll that finds
// nothing while no other task can run.
func (s *Tasks) Advance(at time.Duration) bool {
	if at > s.budget.Time {
		s.Fail(&Livelock{Budget: "virtual time", Limit: s.budget.Time.String(), Tasks: s.describe()})
		return false
	}
	caller := s.current
	s.current = nil // what timers do is no task's doing
	s.now = max(s.now, at)
	for t := s.timers.min(); t != nil && t.at <= s.now && s.err == nil; t = s.timers.min() {
		s.timers.remove(t)
		s.spend() // a timer that arms itself for now would fire forever
		if t.task != nil {
			s.timeouts++
			s.wake(t.task, TimedOut)
		} else {
			t.do()
		}
	}
	s.current = caller
	return s.err == nil
}

// NextDeadline returns the earliest deadline that is set, and whether one is.
func (s *Tasks) NextDeadline() (time.Duration, bool) {
	if t := s.timers.min(); t != nil {
		return t.at, true
	}
	return 0, false
}

// After returns the virtual time d from now, or never if that is beyond the
// range of a Duration.
func (s *Tasks) After(d time.Duration) time.Duration {
	if d > never-s.now {
		return never
	}
	return s.now + max(d, 0)
}
