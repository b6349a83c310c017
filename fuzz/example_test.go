package fuzz_test

import (
	"testing"

	"reactortest/fuzz"
	"reactortest/proptest"
)

// A fuzz test of a reactor is two lines. newMine makes the reactor, as for
// proptest.TestReactor.
func ExampleTarget() {
	var newMine proptest.NewReactor = proptest.EventLoop
	var f *testing.F // of func FuzzMine(f *testing.F)

	fuzz.Seed(f)
	f.Fuzz(fuzz.Target(newMine))
}
