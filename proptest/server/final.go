package server

import (
	"slices"
	"strings"

	"reactortest/fakedemux"
)

// finalBytes is what the last connection sends, and what it gets.
const finalBytes = 5

// lastConnection makes a connection when all is over. It must be served, and woken.
func (s *session) lastConnection() {
	script := &script{count: 1, ops: []peerOp{{size: finalBytes}}, end: endStay}
	s.locked(func() {
		s.final = true
		s.note(entryWorld, 0, 0, "the last peer comes")
	})
	p := s.startPeer(script)
	served := s.await(s.times.serve, func() bool { return p.all() >= finalBytes || s.endedEarly() || s.c.Broken() })
	var x *conn
	s.locked(func() {
		if s.endedEarly() || s.c.Broken() {
			return
		}
		if s.waitsForPeers() {
			return
		}
		if !served {
			s.note(entryWorld, 0, 0, "has waited %v for it to be served", s.times.serve)
		}
		rule := ruleErrorStaysLocal
		if s.short() {
			rule = ruleAcceptSurvives
		}
		if !s.c.Holds(rule, served) {
			s.c.Fail(rule, s.c.Last(), "a connection that was made when all was over is not served: connected %v, sent %d, got %d", p.connected, p.sent, p.all())
		}
		if served {
			x = s.connOf(p)
		}
	})
	if x != nil {
		s.wakeAsleep(p, x)
	}
}

// wakeAsleep has other threads send and wake when the engine sleeps.
func (s *session) wakeAsleep(p *peer, x *conn) {
	s.out.sleep(s.times.settle)
	s.actor("pusher", 0, func() { s.later(x, finalBytes) })
	s.await(s.times.quiet, func() bool { return p.got[byThread] >= finalBytes || x.failed || !x.open() })
	s.out.sleep(s.times.settle)
	s.actor("waker", 0, func() { s.wake(x) })
	s.await(s.times.quiet, func() bool { return s.busy == 0 && !x.owes })
	s.out.sleep(s.times.settle)
	s.locked(func() {
		if s.endedEarly() || s.c.Broken() {
			return
		}
		s.note(entryWorld, 0, 0, "has waited for what Async and Wake lead to")
		s.judgePeer(p)
		s.judgeConn(x)
	})
}

// stop stops the engine, and judges what is left of it.
func (s *session) stop() {
	if s.threadsFit() {
		s.actor("timer", 0, s.farTimer)
		s.out.sleep(ms(1))
	}
	if k := s.c.Kernel; k != nil { // nothing is to keep Stop from its work
		k.Faults(false)
		k.SetMachine(bootDescriptors, s.load.buffer)
	}
	s.locked(func() {
		s.stopping = true
		s.busy++
		s.note(entryEngine, 0, 0, "Stop is called")
	})
	s.threads.Go("stopper", func() {
		err := s.engine.Stop()
		s.step("Stop returns", func() {
			s.stopped = true
			s.busy--
			s.note(entryEngine, 0, 0, "Stop returns %v", err)
		})
	})
	done := s.await(s.times.stop, func() bool { return s.stopped && s.served || s.c.Broken() })
	s.locked(func() {
		if !done {
			s.note(entryWorld, 0, 0, "has waited %v for the end", s.times.stop)
		}
		if !s.c.Holds(ruleStopCompletes, done) {
			s.c.Fail(ruleStopCompletes, s.c.Last(), "%v after Stop was called: Stop has returned: %v, Serve has returned: %v", s.times.stop, s.stopped, s.served)
		}
	})
	if !done {
		return
	}
	s.afterStop()
	if s.c.Kernel != nil {
		s.out.sleep(s.times.grace)
	} else {
		s.await(s.times.grace, func() bool { return s.inCalls == 0 && len(s.running) == 0 && s.leaks(nil) == "" })
	}
	s.locked(s.judgeStop)
	if s.c.Kernel != nil {
		s.out.sleep(s.times.stop) // a timer that is left would run
	}
}

// threadsFit reports whether a timer is to be left when Stop is called: not if Stop comes
// early, where it would change nothing.
func (s *session) threadsFit() bool { return !s.load.stops && s.c.Kernel != nil }

// afterStop uses a connection when the engine has stopped: the call must return.
func (s *session) afterStop() {
	var x *conn
	var b []byte // none if a thread is in Async: nothing says which of the two is first
	s.locked(func() {
		if n := len(s.order); n > 0 {
			x = s.order[n-1]
			s.inCalls++
			if !x.sending {
				b = x.give(byThread, 1)
			}
		}
	})
	if x == nil {
		return
	}
	s.threads.Go("late", func() {
		if b != nil {
			_ = x.id.Async(b)
		}
		_ = x.id.Close()
		s.step("returns", func() { s.inCalls-- })
	})
}

// goroutineKind is the kind of threads in Declared.Outlives.
const goroutineKind = "goroutine"

// judgeStop judges what the engine has left. The lock is held.
func (s *session) judgeStop() {
	at := s.note(entryWorld, 0, 0, "looks at what is left")
	for _, x := range s.order {
		if s.declared.StopKeepsConns {
			break
		}
		if !s.c.Holds(ruleStopCompletes, !x.open()) {
			s.c.Fail(ruleStopCompletes, at, "a second after Stop has returned, Closed of c%d was not called", x.number)
		}
	}
	if !s.c.Holds(ruleStopCompletes, s.inCalls == 0) {
		s.c.Fail(ruleStopCompletes, at, "a second after Stop has returned, %d calls of Async, Wake, Close or AfterFunc have not returned", s.inCalls)
	}
	if !slices.Contains(s.declared.Outlives, goroutineKind) {
		left := s.left()
		if !s.c.Holds(ruleNoLeakedGoroutine, len(left) == 0) {
			s.c.Fail(ruleNoLeakedGoroutine, at, "a second after Stop has returned, these threads have not ended: %s", strings.Join(left, ", "))
		}
	}
	left := s.leaks(func(l fakedemux.Leak) bool { return !s.declared.StopKeepsConns || !isAccepted(l) })
	if !s.c.Holds(ruleNoLeakedHandle, left == "") {
		s.c.Fail(ruleNoLeakedHandle, at, "a second after Stop has returned, these are open: %s", left)
	}
}

// leaks lists what the engine has open and that counts. What it declares to outlive it
// does not. The lock is held.
func (s *session) leaks(counts func(l fakedemux.Leak) bool) string {
	var all []string
	if s.c.Kernel == nil {
		for h, call := range s.handles {
			all = append(all, connHandle(int(h), call))
		}
		slices.Sort(all)
		return strings.Join(all, ", ")
	}
	for _, l := range s.c.Kernel.Leaks() {
		if counts(l) && !slices.Contains(s.declared.Outlives, l.Kind) {
			all = append(all, l.String())
		}
	}
	return strings.Join(all, ", ")
}

// exempt says which rules do not apply. The lock is held.
func (s *session) exempt() {
	if s.engine == nil {
		return
	}
	if _, has := s.engine.(Timers); !has {
		for _, rule := range []int{ruleTimersNotEarly, ruleTimersRun, ruleCancelledSilent, ruleNoLeakedTimer} {
			s.c.Exempt(rule, "the engine has no timers")
		}
	}
	if s.bubble != nil {
		s.c.Exempt(ruleNoLeakedRegistration, "the engine has no demultiplexer of the suite's, and calls the kernel itself")
	}
	if s.declared.EndsAtFIN {
		s.c.Exempt(ruleHalfCloseAnswers, "the engine declares that it closes a connection when its peer has ended its direction")
	}
	if slices.Contains(s.declared.Outlives, goroutineKind) {
		s.c.Exempt(ruleNoLeakedGoroutine, "the engine declares that threads of it outlive Stop")
	}
	described := len(s.order) == 0
	for _, x := range s.order {
		described = described || x.fd >= 0
	}
	if !described {
		for _, rule := range []int{ruleFairWithinK, ruleBoundedIteration} {
			s.c.Exempt(rule, "connections of the engine have no Fd: nobody sees which are ready")
		}
	}
}
