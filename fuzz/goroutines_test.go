package fuzz_test

import (
	"runtime"
	"testing"

	"reactortest/fuzz"
	"reactortest/proptest"
)

// TestTargetLeavesNoGoroutine calls a target as the engine does.
func TestTargetLeavesNoGoroutine(t *testing.T) {
	target := fuzz.Target(proptest.EventLoop)
	before := runtime.NumGoroutine()
	for _, c := range fuzz.Corpus {
		target(t, []byte(c.Workload), []byte(c.Tape))
	}
	for range 1_000_000 { // those that were stopped are about to end
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}
