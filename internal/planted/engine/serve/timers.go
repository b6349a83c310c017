package serve

import (
	"slices"
	"time"
)

// Timer is a function that a loop calls at a time.
type Timer struct {
	Loop   *Loop
	When   time.Duration // of the host's clock
	F      func()
	serial uint64
}

// afterFunc is the part AfterFunc. Only a timer that comes before all others has the
// loop wait for less time than it waits already.
func (l *Loop) afterFunc(d time.Duration, f func()) *Timer {
	t := &Timer{Loop: l, When: l.Engine.Host.Now() + d, F: f}
	l.Engine.Host.Yield("set timer")
	if !l.Insert(t) {
		return t
	}
	l.Engine.Host.Yield("timer set")
	l.WakeUp()
	return t
}

// Insert adds a timer, and reports whether it is now the first one. A loop that has
// ended takes no timer.
func (l *Loop) Insert(t *Timer) (first bool) {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	if l.Closed {
		return false
	}
	l.serial++
	t.serial = l.serial
	i, _ := slices.BinarySearchFunc(l.Timers, t, func(a, b *Timer) int {
		if a.When != b.When {
			return int(min(1, max(-1, a.When-b.When)))
		}
		return -1 // behind those with the same deadline
	})
	l.Timers = slices.Insert(l.Timers, i, t)
	return i == 0
}

// WakeUp ends the wait of the loop, if it has begun to serve.
func (l *Loop) WakeUp() {
	l.Lock.Lock()
	d := l.Demux
	l.Lock.Unlock()
	if d != nil {
		_ = d.Wake() // ErrClosed: it has ended
	}
}

// stop is the part StopTimer.
func (t *Timer) stop() bool {
	t.Loop.Engine.Host.Yield("stop timer")
	return t.Loop.Remove(t)
}

// Remove removes a timer, and reports whether it was set.
func (l *Loop) Remove(t *Timer) bool {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	i := slices.Index(l.Timers, t)
	if i < 0 {
		return false
	}
	l.Timers = slices.Delete(l.Timers, i, i+1)
	return true
}

// runTimers is the part RunTimers. A timer that a timer sets runs in a later turn.
func (l *Loop) runTimers() {
	now := l.Engine.Host.Now()
	last := l.Serial()
	for t := l.Due(now, last); t != nil; t = l.Due(now, last) {
		t.F()
	}
}

// Serial returns the number of the timer that was set last.
func (l *Loop) Serial() uint64 {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	return l.serial
}

// Due takes the first timer that is due at now and was set no later than last. It
// returns nil if there is none.
func (l *Loop) Due(now time.Duration, last uint64) *Timer {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	for i, t := range l.Timers {
		if t.When > now {
			break
		}
		if t.serial <= last {
			l.Timers = slices.Delete(l.Timers, i, i+1)
			return t
		}
	}
	return nil
}

// dropTimers forgets all timers. A loop that stops calls none of them.
func (l *Loop) dropTimers() {
	l.Lock.Lock()
	defer l.Lock.Unlock()
	l.Timers = nil
}
