package server

import (
	"fmt"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// startActors starts the threads that use the engine from outside, and what makes
// descriptors short.
func (s *session) startActors() {
	for _, at := range s.load.closers {
		s.actor("closer", at, s.closesOne)
	}
	for _, at := range s.load.wakes {
		s.actor("waker", at, s.wakesOne)
	}
	for _, p := range s.load.pushes {
		s.actor("pusher", p.at, func() {
			var x *conn
			s.step("push", func() { x = s.first() })
			if x != nil {
				s.later(x, p.size)
			}
		})
	}
	for _, t := range s.load.timers {
		s.startTimer(t)
	}
	for _, sh := range s.load.shortages {
		s.startShortage(sh)
	}
}

// actor starts a thread that does something at a time.
func (s *session) actor(name string, at time.Duration, do func()) {
	s.locked(func() { s.busy++ })
	s.threads.Go(name, func() {
		if at > 0 {
			s.threads.Sleep(at)
		}
		do()
		s.step("ends", func() { s.busy-- })
	})
}

// call calls the engine from a thread of its own. The calls that have not returned are
// counted.
func (s *session) call(what string, f func() error) (err error) {
	s.step(what, func() { s.inCalls++ })
	err = f()
	s.step(what+" returns", func() { s.inCalls-- })
	return err
}

// first returns the first connection that is open, nil if there is none. The lock is
// held.
func (s *session) first() *conn {
	for _, x := range s.order {
		if x.usable() {
			return x
		}
	}
	return nil
}

func (s *session) closesOne() { s.closes(s.first) }

// closesOther has a thread close another connection than x while the handler of x works:
// the engine may be about to look at that connection.
func (s *session) closesOther(x *conn) {
	s.step("closer", func() { s.busy++ })
	s.threads.Go("closer", func() {
		s.closes(func() *conn { return s.after(x) })
		s.step("ends", func() { s.busy-- })
	})
	if s.c.Kernel != nil {
		s.threads.Do("work", s.c.Kernel.LetRun)
	}
}

// after returns the first connection after x that is open, nil if there is none. The lock
// is held.
func (s *session) after(x *conn) *conn {
	for i := range s.order {
		y := s.order[(x.number+i)%len(s.order)]
		if y != x && y.usable() {
			return y
		}
	}
	return nil
}

// closes closes the connection that choose returns, which is called with the lock held.
func (s *session) closes(choose func() *conn) {
	var x *conn
	s.step("close", func() {
		if x = choose(); x != nil {
			x.closing, x.promised = true, false
			s.note(entryCloser, x.number, 0, "closes c%d", x.number)
		}
	})
	if x != nil {
		_ = s.call("close", x.id.Close)
	}
}

func (s *session) wakesOne() {
	var x *conn
	s.step("wake", func() { x = s.first() })
	if x != nil {
		s.wake(x)
	}
}

// wake wakes a connection, if its engine offers that.
func (s *session) wake(x *conn) {
	w, can := x.id.(Waker)
	if !can {
		return
	}
	mine := 0
	s.step("wake", func() {
		s.stamp++
		mine = s.stamp
		s.inCalls++
		s.note(entryWake, x.number, 0, "wakes c%d", x.number)
	})
	err := w.Wake()
	s.step("has woken", func() {
		s.inCalls--
		if err == nil && x.open() && x.woken < mine {
			x.owes, x.owed = true, s.c.Clock()
		}
	})
}

// startShortage makes descriptors short for a while.
func (s *session) startShortage(sh shortage) {
	k := s.c.Kernel
	if k == nil {
		return
	}
	s.locked(func() { s.busy++ })
	s.out.Go("shortage", func() {
		if sh.at > 0 {
			k.Sleep(sh.at)
		}
		s.locked(func() {
			if s.stopping {
				return
			}
			k.SetMachine(firstHandle+len(s.openHandles())+sh.left, s.load.buffer)
			s.note(entryShortage, 0, sh.left, "%d descriptors are left", sh.left)
		})
		k.Sleep(sh.length)
		s.locked(func() {
			k.SetMachine(bootDescriptors, s.load.buffer)
			s.note(entryShortage, 0, 0, "there are descriptors again")
			s.busy--
		})
	})
}

// openHandles returns the handles that the engine has open. The lock is held.
func (s *session) openHandles() []fakedemux.Leak {
	all := s.c.Kernel.Leaks()
	return all[:len(all)-len(s.c.Kernel.Operations())]
}

// timer is a timer of the engine.
type timer struct {
	number   int
	delay    time.Duration
	at       time.Duration // when it was set
	ran      int
	canceled bool
}

// startTimer starts a thread that sets a timer, if the engine has any.
func (s *session) startTimer(plan timerPlan) {
	timers, has := s.engine.(Timers)
	if !has {
		return
	}
	s.actor("timer", 0, func() {
		t := &timer{delay: plan.delay}
		s.step("set a timer", func() {
			t.number = len(s.timers)
			s.timers = append(s.timers, t)
			t.at = s.c.Clock()
			s.inCalls++
			s.note(entryTimer, t.number, 0, "sets t%d in %v", t.number, t.delay)
		})
		stop := timers.AfterFunc(plan.delay, func() { s.fires(t) })
		s.step("has set a timer", func() { s.inCalls-- })
		if !plan.cancel {
			return
		}
		s.threads.Sleep(plan.at)
		kept := stop()
		s.step("stop a timer", func() {
			t.canceled = t.canceled || kept
			at := s.note(entryTimer, t.number, 0, "stops t%d: %v", t.number, kept)
			if !s.c.Holds(ruleCancelledSilent, !kept || t.ran == 0) {
				s.c.Fail(ruleCancelledSilent, at, "stop of t%d says that it kept it from running, and it has run", t.number)
			}
		})
	})
}

// fires is the function of a timer.
func (s *session) fires(t *timer) {
	s.step("timer", func() {
		t.ran++
		s.progress()
		at := s.note(entryTimer, t.number, t.ran, "t%d runs", t.number)
		late := s.c.Clock() - t.at - t.delay
		if !s.c.Holds(ruleTimersNotEarly, late >= -s.c.Slack) {
			s.c.Fail(ruleTimersNotEarly, at, "t%d runs %v before its delay of %v has passed", t.number, -late, t.delay)
		}
		if !s.c.Holds(ruleCancelledSilent, !t.canceled) {
			s.c.Fail(ruleCancelledSilent, at, "t%d runs, and its stop function has returned true", t.number)
		}
		if !s.c.Holds(ruleNoLeakedTimer, !s.stopped) {
			s.c.Fail(ruleNoLeakedTimer, at, "t%d runs, and Stop has returned", t.number)
		}
		if s.c.Kernel != nil && !s.waitsForPeers() {
			if !s.c.Holds(ruleTimersRun, t.ran == 1 && late <= timerLimit+s.c.Kernel.Lateness()) {
				s.c.Fail(ruleTimersRun, at, "t%d runs %v late, and has run %d times", t.number, late, t.ran)
			}
		}
	})
}

// timerLimit is how late a timer may run.
const timerLimit = 100 * time.Millisecond

// farTimer sets a timer that is still set when Stop is called.
func (s *session) farTimer() {
	if timers, has := s.engine.(Timers); has {
		t := &timer{number: len(s.timers), delay: s.times.stop / 2}
		s.step("set a timer", func() {
			t.at = s.c.Clock()
			s.timers = append(s.timers, t)
			s.note(entryTimer, t.number, 0, "sets t%d in %v", t.number, t.delay)
		})
		_ = timers.AfterFunc(t.delay, func() { s.fires(t) })
	}
}

// handleOf turns a number of a Descriptor into a handle.
func handleOf(fd int) demux.Handle { return demux.Handle(fd) }

// name returns the name of a connection in a time line.
func connName(number int) string { return fmt.Sprintf("c%d", number) }
