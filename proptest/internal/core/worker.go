package core

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"reactortest/scheduler"
)

// blockRuns is how many runs are made between two looks at what others have
// found. Shards and workers take whole blocks.
const blockRuns = 16

// finding is a run that broke a rule, before it is shrunk.
type finding struct {
	rule      Violation
	run       int
	workload  string
	decisions []scheduler.Decision
	skip      []bool // rules that were passed over to find it
	saved     string // the file that has it; "" if it could not be saved
}

// block is what a block of runs has found. Everything in it depends on the
// number of the block alone.
type block struct {
	number   int
	column   Column
	findings []finding // the first of each rule, in the order of the runs
	foreign  string
	digests  []uint32
	err      error
	ended    bool // the strategy has no more runs
}

// worker makes blocks of runs. One goroutine at a time uses it.
type worker struct {
	search   *search
	exec     *executor
	strategy scheduler.Strategy
	load     scheduler.Strategy
	free     bool // runs may be made again and in any order: the strategy is independent
	learned  bool // it has made the runs that the length of runs is learned from
	watchdog *scheduler.Watchdog
	making   workloadBox // that of the run that the watchdog watches
}

// workloadBox holds a workload that the goroutine of a watchdog may look at.
type workloadBox struct {
	mu sync.Mutex // held while a workload is drawn, which may use the memory of the last one
	w  Workload
}

func (b *workloadBox) store(w Workload) {
	b.mu.Lock()
	b.w = w
	b.mu.Unlock()
}

// kept returns a copy of the workload.
func (b *workloadBox) kept(s Suite) Workload {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.w == nil {
		return nil
	}
	w, err := s.Parse(b.w.String())
	if err != nil {
		return nil
	}
	return w
}

func (s *search) newWorker(tb testing.TB) *worker {
	w := &worker{search: s, exec: newExecutor(tb, s.suite, &s.options), strategy: s.options.Strategy}
	if w.strategy == nil {
		w.strategy = scheduler.NewSearch(s.options.Seed)
	}
	_, w.free = w.strategy.(scheduler.Independent)
	w.load = scheduler.NewRandom(^s.options.Seed)
	w.watchdog = s.newWatchdog(w)
	return w
}

// stop ends what the worker keeps between runs.
func (w *worker) stop() {
	w.watchdog.Stop()
	w.exec.kernel.Stop()
}

// workload returns that of a run.
func (w *worker) workload(run int) (Workload, error) {
	if fixed := w.search.fixed; fixed != nil {
		return fixed, nil
	}
	if list, is := w.search.suite.(Listed); is {
		if all := list.Workloads(); run < len(all) {
			return all[run], nil
		}
	}
	w.load.Begin(run)
	return w.draw(w.load)
}

// draw draws a workload, of the memory of the one that was drawn before.
func (w *worker) draw(from scheduler.Strategy) (Workload, error) {
	w.making.mu.Lock()
	defer w.making.mu.Unlock()
	w.making.w = nil
	return w.exec.draw(from)
}

// learn makes the runs that the length of runs is learned from, and counts
// nothing.
func (w *worker) learn() error {
	if w.learned || !w.free {
		return nil
	}
	for run := range min(scheduler.LearningRuns, w.search.options.Runs) {
		if o, _ := w.once(run, w.search.waived, false); o.err != nil {
			return o.err
		}
	}
	w.learned = true
	return nil
}

// simulate makes one run on the simulated kernel, which the watchdog watches. The
// caller has begun the strategy.
func (w *worker) simulate(load Workload, schedule scheduler.Strategy, skip []bool, verbose bool) outcome {
	w.making.store(load)
	w.watchdog.Begin()
	defer w.watchdog.End()
	return w.exec.simulate(load, schedule, skip, verbose)
}

// once makes a run, for the first time or again. It reports false if the strategy
// has no more.
func (w *worker) once(run int, skip []bool, again bool) (outcome, bool) {
	load, err := w.workload(run)
	if err != nil {
		return outcome{err: err}, true
	}
	if !w.strategy.Begin(run) {
		return outcome{}, false
	}
	o := w.simulate(load, w.strategy, skip, false)
	again = again || w.learned && run < scheduler.LearningRuns
	if o.err == nil && !again { // a strategy learns from a run once
		w.strategy.End(scheduler.Result{
			Failed: o.violation != nil, Decisions: len(o.decisions), Steps: w.exec.kernel.Tasks().StepsByTask(), Truncated: o.truncated,
		})
	}
	return o, true
}

// block makes the runs of a block.
func (w *worker) block(number int) *block {
	s := w.search
	b := &block{number: number, column: newColumn(s.suite, "", "")}
	first := number * blockRuns
	for run := first; run < min(first+blockRuns, s.options.Runs); run++ {
		o, more := w.once(run, s.waived, false)
		if b.ended = !more; b.ended {
			return b
		}
		if b.err = o.err; b.err != nil {
			return b
		}
		b.column.count(s.suite, &w.exec.run, &o, minDecisions)
		if b.foreign == "" {
			b.foreign = o.foreign
		}
		if s.options.Digests {
			b.digests = append(b.digests, o.digest())
		}
		if o.violation == nil {
			continue
		}
		if b.err = w.collect(b, run, o); b.err != nil {
			return b
		}
		if b.ended = !w.free; b.ended {
			return b // the strategy cannot make this run again: its first violation is all
		}
	}
	return b
}

// maxPassed is how many rules are passed over in one run to find others.
const maxPassed = 8

// collect books what a run breaks: the first violation, and, passing over the
// rules that were broken before, those that come after it.
func (w *worker) collect(b *block, run int, o outcome) error {
	skip := w.search.waived
	for range maxPassed {
		if o.violation == nil {
			return nil
		}
		rule := o.violation.Rule
		if !slices.ContainsFunc(b.findings, func(f finding) bool { return w.search.same(&f.rule, o.violation) }) {
			b.findings = append(b.findings, finding{
				rule: *o.violation, run: run, workload: o.workload.String(), decisions: slices.Clone(o.decisions), skip: skip,
			})
		}
		final, has := w.search.suite.(Final)
		if !w.free || rule >= len(skip)-len(breakdowns) || has && final.Final(rule) {
			return nil // the run is over
		}
		skip = slices.Clone(skip)
		skip[rule] = true
		if o, _ = w.once(run, skip, true); o.err != nil {
			return fmt.Errorf("proptest: run %d, made again: %w", run, o.err)
		}
	}
	return nil
}
