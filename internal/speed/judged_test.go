package speed_test

import (
	"testing"

	"reactortest/proptest"
)

// BenchmarkJudgedRun is a run of the built-in loop under the judge: drawn, run,
// judged, thrown away. The time of an operation is that of one run.
func BenchmarkJudgedRun(b *testing.B) {
	for _, dialect := range [...]string{"epoll", "kqueue-freebsd", "iocp"} {
		b.Run(dialect, func(b *testing.B) {
			b.ReportAllocs()
			report, err := proptest.Check(proptest.EventLoop, &proptest.Options{Dialect: dialect, Runs: max(b.N, 64), Seed: 1, Workers: 1})
			if err != nil || report.Failure != nil {
				b.Fatal(err, report.Failure)
			}
		})
	}
}
