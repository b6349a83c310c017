package eventloop

import "time"

const never = time.Duration(1<<63 - 1)

// Timer is one call in the future. It is a small value: it names a setting of the
// loop's, and so do its copies. A Reset that finds the setting gone makes a new one
// and changes the Timer on which it is called, and only that. The zero Timer is not
// set. Only the loop's goroutine may call its methods.
type Timer struct {
	loop       *Loop
	fn         func()
	slot       uint32
	generation uint32
}

// AfterFunc calls fn once, in the timers phase of the first iteration that
// begins after d has passed, never before. Timers fire in the order of their
// deadlines; timers with equal deadlines fire in the order in which they were
// set, if fewer than 2^31 others were set in between. A timer that a timer's
// function sets waits for the next iteration even if d is 0. A negative d means 0.
// After Close, AfterFunc returns a timer that is not set. It panics if fn is nil.
//
// A timer takes about 100 bytes of the loop's memory at the most, which the loop keeps
// for the next one. AfterFunc allocates only if there are more timers than ever before;
// those that were stopped or set again to an earlier time count for a while.
func (l *Loop) AfterFunc(d time.Duration, fn func()) Timer {
	if fn == nil {
		panic("eventloop: AfterFunc without a function")
	}
	t := Timer{loop: l, fn: fn}
	t.set(d)
	return t
}

// Stop stops the timer. It returns true if it kept the timer's function from
// being called, and false if the function was called or the timer was stopped
// before. A stopped timer does not end a Wait. Stop does not allocate.
func (t Timer) Stop() bool {
	if t.loop == nil || !t.loop.timers.isSet(t.slot, t.generation) {
		return false
	}
	t.loop.timers.remove(t.slot)
	return true
}

// Reset sets the timer again, to d from now, whether it has
// fired, was stopped or is still set. It reports whether the timer was still set.
// Among timers with equal deadlines, the timer counts as set now. Reset allocates
// as AfterFunc does. It panics if t is the zero Timer, which has no function.
func (t *Timer) Reset(d time.Duration) bool {
	l := t.loop
	if l == nil {
		panic("eventloop: Reset of a Timer that AfterFunc has not returned")
	}
	if l.closed.Load() {
		return t.Stop()
	}
	if !l.timers.isSet(t.slot, t.generation) {
		t.set(d)
		return false
	}
	if deadline := l.after(d); !l.timers.again(t.slot, deadline) {
		t.add(deadline)
	}
	return true
}

// set takes a slot for t and sets it.
func (t *Timer) set(d time.Duration) {
	if t.loop.closed.Load() {
		t.slot = noSlot
		return
	}
	t.slot, t.generation = t.loop.timers.take(t.fn)
	t.add(t.loop.after(d))
}

// add sets the timer to a deadline. In an iteration it waits for the next phase that looks
// for timers, so that the timers phase serves nothing that it has set itself.
func (t *Timer) add(deadline time.Duration) {
	l := t.loop
	if l.inside {
		l.timers.add(t.slot, deadline)
		return
	}
	l.timers.begin() // a panic may have left some
	l.timers.insert(t.slot, deadline)
}

// after returns the time d from now.
func (l *Loop) after(d time.Duration) time.Duration {
	now := l.host.Now()
	if d >= never-now {
		return never
	}
	return now + max(d, 0)
}

// runTimers calls the timers that are due. It takes one timer at a time, so that a
// function can stop a timer that is due with it. What is set in this phase is not in
// the heap yet, so it waits for the next.
func (l *Loop) runTimers() (n int) {
	if l.timers.live == 0 {
		return 0
	}
	now := l.host.Now()
	l.timers.begin()
	for !l.closed.Load() {
		fn, deadline := l.timers.takeDue(now)
		if fn == nil {
			break
		}
		if l.observer != nil {
			l.observer(Step{Iteration: l.iteration, Phase: PhaseTimers, Deadline: deadline})
		}
		n++
		fn()
	}
	return n
}
