// Package time has the functions of the standard library's time that start goroutines
// or go on for ever, for programs that run on a simulated kernel. The clock of a run is
// that of testing/synctest, so everything else is the standard library's.
package time

import (
	"time"

	"reactortest/scheduler/bubble"
)

// least is how long a timer of a run takes at least. On a real machine some time passes
// between two lines of a program. In a run none does, and a program that sets a timer for
// what is left, until nothing is left, would go on for ever in one moment.
const least = time.Microsecond

// Timer is time.Timer.
type Timer struct {
	C <-chan time.Time
	t *time.Timer
}

// Reset is that of time.Timer.
func (t *Timer) Reset(d time.Duration) bool { return t.t.Reset(lasting(d)) }

// Stop is that of time.Timer.
func (t *Timer) Stop() bool { return t.t.Stop() }

// lasting returns how long a timer takes that is set for d.
func lasting(d time.Duration) time.Duration {
	if bubble.Current() == nil {
		return d
	}
	return max(d, least)
}

// AfterFunc is time.AfterFunc. In a run the goroutine that calls f is known by who has
// called AfterFunc, and a panic of f ends the run.
func AfterFunc(d time.Duration, f func()) *Timer {
	if b := bubble.Current(); b != nil {
		f = b.Fires(f)
	}
	return &Timer{t: time.AfterFunc(lasting(d), f)}
}

// Sleep is time.Sleep. When the run is over, it ends the goroutine.
func Sleep(d time.Duration) {
	time.Sleep(d)
	bubble.Pass()
}

// After is time.After.
func After(d time.Duration) <-chan time.Time {
	bubble.Pass()
	return time.After(lasting(d))
}

// NewTimer is time.NewTimer.
func NewTimer(d time.Duration) *Timer {
	bubble.Pass()
	t := time.NewTimer(lasting(d))
	return &Timer{C: t.C, t: t}
}

// NewTicker is time.NewTicker. The end of the run stops the ticker.
func NewTicker(d time.Duration) *time.Ticker {
	t := time.NewTicker(d)
	if b := bubble.Current(); b != nil {
		b.AtEnd(t.Stop)
	}
	return t
}

// Tick is time.Tick. The end of the run stops it.
func Tick(d time.Duration) <-chan time.Time {
	if d <= 0 {
		return nil
	}
	return NewTicker(d).C
}
