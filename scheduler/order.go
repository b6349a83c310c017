package scheduler

// Step is a pending step of the environment: a delivery, a delayed edge. It is
// an alternative beside the runnable tasks until it is taken.
type Step struct {
	Name   string // "deliver"
	Actor  uint64 // the actor whose step it is; numbers below 1<<32 are tasks
	Object uint64 // the object that it touches
	Do     func() // carries it out, outside of all tasks; it must not block

	number uint64 // how many steps were pending before it, in this run
}

// Pend makes st an alternative beside the runnable tasks until it is taken.
func (s *Tasks) Pend(st *Step) {
	s.stepSeq++
	st.number = s.stepSeq
	s.pending = append(s.pending, st)
}

// Pending returns how many steps are pending.
func (s *Tasks) Pending() int { return len(s.pending) }

// Who returns the task that a is, or the name of the pending step; "" if there is
// neither.
func (s *Tasks) Who(a Alternative) (task *Task, step string) {
	for _, st := range s.pending {
		if st.Actor == a.Actor && st.number == a.Step {
			return nil, st.Name
		}
	}
	if a.Actor < uint64(len(s.all)) {
		return s.all[a.Actor], ""
	}
	return nil, ""
}

// next lets the environment act until it is a task's turn, and returns that
// task at the front of runnable; nil if nothing can go on. What the
// environment does is no task's doing: Current is nil meanwhile.
func (s *Tasks) next() *Task {
	caller := s.current
	s.current = nil
	last := caller
	if last != nil && last.state != taskRunnable {
		last = nil
	}
	t := s.settle(last)
	s.current = caller
	return t
}

// settle is next, told which task ran last and can go on.
func (s *Tasks) settle(last *Task) *Task {
	for {
		s.attended()
		s.askRecorder()
		if s.err != nil {
			return nil
		}
		if len(s.runnable)+len(s.pending) == 0 {
			if s.live == 0 || !s.idle() { // time does not go on for nobody
				return nil
			}
			continue
		}
		index, isTask := s.choose(last)
		if s.recorder.Err() != nil {
			continue // the answer is none
		}
		if isTask {
			return s.turn(index, last)
		}
		s.take(index)
	}
}

// choose returns who acts: which of the runnable tasks, or of the pending
// steps.
func (s *Tasks) choose(last *Task) (index int, isTask bool) {
	n := min(len(s.runnable)+len(s.pending), maxTasks)
	if n == 1 {
		return s.candidate(0)
	}
	s.beFair(last)
	s.offer(s.alts[:n])
	s.choice = Choice{Point: PointTask, N: n, Alts: s.alts[:n]}
	return s.candidate(s.recorder.Choose(&s.choice))
}

// beFair sees to it that quiet choices starve nobody: after maxStreak steps
// of one task the task that waited longest becomes the quiet alternative, and
// after a pending step was passed over as often, that step does. Without it a
// task that polls for a delayed delivery would poll until its budget is spent.
func (s *Tasks) beFair(last *Task) {
	if last == nil {
		s.streak = 0
	} else if s.streak >= maxStreak && len(s.runnable) > 1 && s.runnable[0] == last {
		copy(s.runnable, s.runnable[1:])
		s.runnable[len(s.runnable)-1] = last
	}
	s.stepFirst = len(s.pending) > 0 && s.passed >= maxStreak
}

// candidate returns who alternative i of a choice is: the runnable tasks come
// first, then the pending steps, save for a step that beFair has put first.
func (s *Tasks) candidate(i int) (index int, isTask bool) {
	if s.stepFirst {
		if i == 0 {
			return 0, false
		}
		if i <= len(s.runnable) {
			return i - 1, true
		}
	} else if i < len(s.runnable) {
		return i, true
	}
	return i - len(s.runnable), false
}

// offer fills alts with those that candidate returns.
func (s *Tasks) offer(alts []Alternative) {
	steps := s.pending
	if s.stepFirst {
		alts[0], steps = steps[0].alternative(), steps[1:]
		alts = alts[1:]
	}
	for i, t := range s.runnable[:min(len(s.runnable), len(alts))] {
		alts[i] = Alternative{Actor: uint64(t.number), Step: t.steps, Object: t.call.Object, Reads: t.call.Reads}
	}
	if len(alts) > len(s.runnable) {
		alts = alts[len(s.runnable):]
		for i, st := range steps[:len(alts)] {
			alts[i] = st.alternative()
		}
	}
}

func (st *Step) alternative() Alternative {
	return Alternative{Actor: st.Actor, Step: st.number, Object: st.Object}
}

// turn moves runnable task i to the front. The one that ran last goes to the
// end, since it has waited least.
func (s *Tasks) turn(i int, last *Task) *Task {
	t := s.runnable[i]
	if t != last {
		s.streak = 0
	} else if len(s.runnable)+len(s.pending) > 1 {
		s.streak++
	}
	if len(s.pending) > 0 {
		s.passed++
	}
	if i == 0 {
		return t
	}
	first := s.runnable[0]
	copy(s.runnable[1:i+1], s.runnable[:i])
	s.runnable[0] = t
	if first == last {
		copy(s.runnable[1:], s.runnable[2:])
		s.runnable[len(s.runnable)-1] = first
	}
	return t
}

// take carries out pending step i.
func (s *Tasks) take(i int) {
	st := s.pending[i]
	s.pending = append(s.pending[:i], s.pending[i+1:]...)
	s.stepFirst = false
	if i == 0 {
		s.passed = 0 // another one waits longest now
	}
	s.spend()
	st.Do()
}
