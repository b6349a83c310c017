package core

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// remade is a run that was made again from a tape.
type remade struct {
	outcome  outcome
	diverged string // how it differs from the tape, after "; "; "" if it does not
}

// replayTape makes the run of a tape again and puts it into the report.
func (s *search) replayTape(text string) error {
	saved, err := ReadTape(text)
	if err != nil {
		return err
	}
	tape := saved.Tape
	if err := s.checkTape(tape); err != nil {
		return fmt.Errorf("tape %s: %w", tape, err)
	}
	r, err := s.remake(&saved)
	if err != nil {
		return fmt.Errorf("tape %s: %w", tape, err)
	}
	c := &s.report.Simulated
	c.count(s.suite, &s.main.exec.run, &r.outcome, minDecisions)
	c.Distinct, c.Elapsed, c.partial = c.Counted, s.clock(), true
	s.report.Diverged = strings.TrimPrefix(r.diverged, "; ")
	if r.outcome.violation != nil {
		if r.diverged != "" {
			tape = s.tape(&r.outcome)
		}
		f := s.describe(0, 0, tape, &r.outcome)
		f.Note = s.report.Diverged
		s.report.fail(f)
	}
	return nil
}

// ReadTape returns the run that text names: a tape, or a file that a failure was
// saved in.
func ReadTape(text string) (scheduler.Saved, error) {
	if strings.HasPrefix(text, "rt") && strings.Contains(text, "~") {
		tape, err := scheduler.ParseTape(text)
		return scheduler.Saved{Tape: tape}, err
	}
	saved, err := readSaved(text)
	if err != nil {
		return saved, fmt.Errorf("%q is neither a tape (rt2/...~DIGEST) nor a file with one: %w", text, err)
	}
	return saved, nil
}

// checkTape tells what of a tape does not belong here.
func (s *search) checkTape(t scheduler.Tape) error {
	switch {
	case t.Suite != s.suite.Name():
		return fmt.Errorf("it is for the suite %q, and this is %q", t.Suite, s.suite.Name())
	case t.Dialect != s.options.Dialect:
		return fmt.Errorf("it is for the dialect %q, and the simulated kernel speaks %q", t.Dialect, s.options.Dialect)
	case t.Subject != s.options.Subject:
		return fmt.Errorf("it is for the subject %q, and this is %q", t.Subject, s.options.Subject)
	default:
		return nil
	}
}

// remake makes a run again: by its digits, which must all fit; if they do not,
// or if the run is another one, by its deviations, and it says where it went
// another way.
func (s *search) remake(saved *scheduler.Saved) (remade, error) {
	tape := saved.Tape
	plan, err := fakedemux.ParseTapePlan(tape.Plan)
	if err != nil {
		return remade{}, err
	}
	w, err := s.suite.Parse(tape.Workload)
	if err != nil {
		return remade{}, fmt.Errorf("WORKLOAD %q: %w", tape.Workload, err)
	}
	s.options.Plan = &plan
	s.main.exec.kernel.SetPlan(plan)
	o, err := s.remakeExactly(tape, w)
	if err == nil {
		return remade{outcome: o}, nil
	}
	_, differs := scheduler.FirstDifference(saved.Decisions, o.decisions)
	if o.err == nil && (len(saved.Decisions) == 0 || !differs || o.violation != nil) {
		// Every digit fits, and there is nothing better to go by.
		return remade{o, fmt.Sprintf("; diverged: the digest is %08x, the tape has %08x; the program has changed", o.digest(), tape.Digest)}, nil
	}
	why := ""
	if o.err != nil {
		why = o.err.Error()
	}
	if len(saved.Decisions) == 0 {
		o = s.replayLax(w, tape.Digits, s.waived, true)
		return remade{o, "; diverged: " + why}, o.err
	}
	o, why = s.replayDeviations(w, saved, why)
	return remade{o, "; diverged: " + why}, o.err
}

// remakeExactly replays the digits of a tape. A run that broke a rule after
// others, which were passed over, has the digest of its tape only when they are
// passed over again.
func (s *search) remakeExactly(tape scheduler.Tape, w Workload) (outcome, error) {
	skip := s.waived
	var first outcome
	for tries := range maxPassed + 1 {
		schedule := scheduler.NewReplay(tape.Digits, true)
		schedule.Begin(0)
		o := s.main.simulate(w, schedule, skip, true)
		schedule.End(scheduler.Result{})
		if o.err == nil {
			o.err = schedule.Err()
		}
		if o.err == nil && o.digest() == tape.Digest {
			return o, nil
		}
		if tries == 0 {
			first = o.keep()
		}
		if o.violation == nil || o.violation.Rule >= len(skip)-len(breakdowns) {
			break
		}
		skip = slices.Clone(skip)
		skip[o.violation.Rule] = true
	}
	return first, fmt.Errorf("diverged")
}

// keep returns o with slices of its own.
func (o outcome) keep() outcome {
	o.decisions, o.history = slices.Clone(o.decisions), slices.Clone(o.history)
	return o
}

// replayDeviations replays what a saved run did at each point. It says which
// decision was the first to be another than in the file.
func (s *search) replayDeviations(w Workload, saved *scheduler.Saved, why string) (outcome, string) {
	schedule := scheduler.NewDeviations(scheduler.FindDeviations(saved.Decisions))
	schedule.Begin(0)
	o := s.main.simulate(w, schedule, s.waived, true)
	schedule.End(scheduler.Result{})
	if d, differs := scheduler.FirstDifference(saved.Decisions, o.decisions); differs {
		why = d.String()
	}
	return o, why
}

// Replay makes the run of a tape again and judges it. text is the tape, or the
// name of a file that a failure was saved in. The tape must be one of this suite
// and subject, and of the dialect if the options name one. The report's Failure
// is nil if the run breaks no rule, and Diverged says how the run differs from
// the tape: then the program has changed. The error says why it cannot be run.
func Replay(text string, s Suite, o *Options) (*Report, error) { return ReplayIn(nil, text, s, o) }

// ReplayIn is Replay in a test, for suites whose runs need one. It does not fail the test.
func ReplayIn(tb testing.TB, text string, s Suite, o *Options) (*Report, error) {
	d, _, err := tapeOptions(text, o)
	if err != nil {
		return nil, err
	}
	return replay(tb, text, s, d.withDefaults(s.Properties()))
}

// tapeOptions returns the run that text names, and o with the dialect and the
// subject of its tape where o names none.
func tapeOptions(text string, o *Options) (Options, scheduler.Saved, error) {
	var d Options
	if o != nil {
		d = *o
	}
	saved, err := ReadTape(text)
	if err != nil {
		return d, saved, err
	}
	if d.Dialect == "" && slices.Contains(fakedemux.Dialects(), saved.Tape.Dialect) {
		d.Dialect = saved.Tape.Dialect
	}
	if d.Subject == "" {
		d.Subject = saved.Tape.Subject
	}
	return d, saved, nil
}

func replay(tb testing.TB, text string, s Suite, o Options) (*Report, error) {
	x := newSearch(tb, s, o)
	if err := x.watched(func() error { return x.replayTape(text) }); err != nil {
		return nil, err
	}
	return x.report, nil
}
