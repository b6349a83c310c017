package proptest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Defaults and limits of a search.
const (
	DefaultRuns     = 2000
	DefaultHostRuns = 50
	MaxRuns         = 100_000_000

	minDispatches = 5  // of a run that counts
	minDecisions  = 10 // of a run that counts
	shrinkTries   = 400
	shrinkRounds  = 4
	reportEvery   = 512 // runs between two calls of Progress

	realSuffix = ", real" // of the name of a column
)

// Options say how a subject is judged. A nil *Options means the defaults.
type Options struct {
	Runs     int               // simulated runs, 1 to MaxRuns; DefaultRuns
	Seed     uint64            // of the search; 0 is a seed like any other
	Dialect  string            // of the simulated kernel, see fakedemux.Dialects; "epoll"
	Plan     *fakedemux.Plan   // faults of the simulated kernel; fakedemux.DefaultPlan
	Subject  string            // name in tapes; the test's name if empty
	Dir      string            // where failing tapes are saved; "testdata/reactortest"
	Host     func() demux.Host // a real host for the second column; nil: not run
	HostRuns int               // runs on it; DefaultHostRuns
	// Workload has the digits of a workload that every run has, as in the
	// WORKLOAD segment of a tape: "-" is the quiet one. "" draws one for each run.
	Workload string
	NoNotes  bool // without the observer of the built-in loop

	// Strategy makes the decisions of the runs; scheduler.NewSearch(Seed) if nil.
	Strategy scheduler.Strategy
	// Progress is called now and then with what was found so far; returning
	// false ends the search.
	Progress func(r *Report) bool
	// Hang is the wall-clock limit of one run; scheduler.DefaultHang.
	Hang time.Duration
}

// withDefaults returns o with every field set.
func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Runs == 0 {
		d.Runs = DefaultRuns
	}
	if d.Runs < 1 || d.Runs > MaxRuns {
		panic(fmt.Sprintf("proptest: Options.Runs is %d, not in 1 to %d", d.Runs, MaxRuns))
	}
	if d.HostRuns <= 0 {
		d.HostRuns = DefaultHostRuns
	}
	if d.Dialect == "" {
		d.Dialect = fakedemux.Dialects()[0]
	}
	if !slices.Contains(fakedemux.Dialects(), d.Dialect) {
		panic(fmt.Sprintf("proptest: Options.Dialect is %q, none of %q", d.Dialect, fakedemux.Dialects()))
	}
	if d.Plan == nil {
		d.Plan = &fakedemux.DefaultPlan
	}
	if d.Dir == "" {
		d.Dir = "testdata/reactortest"
	}
	if d.Strategy == nil {
		d.Strategy = scheduler.NewSearch(d.Seed)
	}
	return d
}

// Report is what a search found.
type Report struct {
	Subject   string
	Simulated Column   // the simulated kernel
	Real      *Column  // the real one, nil: not run
	Failure   *Failure // nil: no rule was broken
	Foreign   string   // where a goroutine that is no task called Wake: runs may not replay; "" if none was noticed
}

// Column is one demultiplexer in a report.
type Column struct {
	Name      string // "epoll, simulated"
	Plan      string
	Runs      int           // all runs
	Counted   int           // of those with at least 5 dispatches and 10 decisions; on a real host 5 dispatches
	Distinct  int           // different traces among the counted
	Decisions int           // of all runs
	Yields    int           // of the subject, in all runs
	Elapsed   time.Duration // wall clock
	Evaluated []int         // by rule, in the order of Properties
	Points    []PointCount
	Unfair    bool // its Traits do not promise W10: fair-within-k is not judged
	traces    map[uint64]struct{}
}

// PointCount says how often a choice was asked.
type PointCount struct {
	Point    scheduler.Point
	Asked    int
	NonQuiet int
}

// search is one search.
type search struct {
	options  Options
	exec     *executor
	workload scheduler.Strategy
	report   *Report
	clock    func() time.Duration
	watchdog *scheduler.Watchdog
}

// Check judges a subject: it searches for a run that breaks a rule, shrinks
// the first that does, and saves it before and after shrinking. Without a
// test it is what the command runs. The error is not about the subject: a
// strategy that answers out of range, or a directory that cannot be written.
func Check(subject NewReactor, o *Options) (*Report, error) {
	return check(nil, subject, o.withDefaults())
}

func check(tb testing.TB, subject NewReactor, o Options) (*Report, error) {
	s := newSearch(tb, subject, o)
	defer s.watchdog.Stop()
	defer s.exec.kernel.Stop()
	if err := s.simulate(); err != nil || s.report.Failure != nil {
		return s.report, err
	}
	if o.Host != nil {
		s.runReal()
	}
	return s.report, nil
}

func newSearch(tb testing.TB, subject NewReactor, o Options) *search {
	s := &search{options: o, exec: newExecutor(tb, subject, o.Dialect, *o.Plan), clock: realClock()}
	s.exec.notes = !o.NoNotes
	s.workload = scheduler.NewRandom(^o.Seed)
	s.report = &Report{Subject: o.Subject, Simulated: newColumn(o.Dialect+", simulated", o.Plan.String())}
	s.watchdog = s.newWatchdog()
	return s
}

func newColumn(name, plan string) Column {
	return Column{Name: name, Plan: plan, Evaluated: make([]int, ruleCount), traces: make(map[uint64]struct{})}
}

// simulate makes the runs on the simulated kernel.
func (s *search) simulate() error {
	strategy, column := s.options.Strategy, &s.report.Simulated
	defer func() { column.finish(&s.exec.judge, s.clock()) }()
	for run := range s.options.Runs {
		if !strategy.Begin(run) {
			return nil
		}
		s.watchdog.Begin()
		o := s.exec.run(s.drawFrom(run), strategy, false)
		s.watchdog.End()
		if o.err != nil {
			return o.err
		}
		strategy.End(scheduler.Result{
			Failed: o.violation != nil, Decisions: len(o.decisions), Steps: s.exec.kernel.Tasks().StepsByTask(),
		})
		column.count(&o, s.exec.judge.stats.dispatches, minDecisions)
		if s.report.Foreign == "" {
			s.report.Foreign = o.foreign
		}
		if o.violation != nil {
			return s.fail(run, &o)
		}
		if s.options.Progress != nil && (run+1)%reportEvery == 0 {
			column.finish(&s.exec.judge, s.clock())
			if !s.options.Progress(s.report) {
				return nil
			}
		}
	}
	return nil
}

// drawFrom returns what the workload of a run is drawn from.
func (s *search) drawFrom(run int) scheduler.Strategy {
	if digits := s.options.Workload; digits != "" {
		return scheduler.NewReplayBytes([]byte(digits))
	}
	s.workload.Begin(run)
	return s.workload
}

// count adds a run to the column.
func (c *Column) count(o *outcome, dispatches, needDecisions int) {
	c.Runs++
	c.Decisions += len(o.decisions)
	for _, d := range o.decisions {
		for int(d.Point) >= len(c.Points) {
			c.Points = append(c.Points, PointCount{Point: scheduler.Point(len(c.Points))})
		}
		c.Points[d.Point].Asked++
		if d.Got != 0 {
			c.Points[d.Point].NonQuiet++
		}
	}
	if dispatches >= minDispatches && len(o.decisions) >= needDecisions {
		c.Counted++
		c.traces[traceDigest(o.history)] = struct{}{}
	}
}

// finish fills in what the judge counted.
func (c *Column) finish(j *judge, elapsed time.Duration) {
	copy(c.Evaluated, j.evaluated[:])
	c.Yields = j.yields
	c.Unfair = !j.fair
	c.Distinct = len(c.traces)
	c.Elapsed = elapsed
}

// runReal makes the runs on a real host, if it has a demultiplexer.
func (s *search) runReal() {
	d, err := s.options.Host().Open()
	if err != nil {
		return // no backend here: the report says "not run"
	}
	name := d.Traits().Name + realSuffix
	_ = d.Close()
	column := newColumn(name, "")
	s.report.Real = &column
	s.exec.judge.evaluated = [ruleCount]int{}
	began := s.clock()
	for run := range s.options.HostRuns {
		s.watchdog.Begin()
		o := s.exec.runReal(s.options.Host, s.drawFrom(run), true)
		s.watchdog.End()
		column.count(&o, s.exec.judge.stats.dispatches, 0)
		if o.violation != nil {
			s.failReal(run, &o)
			break
		}
		if s.options.Progress != nil {
			column.finish(&s.exec.judge, s.clock()-began)
			if !s.options.Progress(s.report) {
				break
			}
		}
	}
	column.finish(&s.exec.judge, s.clock()-began)
}
