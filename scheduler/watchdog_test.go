package scheduler_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"reactortest/scheduler"
)

// The bubble's clock stands for the wall clock, so nothing here waits.
func TestWatchdog(t *testing.T) {
	const limit = 8 * time.Second
	for _, c := range []struct {
		why   string
		run   func(w *scheduler.Watchdog)
		hangs int
	}{
		{"a run that ends in time", func(w *scheduler.Watchdog) {
			w.Begin()
			time.Sleep(limit - time.Second)
			w.End()
			time.Sleep(10 * limit)
		}, 0},
		{"no run at all", func(*scheduler.Watchdog) { time.Sleep(10 * limit) }, 0},
		{"many runs, each in time", func(w *scheduler.Watchdog) {
			for range 100 {
				w.Begin()
				time.Sleep(limit - time.Second)
				w.End()
			}
		}, 0},
		{"a long run that makes progress", func(w *scheduler.Watchdog) {
			w.Begin()
			for range 100 {
				time.Sleep(limit - time.Second)
				w.Progress()
			}
			w.End()
		}, 0},
		{"a run that hangs is reported once", func(w *scheduler.Watchdog) {
			w.Begin()
			time.Sleep(10 * limit)
			w.End()
		}, 1},
		{"each run that hangs is", func(w *scheduler.Watchdog) {
			for range 3 {
				w.Begin()
				time.Sleep(2 * limit)
				w.End()
			}
		}, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			hangs := 0
			w := scheduler.NewWatchdog(limit, func([]byte) { hangs++ })
			c.run(w)
			w.Stop()
			w.Stop()
			if hangs != c.hangs {
				t.Errorf("%s: %d hangs reported, want %d", c.why, hangs, c.hangs)
			}
		})
	}
}

func neverEnds(reported chan []byte) []byte { return <-reported }

func TestWatchdogShowsTheStack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reported := make(chan []byte)
		w := scheduler.NewWatchdog(0, func(stacks []byte) { reported <- stacks })
		defer w.Stop()
		w.Begin()
		began := time.Now()
		stacks := neverEnds(reported)
		after := time.Since(began)
		if after < scheduler.DefaultHang || after > scheduler.DefaultHang*3/2 {
			t.Errorf("reported after %v of a limit of %v", after, scheduler.DefaultHang)
		}
		if !strings.Contains(string(stacks), "neverEnds") {
			t.Errorf("the stacks do not show the one that hangs:\n%s", stacks)
		}
	})
}
