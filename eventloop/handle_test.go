package eventloop_test

import (
	"testing"
	"time"

	"reactortest/eventloop"
)

// TestTimerIsAValue uses copies of a Timer.
func TestTimerIsAValue(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	var zero eventloop.Timer
	if zero.Stop() {
		t.Error("the zero Timer was set")
	}
	mustPanic(t, "Reset", func() { zero.Reset(0) })

	fired := 0
	a := l.AfterFunc(ms, func() { fired++ })
	b := a
	if !b.Reset(2*ms) || !a.Stop() || b.Stop() {
		t.Error("copies of a Timer that is set name different settings")
	}
	old := a
	if a.Reset(ms) {
		t.Error("a stopped timer was still set")
	}
	if old.Stop() {
		t.Error("a copy from before the Reset stops what the Reset has set")
	}
	must(t, l.RunWhileAlive())
	if fired != 1 {
		t.Errorf("fired %d times, want 1", fired)
	}
	other := l.AfterFunc(ms, func() {}) // takes the memory that a had
	if a.Stop() || old.Stop() || !other.Stop() {
		t.Error("a Timer that has fired stops another one")
	}
}

// TestTimersCountFromTheirCalls lets time pass in a function that sets timers.
func TestTimersCountFromTheirCalls(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	var g log
	must(t, l.Post(func() {
		l.AfterFunc(5*ms, func() { g.say("a %v", s.now) })
		s.now += 3 * ms
		l.AfterFunc(4*ms, func() { g.say("b %v", s.now) })
		l.AfterFunc(5*ms, func() { g.say("c %v", s.now) })
	}))
	must(t, l.RunWhileAlive())
	g.want(t, "a 5ms\nb 7ms\nc 8ms")
}

// TestTimersOfHandlersCountWhileNobodyRunsTheLoop leaves the loop alone for a while.
func TestTimersOfHandlersCountWhileNobodyRunsTheLoop(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	fired := false
	must(t, l.Post(func() { l.AfterFunc(5*ms, func() { fired = true }) }))
	once(t, l)
	s.now += 5 * ms
	once(t, l)
	if !fired {
		t.Error("the timer waits for longer than it was set to")
	}
}

// TestResetOfADueTimer has one function move timers that are due with it.
func TestResetOfADueTimer(t *testing.T) {
	s := newStub()
	l := open(t, s, nil)
	var g log
	var b, c eventloop.Timer
	l.AfterFunc(ms, func() {
		g.say("a %v %v %v", s.now, b.Reset(2*ms), b.Reset(3*ms))
		g.say("%v", c.Reset(9*ms))
		g.say("%v", c.Stop())
	})
	b = l.AfterFunc(ms, func() { g.say("b %v", s.now) })
	c = l.AfterFunc(ms, func() { g.say("c %v", s.now) })
	must(t, l.RunWhileAlive())
	g.want(t, "a 1ms true true\ntrue\ntrue\nb 4ms")
}

// TestManySettingsOfFewTimers must not make the loop's memory grow: it counts
// allocations long after what is kept has got its size.
func TestManySettingsOfFewTimers(t *testing.T) {
	tests := []struct {
		why  string
		each func(l *eventloop.Loop, timers []eventloop.Timer, fn func())
	}{
		{why: "set again to a later time", each: func(_ *eventloop.Loop, timers []eventloop.Timer, _ func()) {
			for i := range timers {
				timers[i].Reset(time.Hour)
			}
		}},
		{why: "set again to an earlier time", each: func(_ *eventloop.Loop, timers []eventloop.Timer, _ func()) {
			for i := range timers {
				timers[i].Reset(time.Hour)
				timers[i].Reset(time.Minute)
			}
		}},
		{why: "stopped, and others set", each: func(l *eventloop.Loop, timers []eventloop.Timer, fn func()) {
			for i := range timers {
				timers[i].Stop()
				timers[i] = l.AfterFunc(time.Hour, fn)
			}
		}},
		{why: "in turn, in one iteration", each: func(_ *eventloop.Loop, timers []eventloop.Timer, _ func()) {
			for range 50 {
				for i := range timers {
					timers[i].Reset(time.Hour)
				}
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.why, func(t *testing.T) {
			l := open(t, newStub(), nil)
			fn := func() {}
			timers := make([]eventloop.Timer, 10)
			for i := range timers {
				timers[i] = l.AfterFunc(time.Hour, fn)
			}
			again := func() { test.each(l, timers, fn) }
			iteration := func() {
				must(t, l.Post(again))
				once(t, l)
			}
			for range 100 {
				iteration()
			}
			if n := testing.AllocsPerRun(1000, iteration); n != 0 {
				t.Errorf("%v allocations an iteration, want none", n)
			}
		})
	}
}
