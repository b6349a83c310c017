package winfidelity

import (
	"reactortest/internal/sequence"
	"reactortest/scheduler"
)

// needs is what a comparison must have done to say anything.
var needs = sequence.Need{Hits: 200, Success: 60, Median: 20, Counts: "in a sequence"}

// Options are the settings of a comparison.
type Options struct {
	Calls     int     // to make on each system, about; 10 000
	Seed      uint64  // of the sequences
	Simulated *System // nil: Simulated(nil)
	Running   *System // what it is compared with, nil for nothing
	Hurry     bool    // give the running system's network little time
}

// Report is the result of a comparison.
type Report struct {
	sequence.Report
	Digest uint32 // of all decisions
}

// comparison is a Run on its way.
type comparison struct {
	bench    *bench
	gen      *generator
	strategy scheduler.Strategy
	coverage coverage
	report   *Report
	lengths  []int
	calls    []Call // of this sequence
}

// Run makes the same calls on both systems and compares the results. It ends with
// the first disagreement.
func Run(o *Options) *Report {
	calls, simulated := o.Calls, o.Simulated
	if calls <= 0 {
		calls = 10_000
	}
	if simulated == nil {
		simulated = Simulated(nil)
	}
	b := newBench(newMachine(simulated), nil)
	if o.Running != nil {
		b = newBench(b.simulated, newMachine(o.Running))
	}
	if o.Hurry {
		b.patience = pauses(haste)
	}
	draw := sequence.Draw{Recorder: scheduler.NewRecorder(longest * 64), Call: pointCall, Argument: pointArgument}
	c := &comparison{
		bench: b, gen: &generator{bench: b, Draw: draw},
		strategy: scheduler.NewRandom(o.Seed), coverage: newCoverage(), report: &Report{},
	}
	for c.report.Calls < calls && c.report.Failure == nil && c.strategy.Begin(c.report.Sequences) {
		c.sequence(c.report.Sequences)
	}
	c.report.Conclude(c.cells(), c.lengths, needs)
	return c.report
}

// sequence makes one sequence of calls, its calls drawn one by one.
func (c *comparison) sequence(number int) {
	recorder := c.gen.Recorder
	recorder.Begin(c.strategy)
	c.calls = c.calls[:0]
	c.gen.begin()
	length := shortest + c.gen.Below(longest-shortest+1)
	c.bench.begin()
	for i := range length {
		call := c.gen.next(i)
		c.calls = append(c.calls, call)
		o, differs := c.bench.step(&call)
		if differs != nil {
			c.bench.end()
			c.fail(number, differs)
			break
		}
		c.count(&call, &o)
		if c.bench.explained {
			break
		}
	}
	if c.report.Failure == nil {
		c.bench.end()
	}
	c.report.Sequences++
	c.lengths = append(c.lengths, len(c.calls))
	c.report.Digest = c.report.Digest*31 + scheduler.Digest("", recorder.Decisions(), "")
	c.strategy.End(scheduler.Result{Failed: c.report.Failure != nil, Decisions: len(recorder.Decisions())})
}

func (c *comparison) count(call *Call, o *Outcome) {
	c.report.Calls++
	if o.Word == done || o.Word == pending || o.Word == nothing || o.Word == timeout {
		c.report.Succeeded++
	}
	c.coverage.add(c.bench, call, o)
}

// cells is the table, with how often each difference was met.
func (c *comparison) cells() []sequence.Cell {
	cells := c.coverage.cells()
	for _, d := range c.bench.differs {
		cells = append(cells, sequence.Cell{Group: groupKnown, Name: d.Name, Hits: c.bench.met[d], Listed: !d.rare})
	}
	return cells
}
