package watcher

import (
	"testing"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// drawAll draws the workloads of many runs, each of the memory of the one before.
func drawAll(d *core.Drawer, rec *scheduler.Recorder, from scheduler.Strategy, each func(run int, w *workload)) {
	for run := range 300 {
		from.Begin(run)
		rec.Begin(from)
		w := drawWorkload(d)
		d.Reuse(w)
		each(run, w)
	}
}

// TestWorkloadsAreDrawnInTheMemoryOfOthers draws each workload afresh, too: the text
// must be the same. Once the memory is there nothing is allocated.
func TestWorkloadsAreDrawnInTheMemoryOfOthers(t *testing.T) {
	rec, from := scheduler.NewRecorder(0), scheduler.NewRandom(7)
	d := core.NewDrawer(rec)
	drawAll(d, rec, from, func(run int, w *workload) {
		fresh := scheduler.NewRecorder(0)
		from.Begin(run)
		fresh.Begin(from)
		if got, want := w.String(), drawWorkload(core.NewDrawer(fresh)).String(); got != want {
			t.Errorf("run %d:\n got %s\nwant %s", run, got, want)
		}
	})
	if n := testing.AllocsPerRun(5, func() { drawAll(d, rec, from, func(int, *workload) {}) }); n != 0 {
		t.Errorf("%v allocations for workloads that were drawn before", n)
	}
}
