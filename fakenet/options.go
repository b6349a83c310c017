//go:build linux

package fakenet

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// Options say how a test searches. A nil *Options means the defaults.
type Options struct {
	Runs   int             // of the search; proptest.DefaultRuns, 2000
	Seed   uint64          // of the search; 0 is a seed like any other
	Plan   *fakedemux.Plan // the faults that a run may have; NetworkFaults
	Buffer int             // bytes that a stream holds in each direction; 4096
	Calls  int             // of the network, in one run; 50000
	Dir    string          // where failing tapes are saved; "testdata/reactortest"
}

// Test judges f: it calls f in one run after another, each in a bubble of
// testing/synctest and with other decisions of the network and the scheduler. The flags of
// package proptest apply. f is called in a goroutine of its own. It fails its run with t.
// A run also fails if a goroutine panics, if nothing can go on, if goroutines have not
// ended 10 s after f has returned, or if f leaves a connection or a listener open.
// The first run that fails is shrunk, saved and printed, with the command that replays it.
//
// Tests of one process take turns, and goroutines do not run in parallel meanwhile, unless
// the environment variable GOMAXPROCS is set.
//
// t of f has no subtests. Its Cleanup functions run in the bubble when f has returned.
func Test(t *testing.T, f func(t testing.TB)) {
	t.Helper()
	(*Options)(nil).Test(t, f)
}

// Test is the function Test with options.
func (o *Options) Test(t *testing.T, f func(t testing.TB)) {
	t.Helper()
	defer alone()()
	o.judge().TestGoroutines(t, program(f))
}

// Check is Test, but it does not fail the test for what it finds. It returns a report.
func (o *Options) Check(t *testing.T, f func(t testing.TB)) (*proptest.Report, error) {
	t.Helper()
	defer alone()()
	return proptest.CheckGoroutines(t, program(f), o.judge())
}

// Replay makes the run of a tape that Test or Check has printed. Report.Diverged tells how
// the run differs, if f has changed since.
func Replay(t *testing.T, tape string, f func(t testing.TB)) (*proptest.Report, error) {
	t.Helper()
	defer alone()()
	return proptest.ReplayGoroutines(t, tape, program(f), nil)
}

// running is held by the test that has the simulated network: there is one in a process.
var running sync.Mutex

// alone begins a test: others wait until it has called what alone returns. Goroutines do
// not run in parallel meanwhile, unless the environment sets GOMAXPROCS.
func alone() (end func()) {
	running.Lock()
	if os.Getenv("GOMAXPROCS") != "" {
		return running.Unlock
	}
	was := runtime.GOMAXPROCS(1)
	return func() {
		runtime.GOMAXPROCS(was)
		running.Unlock()
	}
}

// program returns f as proptest calls it.
func program(f func(t testing.TB)) proptest.Goroutines {
	if f == nil {
		panic("fakenet: the function is nil")
	}
	return func(t testing.TB) {
		bubble.Current().RealLocks = true
		f(t)
	}
}

// Run calls f once, in a bubble of testing/synctest, on a network without faults where
// nothing is late. It is for tests that need a network and no search. The rules are those
// of Test.
func Run(t *testing.T, f func(t testing.TB)) {
	t.Helper()
	d := (*Options)(nil).withDefaults()
	d.play(t, scheduler.NewQuiet(), f)
}

// Run makes one run, with decisions that are drawn from Seed. A failure is neither shrunk
// nor saved.
func (o *Options) Run(t *testing.T, f func(t testing.TB)) {
	t.Helper()
	d := o.withDefaults()
	d.play(t, scheduler.NewRandom(d.Seed), f)
}

// Limits and defaults of a run.
const (
	defaultCalls  = 50_000
	defaultBuffer = 4096
)

// withDefaults returns o with its plan. Package proptest checks the rest.
func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Plan == nil {
		d.Plan = &NetworkFaults
	}
	return d
}

// judge returns the options of the judge.
func (o *Options) judge() *proptest.Options {
	d := o.withDefaults()
	return &proptest.Options{Runs: d.Runs, Seed: d.Seed, Plan: d.Plan, Workload: d.machine(), Dir: d.Dir}
}

// machine returns the text of the workload that has the settings of o.
func (o *Options) machine() string {
	text := []string{"p1"}
	if o.Buffer != 0 && o.Buffer != defaultBuffer {
		text = append(text, fmt.Sprintf("buffer.%d", o.Buffer))
	}
	if o.Calls != 0 && o.Calls != defaultCalls {
		text = append(text, fmt.Sprintf("calls.%d", o.Calls))
	}
	if len(text) == 1 {
		return ""
	}
	return strings.Join(text, "+")
}
