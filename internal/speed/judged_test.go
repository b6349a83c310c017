package speed_test

import (
	"fmt"
	"testing"

	"reactortest/proptest"
)

// pinnedRuns is how many runs of seed 1 an operation of the benchmarks makes. Their
// tapes are always the same.
const pinnedRuns = 2048

// judge makes the first runs of seed 1 with the built-in loop, and returns how many
// decisions they have.
func judge(tb testing.TB, dialect string, runs, workers int) (decisions int) {
	tb.Helper()
	report, err := proptest.Check(proptest.EventLoop, &proptest.Options{Dialect: dialect, Runs: runs, Seed: 1, Workers: workers})
	if err != nil || report.Failure != nil {
		tb.Fatal(err, report.Failure)
	}
	return report.Simulated.Decisions
}

// BenchmarkJudgedRun makes judged runs of the built-in loop on one core: drawn, run,
// judged, thrown away.
func BenchmarkJudgedRun(b *testing.B) {
	for _, dialect := range [...]string{"epoll", "kqueue-freebsd", "iocp"} {
		b.Run(dialect, func(b *testing.B) {
			b.ReportAllocs()
			decisions, runs := 0, 0
			for b.Loop() {
				decisions += judge(b, dialect, pinnedRuns, 1)
				runs += pinnedRuns
			}
			reportJudged(b, runs, decisions)
		})
	}
}

// BenchmarkJudgedWorkers makes the same runs, and more of them, with one worker and
// with two.
func BenchmarkJudgedWorkers(b *testing.B) {
	for _, workers := range [...]int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			decisions, runs := 0, 0
			for b.Loop() {
				decisions += judge(b, "epoll", 8*pinnedRuns, workers)
				runs += 8 * pinnedRuns
			}
			reportJudged(b, runs, decisions)
		})
	}
}

// reportJudged says what a run and a decision cost.
func reportJudged(b *testing.B, runs, decisions int) {
	b.Helper()
	elapsed := float64(b.Elapsed().Nanoseconds())
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(elapsed/float64(runs), "ns/run")
	b.ReportMetric(elapsed/float64(decisions), "ns/decision")
	b.ReportMetric(float64(decisions)/float64(runs), "decisions/run")
}

// mostAllocations is how many objects a judged run of the built-in loop may allocate.
// About 85 are the loop's and the kernel's; a run with 300 watches has more.
const mostAllocations = 100

// TestJudgedRunsKeepTheirMemory guards the memory that is used again from run to run.
func TestJudgedRunsKeepTheirMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("it makes thousands of runs, too slow under the race detector; the gate runs it in full")
	}
	const runs = pinnedRuns / 2
	few := testing.AllocsPerRun(1, func() { judge(t, "epoll", runs, 1) })
	all := testing.AllocsPerRun(1, func() { judge(t, "epoll", 2*runs, 1) })
	if n := (all - few) / runs; n > mostAllocations {
		t.Errorf("%.1f allocations a run, want %d at most", n, mostAllocations)
	}
}
