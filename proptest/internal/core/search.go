package core

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// search is one search.
type search struct {
	suite   Suite
	options Options
	rules   []Property // the suite's and the breakdowns
	waived  []bool     // by rule
	fixed   Workload   // of Options.Workload; nil: drawn
	report  *Report
	clock   func() time.Duration
	tb      testing.TB
	main    *worker    // the first one; shrinks and replays
	mu      sync.Mutex // guards found
	found   []*finding // the first of each rule, in the order of the runs
	hung    chan *Failure
}

// newSearch makes a search. It panics if an option is out of range.
func newSearch(tb testing.TB, s Suite, o Options) *search {
	x := &search{suite: s, options: o, clock: realClock(), tb: tb, hung: make(chan *Failure, 1)}
	x.rules = append(append([]Property(nil), s.Properties()...), breakdowns[:]...)
	x.waived = make([]bool, len(x.rules))
	if o.Subject != "" { // a fuzzer learns its own with its first input
		tape := scheduler.Tape{Suite: s.Name(), Subject: o.Subject, Dialect: o.Dialect, Plan: o.Plan.String(), Workload: PlainWorkload}
		if err := tape.Validate(); err != nil {
			refuse("Subject is %q, which no tape can have: %v", o.Subject, err)
		}
	}
	x.report = &Report{Suite: s.Name(), Subject: o.Subject, Dialect: o.Dialect, Seed: o.Seed, Shard: o.Shard, Shards: o.Shards}
	x.report.Simulated = newColumn(s, o.Dialect+", simulated", o.Plan.String())
	for i, p := range x.rules {
		reason, waived := o.Waive[p.Name]
		x.waived[i] = waived
		if waived && i < len(x.report.Simulated.Waived) {
			x.report.Simulated.Waived[i] = reason
		}
	}
	if o.Workload != "" {
		w, err := s.Parse(o.Workload)
		if err != nil {
			refuse("Workload is %q: %v", o.Workload, err)
		}
		x.fixed = w
	}
	x.main = x.newWorker(tb)
	return x
}

// stop ends what the search has started.
func (s *search) stop() { s.main.stop() }

// merged is the state of a search whose blocks are put together in order.
type merged struct {
	mu    sync.Mutex
	moved sync.Cond
	next  int // the block that is taken next
	done  int // blocks that were merged
	limit int // blocks from here on are not made
	ready map[int]*block
}

// maxAhead is how many blocks the workers may be ahead of what was merged.
const maxAhead = 1024

// simulate makes the runs on the simulated kernel. What it reports does not
// depend on the number of workers: blocks are merged in the order of their
// numbers.
func (s *search) simulate() error {
	s.report.Simulated.partial = s.options.Shards > 1 || s.fixed != nil || s.options.Strategy != nil
	makeRuns := s.together
	if s.options.Workers <= 1 || s.main.exec.surrounded {
		makeRuns = s.alone
	}
	if err := makeRuns(); err != nil {
		return err
	}
	s.report.Simulated.Elapsed = s.clock()
	for _, f := range s.found {
		if err := s.fail(f); err != nil {
			return err
		}
	}
	return nil
}

// blocks is how many blocks the search has.
func (s *search) blocks() int { return (s.options.Runs + blockRuns - 1) / blockRuns }

// mine reports whether a block is one of this shard.
func (s *search) mine(number int) bool { return number%s.options.Shards == s.options.Shard }

// alone makes the blocks one after another.
func (s *search) alone() error {
	limit := s.blocks()
	for number := 0; number < limit; number++ { //nolint:intrange // limit is lowered meanwhile
		if !s.mine(number) {
			continue
		}
		w := s.main
		if s.options.Shards > 1 {
			if err := w.learn(); err != nil {
				return err
			}
		}
		goOn, err := s.merge(w.block(number), &limit)
		if err != nil || !goOn {
			return err
		}
	}
	return nil
}

// together has several workers make the blocks.
func (s *search) together() error {
	m := &merged{limit: s.blocks(), ready: make(map[int]*block)}
	m.moved.L = &m.mu
	var working sync.WaitGroup
	for i := range s.options.Workers {
		w := s.main
		if i > 0 {
			w = s.newWorker(s.tb)
		}
		working.Add(1)
		go func() {
			defer working.Done()
			if i > 0 {
				defer w.stop()
			}
			s.work(w, m)
		}()
	}
	err := s.mergeAll(m)
	m.mu.Lock()
	m.limit = 0 // nobody goes on
	m.moved.Broadcast()
	m.mu.Unlock()
	working.Wait()
	return err
}

// work makes blocks until there are no more.
func (s *search) work(w *worker, m *merged) {
	err := w.learn()
	for {
		m.mu.Lock()
		for m.next < m.limit && !s.mine(m.next) {
			m.next++
		}
		for m.next < m.limit && m.next-m.done > maxAhead*s.options.Shards {
			m.moved.Wait()
		}
		number := m.next
		if number >= m.limit {
			m.mu.Unlock()
			return
		}
		m.next++
		for m.next < m.limit && !s.mine(m.next) {
			m.next++
		}
		m.mu.Unlock()
		b := &block{number: number, err: err}
		if err == nil {
			b = w.block(number)
		}
		m.mu.Lock()
		m.ready[number] = b
		m.moved.Broadcast()
		m.mu.Unlock()
	}
}

// mergeAll merges the blocks in order.
func (s *search) mergeAll(m *merged) error {
	for number := 0; ; number++ {
		if !s.mine(number) && number < s.blocks() {
			continue
		}
		m.mu.Lock()
		for number < m.limit && m.ready[number] == nil {
			m.moved.Wait()
		}
		b := m.ready[number]
		delete(m.ready, number)
		limit := m.limit
		m.mu.Unlock()
		if number >= limit {
			return nil
		}
		goOn, err := s.merge(b, &limit)
		m.mu.Lock()
		m.limit, m.done = min(m.limit, limit), number+1
		m.moved.Broadcast()
		m.mu.Unlock()
		if err != nil || !goOn {
			return err
		}
	}
}

// maxFound is how many failures a search has at most.
const maxFound = 64

// same reports whether two violations are of one rule and have one cause.
func (s *search) same(a, b *Violation) bool {
	if a.Rule != b.Rule || s.options.Cause == nil {
		return a.Rule == b.Rule
	}
	return s.options.Cause(a.Name, a.Text) == s.options.Cause(b.Name, b.Text)
}

// reportEvery is how many blocks lie between two calls of Progress.
const reportEvery = 32

// merge adds a block to the report, and reports whether the search goes on.
// After the first block with a violation limit is lowered: a few more runs look
// for other rules that are broken.
func (s *search) merge(b *block, limit *int) (bool, error) {
	c := &s.report.Simulated
	c.merge(&b.column)
	if s.report.Foreign == "" {
		s.report.Foreign = b.foreign
	}
	s.report.Digests = append(s.report.Digests, b.digests...)
	if b.err != nil {
		return false, b.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range b.findings {
		f := &b.findings[i]
		if slices.ContainsFunc(s.found, func(have *finding) bool { return s.same(&have.rule, &f.rule) }) {
			continue
		}
		if len(s.found) >= maxFound {
			break
		}
		if len(s.found) == 0 && !s.options.Digests {
			*limit = min(*limit, b.number+1+s.moreBlocks())
		}
		s.saveRaw(f)
		s.found = append(s.found, f)
	}
	if s.options.Progress != nil && (b.number+1)%reportEvery == 0 {
		c.Elapsed = s.clock()
		if !s.options.Progress(s.report) {
			s.report.Interrupted = true
			return false, nil
		}
	}
	return !b.ended, nil
}

// moreBlocks is how many blocks are made after the first that has a violation.
func (s *search) moreBlocks() int {
	if s.options.FirstOnly {
		return 0
	}
	return moreRuns / blockRuns
}

// Check judges a subject outside of a test: it searches for runs that break
// rules, shrinks the first of each, and saves them before and after shrinking.
// The error is not about the subject: a strategy that answers out of range, or
// a directory that cannot be written.
func Check(s Suite, o *Options) (*Report, error) { return CheckIn(nil, s, o) }

// CheckIn is Check in a test, for suites whose runs need one. It does not fail the test.
func CheckIn(tb testing.TB, s Suite, o *Options) (*Report, error) {
	d := o.withDefaults(s.Properties())
	if d.Subject == "" {
		d.Subject = s.Name()
	}
	x := newSearch(tb, s, d)
	if err := x.watched(func() error {
		if !d.RealOnly {
			if err := x.simulate(); err != nil || x.report.Failure != nil {
				return x.lacking(err)
			}
		}
		if x.options.Host != nil {
			x.runReal()
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return x.report, nil
}

// lacking turns the end of a search that asked for something that the simulation does
// not have into a report that judges nothing. It returns any other error.
func (s *search) lacking(err error) error {
	var lacks *fakedemux.NotSimulatedError
	if !errors.As(err, &lacks) {
		return err
	}
	s.report.NotJudged = lacks.Error()
	return nil
}

// Of a column and a failure on a real host.
const (
	realSuffix = ", real"
	realMode   = "real"
)

// runReal makes the runs on a real host, if it has a demultiplexer.
func (s *search) runReal() {
	h := s.options.Host()
	if h == nil {
		refuse("Host has returned nil")
	}
	d, err := h.Open()
	if err != nil {
		s.report.NotJudged = fmt.Sprintf("real kernel: %v", err)
		return
	}
	name := d.Traits().Name + realSuffix
	_ = d.Close()
	column := newColumn(s.suite, name, "")
	column.real = true
	copy(column.Waived, s.report.Simulated.Waived)
	s.report.Real = &column
	began := s.clock()
	for run := range s.options.HostRuns {
		w, err := s.main.workload(run)
		if err != nil {
			s.report.NotJudged = err.Error()
			return
		}
		s.main.exec.drawer.Reuse(nil) // threads of the run may be in its hands for a while
		s.main.watchdog.Begin()
		o, c := s.main.exec.real(s.options.Host, w, s.waived)
		s.main.watchdog.End()
		column.count(s.suite, c, &o, 0)
		column.Distinct = column.traces.count(column.Counted)
		column.Elapsed = s.clock() - began
		if o.violation != nil {
			s.failReal(run, &o)
			return
		}
		if s.options.Progress != nil && !s.options.Progress(s.report) {
			s.report.Interrupted = true
			return
		}
	}
}
