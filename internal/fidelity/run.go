package fidelity

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/internal/sequence"
	"reactortest/scheduler"
)

// needs is what a comparison must have done to say anything.
var needs = sequence.Need{Hits: 100, Success: 60, Median: 20, Counts: "with two descriptors registered"}

// needWatched are the descriptors that must be registered for a call to count.
const needWatched = 2

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

// Options are the settings of a comparison. A nil *Options means the defaults.
type Options struct {
	Calls    int                // system calls to make on each kernel, about; 100 000
	Seed     uint64             // of the sequences
	Mutation string             // breaks a rule of the simulation, see Mutations; "" none
	Progress func(*Report) bool // called now and then; false ends the comparison; may be nil
}

// Report is the result of a comparison. It counts the calls of a sequence during
// which two descriptors were registered.
type Report = sequence.Report

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
// compares the results. It ends with the first disagreement. It returns an error if
// the running kernel is not a Linux (errors.ErrUnsupported), or if the mutation
// does not exist.
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
	c.report.Conclude(c.coverage.cells(), c.lengths, needs)
	return c.report, nil
}

// sequence makes one sequence of calls, its calls drawn one by one.
func (c *comparison) sequence(number int) {
	recorder := c.gen.Recorder
	recorder.Begin(c.strategy)
	c.calls = c.calls[:0]
	c.gen.begin()
	length := shortest + c.gen.Below(longest-shortest+1)
	settled := c.gen.flavor == online || c.gen.flavor == networked
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
