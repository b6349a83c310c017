package core

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Budgets of one simulated run: a base, and what the workload is worth.
const (
	baseCalls      = 20_000 // simulated calls
	callsPerCall   = 64     // of the budget, for a call that the workload is expected to make
	baseDecisions  = 10_000
	decisionsEach  = 16
	baseTime       = 24 * time.Hour
	timeFactor     = 8
	baseHandles    = 64 // descriptors
	handlesPerEach = 2
	loadDecisions  = 100_000 // draws of one workload
)

// executor makes runs and judges them. It keeps its kernel and its memory from
// run to run. One goroutine at a time uses it.
type executor struct {
	suite  Suite
	rules  []Property // the suite's and the breakdowns
	runner Runner
	t      testing.TB // of the caller, nil in the command
	host   Machine
	kernel *fakedemux.Kernel   // of host
	load   *scheduler.Recorder // draws workloads
	drawer *Drawer             // of load
	run    Case
	plan   fakedemux.Plan
	traits demux.Traits // of the kernel's demultiplexers
	notes  bool

	surrounded bool // the runs are: one goroutine makes all of them
}

// outcome is how one run ended. Its slices are valid until the next run.
type outcome struct {
	workload  Workload
	decisions []scheduler.Decision
	violation *Violation
	err       error   // a replay diverged, or a strategy answered out of range
	history   []Entry // of a verbose run
	trace     trace
	told      map[int]string // of a verbose run: its decisions that were not quiet, in words
	truncated bool
	foreign   string // where a goroutine outside of the simulation called Wake
}

// digest is that of the tape of the run.
func (o *outcome) digest() uint32 {
	rule := ""
	if o.violation != nil {
		rule = o.violation.Name
	}
	return scheduler.Digest(o.workload.String(), o.decisions, rule)
}

func newExecutor(tb testing.TB, s Suite, o *Options) *executor {
	x := &executor{suite: s, runner: s.NewRunner(), t: tb, plan: *o.Plan, notes: !o.NoNotes}
	x.run.passOver = o.PassOver
	x.rules = append(append([]Property(nil), s.Properties()...), breakdowns[:]...)
	x.host, x.surrounded = newMachine(tb, s, o)
	x.kernel = x.host.Simulation()
	x.kernel.SetPlan(x.plan)
	if own, has := s.(Tabled); has {
		x.kernel.SetTables(own.Tables())
	}
	x.load = scheduler.NewRecorder(loadDecisions)
	x.drawer = NewDrawer(x.load)
	x.traits = traitsOf(x.host)
	return x
}

// traitsOf returns what the demultiplexers of h offer. What is wrong with one the
// runs will say.
func traitsOf(h demux.Host) demux.Traits {
	t := demux.Traits{Level: true, Edge: true, Oneshot: true}
	guarded(func() {
		d, err := h.Open()
		if err != nil || d == nil {
			return
		}
		t = d.Traits()
		_ = d.Close()
	})
	return t
}

// draw draws a workload. The caller has begun the strategy. The workload that was
// drawn before is not used any more.
func (x *executor) draw(from scheduler.Strategy) (Workload, error) {
	x.load.Begin(from)
	w := x.suite.Draw(x.drawer)
	x.drawer.Reuse(w)
	if err := x.load.Err(); err != nil {
		return nil, fmt.Errorf("workload: %w", err)
	}
	return w, nil
}

// simulate makes one run on the simulated kernel. The caller has begun the
// strategy. skip has the rules that are passed over.
func (x *executor) simulate(w Workload, schedule scheduler.Strategy, skip []bool, verbose bool) outcome {
	k, c := x.kernel, &x.run
	cost := w.Cost()
	k.SetBudget(scheduler.Budget{
		Steps:     baseCalls + callsPerCall*cost.Calls,
		Decisions: baseDecisions + decisionsEach*cost.Calls,
		Time:      baseTime + timeFactor*cost.Time,
	}, baseHandles+handlesPerEach*cost.Descriptors)
	var told map[int]string
	if verbose {
		told = make(map[int]string)
		schedule = &teller{Strategy: schedule, suite: x.suite, kernel: k, told: told}
	}
	x.host.Reset(schedule)
	k.Tasks().CheckCallers(true)
	c.reset(x.rules, skip)
	tb := &caseTB{TB: x.t, run: c, notes: x.notes}
	c.tb = tb
	c.Host, c.Kernel, c.TB, c.Workload, c.Traits, c.Verbose, c.Slack = x.host, k, tb, w, x.traits, verbose, 0
	err := x.host.Run(func() { x.runner.Run(c) })
	o := outcome{workload: w, decisions: k.Recorder().Decisions(), told: told}
	o.truncated = isLivelock(err)
	o.err = c.breakdown(err, tb)
	if lacks := k.NotSimulated(); lacks != "" { // what the run has shown says nothing of the subject
		o.err, c.violation = &fakedemux.NotSimulatedError{What: lacks}, nil
	}
	c.over = err != nil
	tb.cleanup()
	o.violation, o.history, o.trace, o.foreign = c.violation, c.history, c.trace, k.Nondeterministic()
	return o
}

// realSlack is how far apart two looks at a real clock may be.
const realSlack = time.Millisecond

// real makes one run on a real host.
func (x *executor) real(newHost func() demux.Host, w Workload, skip []bool) (outcome, *Case) {
	h := newHost()
	// A case and a runner of their own: threads of the subject may be in their hands
	// for a while after the run.
	c := &Case{passOver: x.run.passOver}
	c.reset(x.rules, skip)
	tb := &caseTB{TB: x.t, run: c, notes: x.notes}
	c.tb = tb
	c.Host, c.TB, c.Workload, c.Traits, c.Verbose, c.Slack = h, tb, w, traitsOf(h), true, realSlack
	runner := x.suite.NewRunner()
	cause := guarded(func() { runner.Run(c) })
	if cause != "" {
		c.Lock()
		c.Fail(c.breakdownRule(breakPanic), c.Last(), "%s", cause)
		c.Unlock()
	}
	tb.cleanup()
	c.Lock()
	defer c.Unlock()
	return outcome{workload: w, violation: c.violation, history: c.history, trace: c.trace}, c
}

// isLivelock reports whether a budget ended the run.
func isLivelock(err error) bool {
	var l *scheduler.Livelock
	return errors.As(err, &l)
}
