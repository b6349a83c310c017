package fidelity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reactortest/demux/epoll"
	"reactortest/internal/sequence"
	"reactortest/scheduler"
)

// What a comparison must have done to say anything.
const (
	needSuccess = 60 // of 100 calls
	needMedian  = 20 // calls of a sequence, while needWatched descriptors are registered
	needWatched = 2
)

// patience is how long the running kernel may take for what comes over its
// network, if there is a mutation to be found, and while a disagreement is being
// shrunk.
const (
	patience = 2 * time.Second
	haste    = 100 * time.Millisecond
	hurry    = 20 * time.Millisecond
)

// MaxCalls is the largest number of calls of a Run.
const MaxCalls = 1_000_000_000

// Options say what is compared. A nil *Options means the defaults.
type Options struct {
	Calls    int                // system calls to make on each kernel, about; 100 000
	Seed     uint64             // of the sequences
	Mutation string             // breaks a rule of the simulation, see Mutations; "" none
	Progress func(*Report) bool // called now and then; false ends the comparison; may be nil
}

// Report is what a comparison has found.
type Report struct {
	Sequences int
	Calls     int
	Succeeded int      // of Calls
	Median    int      // calls of a sequence while two descriptors were registered
	Cells     []Cell   // the table
	Missing   []string // why the comparison says little, if it does
	Failure   *Failure // the first disagreement, nil if there is none
}

// Failure is a disagreement with the calls that lead to it.
type Failure struct {
	Sequence int
	Before   int // calls that there were before it was shrunk
	Script   []string
	Disagreement
}

// String returns the calls as a script, and both outcomes of the last one.
func (f *Failure) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the kernels disagree in sequence %d, shrunk from %d calls to %d:\n", f.Sequence, f.Before, len(f.Script))
	for _, line := range f.Script {
		fmt.Fprintf(&b, "    %s\n", line)
	}
	fmt.Fprintf(&b, "  %s\n    simulated: %s\n    running:   %s\n", f.What, f.Simulated, f.Running)
	return b.String()
}

// comparison is a Run on its way.
type comparison struct {
	bench    *bench
	gen      *generator
	strategy scheduler.Strategy
	coverage *coverage
	report   *Report
	lengths  []int
	calls    []Call // of this sequence
}

// Run makes the same calls on the simulated kernel and on the running one, and
// compares. It ends with the first disagreement. The error says that there is no
// Linux kernel to compare with (errors.ErrUnsupported), or no such mutation.
func Run(o *Options) (*Report, error) {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Calls <= 0 {
		options.Calls = 100_000
	}
	mutate, err := lookupMutation(options.Mutation)
	if err != nil {
		return nil, err
	}
	kernel, err := newRunning()
	if err != nil {
		return nil, err
	}
	b := newBench(newSimulated(mutate), kernel)
	if options.Mutation != "" {
		b.patience = haste
	}
	c := &comparison{
		bench: b, gen: &generator{bench: b, Draw: sequence.Draw{Recorder: scheduler.NewRecorder(longest * 64), Call: pointCall, Argument: pointArgument}},
		strategy: scheduler.NewRandom(options.Seed), coverage: newCoverage(), report: &Report{},
	}
	for c.report.Calls < options.Calls && c.report.Failure == nil && c.strategy.Begin(c.report.Sequences) {
		c.sequence(c.report.Sequences)
		if options.Progress != nil && !options.Progress(c.report) {
			break
		}
	}
	c.conclude()
	return c.report, nil
}

// sequence makes one sequence of calls, its calls drawn one by one.
func (c *comparison) sequence(number int) {
	recorder := c.gen.Recorder
	recorder.Begin(c.strategy)
	c.calls = c.calls[:0]
	c.gen.begin()
	length := shortest + c.gen.Below(longest-shortest+1)
	settled := c.gen.flavor == online
	c.bench.begin(number, settled)
	watched := 0
	for i := range length {
		call := c.gen.next(i)
		c.calls = append(c.calls, call)
		o, differs := c.bench.step(&call)
		if differs != nil {
			c.bench.end()
			c.fail(number, settled, differs)
			break
		}
		c.count(&call, &o)
		if c.bench.simulated.registered(c.bench.watch) >= needWatched {
			watched++
		}
	}
	c.bench.end()
	c.report.Sequences++
	c.lengths = append(c.lengths, watched)
	c.strategy.End(scheduler.Result{Failed: c.report.Failure != nil, Decisions: len(recorder.Decisions())})
}

func (c *comparison) count(call *Call, o *Outcome) {
	c.report.Calls++
	if o.Errno == 0 || o.Errno == epoll.Errno(inProgress) {
		c.report.Succeeded++
	}
	c.coverage.add(c.bench, call, o)
}

// conclude fills the report.
func (c *comparison) conclude() {
	r := c.report
	r.Cells = c.coverage.cells()
	slices.Sort(c.lengths)
	if n := len(c.lengths); n > 0 {
		r.Median = c.lengths[n/2]
	}
	if r.Failure != nil {
		return
	}
	r.Missing = sequence.Missing(r.Cells, need, r.Calls)
	if r.Succeeded*100 < r.Calls*needSuccess {
		r.Missing = append(r.Missing, fmt.Sprintf("%d of %d calls succeeded, %d %% are needed", r.Succeeded, r.Calls, needSuccess))
	}
	if r.Median < needMedian {
		r.Missing = append(r.Missing, fmt.Sprintf("a median of %d calls with %d descriptors registered, %d are needed", r.Median, needWatched, needMedian))
	}
}
