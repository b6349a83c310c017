package proptest

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
	"reactortest/proptest/program"
)

// Program is a function of a host, under test; see package program.
type Program = program.Program

// TestProgram judges a program on the simulated kernel: handlers, a protocol, a
// server with its clients. It has a subtest for each rule of ProgramRules below
// one for the dialect. The first run that breaks a rule is shrunk, saved and
// printed with the command that replays it. Package program has an example and
// says what a program may rely on.
func TestProgram(t *testing.T, p Program) {
	t.Helper()
	core.Test(t, program.Suite(p), nil)
}

// TestProgram is the function TestProgram with options. With Options.Host it runs
// the program on that host too.
func (o *Options) TestProgram(t *testing.T, p Program) {
	t.Helper()
	core.Test(t, program.Suite(p), o.core())
}

// CheckProgram judges a program outside of a test, as Check does a reactor. The
// testing.TB that the program gets has no test behind it: it fails, logs and
// cleans up, and nothing else.
func CheckProgram(p Program, o *Options) (*Report, error) {
	return core.Check(program.Suite(p), o.core())
}

// ReplayProgram makes the run of a tape again, as Replay does.
func ReplayProgram(text string, p Program, o *Options) (*Report, error) {
	return core.Replay(text, program.Suite(p), o.core())
}

// NewProgramFuzzer returns a fuzzer for a program, as NewFuzzer does.
func NewProgramFuzzer(p Program, o *Options) *Fuzzer {
	return core.NewFuzzer(program.Suite(p), o.core())
}

// ProgramRules returns the rules that TestProgram judges by, in a fixed order.
func ProgramRules() []Property { return program.Properties() }

// World returns the host of a program as its clients see it; see program.World.
func World(h demux.Host) demux.Host { return program.World(h) }

// Sleep blocks the calling task for d, on a simulated host or a real one.
func Sleep(h demux.Host, d time.Duration) { program.Sleep(h, d) }

// Await blocks the calling task until handle is ready for want, or h.Now has
// reached the deadline: then it returns os.ErrDeadlineExceeded. A negative
// deadline is none; see program.Await.
func Await(h demux.Host, handle demux.Handle, want demux.Ready, deadline time.Duration) error {
	return program.Await(h, handle, want, deadline)
}

// Go starts a task that calls f, and returns a function that waits until f has
// returned.
func Go(h demux.Host, name string, f func()) (wait func()) { return program.Go(h, name, f) }

// Goroutines is a program that starts goroutines of its own, under test; see
// TestGoroutines.
type Goroutines = program.Goroutines

// TestGoroutines judges a program that starts goroutines of its own, as TestProgram does
// one whose threads are tasks. Each run is a bubble of testing/synctest, so channels,
// timers and the clock of package time work. The calls of the program reach the simulated
// kernel through bubble.Current: those of package fakenet and of rewired modules do. Set
// GOMAXPROCS to 1: with more, code between calls runs in parallel, and a run may differ
// from its repetition.
func TestGoroutines(t *testing.T, f Goroutines) {
	t.Helper()
	core.Test(t, program.GoroutinesSuite(f), nil)
}

// TestGoroutines is the function TestGoroutines with options. Options.Workers, Open and
// Host do not matter.
func (o *Options) TestGoroutines(t *testing.T, f Goroutines) {
	t.Helper()
	core.Test(t, program.GoroutinesSuite(f), o.core())
}

// CheckGoroutines judges a program that starts goroutines of its own, and does not fail
// the test for what it finds.
func CheckGoroutines(t *testing.T, f Goroutines, o *Options) (*Report, error) {
	t.Helper()
	return core.CheckIn(t, program.GoroutinesSuite(f), o.core())
}

// ReplayGoroutines makes the run of a tape again, as Replay does.
func ReplayGoroutines(t *testing.T, text string, f Goroutines, o *Options) (*Report, error) {
	t.Helper()
	return core.ReplayIn(t, text, program.GoroutinesSuite(f), o.core())
}
