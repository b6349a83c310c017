// Package time has the functions of the standard library's time that start goroutines
// or go on for ever, for programs that run on a simulated kernel. The clock of a run is
// that of testing/synctest, so everything else is the standard library's.
package time

import (
	"time"

	"reactortest/scheduler/bubble"
)

// AfterFunc is time.AfterFunc. In a run the goroutine that calls f is known by who has
// called AfterFunc, and a panic of f ends the run.
func AfterFunc(d time.Duration, f func()) *time.Timer {
	b := bubble.Current()
	if b == nil {
		return time.AfterFunc(d, f)
	}
	return time.AfterFunc(d, b.Fires(f))
}

// Sleep is time.Sleep. When the run is over, it ends the goroutine.
func Sleep(d time.Duration) {
	time.Sleep(d)
	bubble.Pass()
}

// After is time.After.
func After(d time.Duration) <-chan time.Time {
	bubble.Pass()
	return time.After(d)
}

// NewTimer is time.NewTimer.
func NewTimer(d time.Duration) *time.Timer {
	bubble.Pass()
	return time.NewTimer(d)
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
