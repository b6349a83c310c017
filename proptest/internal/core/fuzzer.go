package core

import (
	"strings"
	"testing"

	"reactortest/scheduler"
)

// Fuzzer runs one subject on the tapes that somebody else makes up, as
// go test -fuzz does. One goroutine at a time uses it. Between its calls it keeps
// memory and no goroutine. Package fuzz is its usual front.
type Fuzzer struct {
	search *search
}

// begin starts what a call needs, and returns what ends it.
func (f *Fuzzer) begin() (end func()) {
	w := f.search.main
	w.watchdog = f.search.newWatchdog(w)
	return w.stop
}

// NewFuzzer returns a fuzzer with the options of a search; Runs, Strategy and
// Host do not matter.
func NewFuzzer(s Suite, o *Options) *Fuzzer {
	d := o.withDefaults(s.Properties())
	d.Strategy = nil
	f := &Fuzzer{search: newSearch(nil, s, d)}
	f.search.stop()
	return f
}

// Run makes the run that the two byte strings describe and judges it: every
// byte string is a tape, see scheduler.NewReplayBytes. It returns nil if no
// rule was broken; a failure is shrunk and saved. tb names the test that it is
// for. With the flag -reactortest.tape it makes the run of that tape instead.
func (f *Fuzzer) Run(tb testing.TB, load, tape []byte) (*Failure, error) {
	return f.RunMany(tb, load, tape, 1)
}

// RunMany is Run with more schedules for the same workload, up to schedules in all.
// They are drawn, and depend on the two byte strings alone: an engine that makes a call
// again finds the same failure. The first run that breaks a rule is the one that is
// shrunk and saved, as a tape of its own.
func (f *Fuzzer) RunMany(tb testing.TB, load, tape []byte, schedules int) (*Failure, error) {
	s := f.search
	defer f.begin()()
	s.main.exec.t = tb
	if s.options.Subject == "" {
		s.options.Subject, _, _ = strings.Cut(tb.Name(), "/")
	}
	if given.tape != "" {
		r, err := replay(tb, given.tape, s.suite, s.options)
		if err != nil {
			return nil, err
		}
		return r.Failure, nil
	}
	o, err := f.run(load, tape)
	if err != nil {
		return nil, err
	}
	if o.violation == nil && schedules > 1 && len(o.decisions) > 0 {
		o = f.more(&o, load, tape, schedules)
	}
	if o.err != nil || o.violation == nil {
		return nil, o.err
	}
	return f.fail(&o)
}

// more makes the runs of RunMany after the first one, which was o, until one breaks a
// rule.
func (f *Fuzzer) more(o *outcome, load, tape []byte, schedules int) outcome {
	last, asked := *o, len(o.decisions)
	drawn := newDrawn(load, tape)
	for run := 1; run < schedules && last.err == nil && last.violation == nil; run++ {
		drawn.begin(run, asked)
		last = f.search.main.simulate(o.workload, drawn, f.search.waived, false)
	}
	return last
}

// fail shrinks and reports one failure.
func (f *Fuzzer) fail(o *outcome) (*Failure, error) {
	s := f.search
	found := &finding{rule: *o.violation, workload: o.workload.String(), decisions: append([]scheduler.Decision(nil), o.decisions...), skip: s.waived}
	s.saveRaw(found)
	err := s.fail(found)
	failure := s.report.Failure
	s.report.Failure, s.report.Failures = nil, nil
	return failure, err
}

// run makes the run of two byte strings.
func (f *Fuzzer) run(load, tape []byte) (outcome, error) {
	w, err := f.search.main.draw(scheduler.NewReplayBytes(load))
	if err != nil {
		return outcome{}, err
	}
	o := f.search.replayLax(w, string(tape), f.search.waived, false)
	return o, o.err
}

// RunTape makes the run of a workload's text and of the digits of a tape, which
// need not fit, and judges it. A failure is not saved and not shrunk.
func (f *Fuzzer) RunTape(workload, digits string) (*Failure, error) {
	s := f.search
	defer f.begin()()
	w, err := s.suite.Parse(workload)
	if err != nil {
		return nil, err
	}
	o := s.replayLax(w, digits, s.waived, true)
	if o.err != nil || o.violation == nil {
		return nil, o.err
	}
	return s.describe(0, 0, s.tape(&o), &o), nil
}

// Replay returns the command that makes the run of a failure again.
func (f *Fuzzer) Replay(failure *Failure) string {
	return ReplayCommand(packagePath(), f.search.options.Subject, failure.Tape)
}

// Close says that the fuzzer is not used any more.
func (f *Fuzzer) Close() {}

// Tape runs the two byte strings and returns what they amount to: the tape of
// that run, in the digits of which every byte counts. It is for corpora.
func (f *Fuzzer) Tape(load, tape []byte) (scheduler.Tape, error) {
	defer f.begin()()
	o, err := f.run(load, tape)
	if err != nil {
		return scheduler.Tape{}, err
	}
	return f.search.tape(&o), nil
}
