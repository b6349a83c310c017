// Package fuzz lets go test -fuzz search for bugs in event loops.
//
//	func FuzzMine(f *testing.F) {
//		fuzz.Seed(f)
//		f.Fuzz(fuzz.Target(newMine))
//	}
//
// Run it with the engine's own minimizer off. This package shrinks failures
// itself, and the engine's minimizer has been seen to stall:
//
//	go test -fuzz FuzzMine -fuzzminimizetime 1x .
//
// The fuzz input is two byte strings: the workload is drawn from the first, and
// the second has the decisions of the run. Every byte string is a valid tape (see
// package scheduler), so the engine mutates decisions, and each entry of its
// corpus replays.
//
// Program is the target for a program, see proptest.TestProgram.
//
// FuzzCalls, in the tests of this package, fuzzes the simulated kernel itself.
// Its bytes are raw calls with arbitrary arguments. It makes them on the
// simulated kernel in every dialect, and the calls of Linux also on the running
// kernel.
//
// docs/test-a-reactor.md has the whole procedure.
package fuzz

import (
	"testing"

	"reactortest/proptest"
)

// Schedules is how many schedules one execution of the engine runs. The first one is
// the input's tape. The others are drawn from a seed that is computed from the input,
// and half of them follow the tape for a while. So an input is the same runs every time.
// Besides its runs, an execution costs about half a millisecond, which is several
// runs.
const Schedules = 64

// MaxInput is how many bytes of each string Target uses. It ignores the rest, so
// that the engine does not grow inputs in vain.
const MaxInput = 4096

// Target returns a function for testing.F.Fuzz that judges the subject by the
// rules of package proptest. A failure prints the same screen as
// proptest.TestReactor, with a shrunk tape and the command that replays it.
// Target saves it in testdata/reactortest. The engine's own corpus file replays
// too.
func Target(subject proptest.NewReactor) func(t *testing.T, workload, tape []byte) {
	return target(func() *proptest.Fuzzer { return proptest.NewFuzzer(subject, nil) })
}

// Program returns a function for testing.F.Fuzz that judges a program, as
// proptest.TestProgram does. A program has no workload, so the input is the tape
// alone. The first one, which is empty, is the quiet run; the command that a
// failure prints needs it.
//
//	func FuzzServer(f *testing.F) {
//		f.Add([]byte{})
//		f.Fuzz(fuzz.Program(serve))
//	}
func Program(p proptest.Program) func(t *testing.T, tape []byte) {
	run := target(func() *proptest.Fuzzer { return proptest.NewProgramFuzzer(p, nil) })
	return func(t *testing.T, tape []byte) { run(t, nil, tape) } //nolint:thelper // as in target
}

// target makes the fuzzer in the worker, one for all inputs.
func target(fuzzer func() *proptest.Fuzzer) func(t *testing.T, workload, tape []byte) {
	var f *proptest.Fuzzer
	return func(t *testing.T, workload, tape []byte) { //nolint:thelper // a helper's caller here is package reflect
		if f == nil {
			f = fuzzer()
		}
		failure, err := f.RunMany(t, workload[:min(len(workload), MaxInput)], tape[:min(len(tape), MaxInput)], Schedules)
		if err != nil {
			t.Fatal(err)
		}
		if failure != nil {
			t.Fatal(failure.Screen(f.Replay(failure)))
		}
	}
}

// Case is a named entry of the corpus.
type Case struct {
	Name     string
	Workload string
	Tape     string
}

// Corpus is where fuzzing starts: the plain run, and workloads with features
// that loops often get wrong.
var Corpus = []Case{
	{"the plain run", "", ""},
	{"four pairs in every mode", "03000000010010020030", "0001"},
	{"a flood beside a quiet peer", "01000101400000000", "0101011"},
	{"handlers that close their neighbors", "0200003101100200311010", "011"},
	{"handlers that replace their neighbors", "0200003201200200321020", "011"},
	{"functions that post and set timers", "0000001700000000018", "01001"},
	{"a listener and its visitors", "01300001000111", "0010021"},
	{"a loop that ends by itself", "5100000", "0110"},
}

// Seed adds the corpus to f.
func Seed(f *testing.F) {
	f.Helper()
	for _, c := range Corpus {
		f.Add([]byte(c.Workload), []byte(c.Tape))
	}
}
