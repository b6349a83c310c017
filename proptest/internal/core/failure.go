package core

import (
	"fmt"
	"os"
	"strings"

	"reactortest/scheduler"
)

// Failure is a run that broke a rule, as a reader gets it.
type Failure struct {
	Rule       string // name of the rule
	Sentence   string // the rule
	Text       string // what happened
	Dialect    string // of the kernel that it happened on
	Mode       string // faithful, posix, adversarial; "real" on a real host
	Yielding   string // "; judged at system calls only ..." for a subject that never yields
	Foreign    string // where a goroutine outside of the simulation called Wake: the run may not replay
	Tape       string // shrunk, "" on a real host: it does not replay
	Run        int    // which run found it, from 0
	Before     int    // decisions of that run; 0 if no search found it
	Decisions  int    // of the shrunk run
	Deviations []string
	Lines      []Line   // the time line
	History    []string // the time line as a screen shows it, the offending line marked with ">"
	Details    []string // the same with every line
	Saved      string   // the file that has the tape
	SaveErr    error    // why there is none
	Note       string   // what else is to be said, "" if nothing is
}

// tape returns the tape of a run.
func (s *search) tape(o *outcome) scheduler.Tape {
	return scheduler.Tape{
		Suite: s.suite.Name(), Subject: s.options.Subject, Dialect: s.options.Dialect, Plan: s.options.Plan.String(),
		Workload: o.workload.String(), Digits: scheduler.Digits(o.decisions), Digest: o.digest(),
	}
}

// replayLax makes the run of digits that need not fit: what is out of range is
// taken modulo, what is missing is quiet.
func (s *search) replayLax(w Workload, digits string, skip []bool, verbose bool) outcome {
	return s.main.simulate(w, scheduler.NewReplayBytes([]byte(digits)), skip, verbose)
}

// saveRaw saves a finding as it was found.
func (s *search) saveRaw(f *finding) {
	w, err := s.suite.Parse(f.workload)
	if err != nil {
		return // fail will say so
	}
	o := outcome{workload: w, decisions: f.decisions, violation: &f.rule}
	f.saved, _ = s.save(f.rule.Name, firstLine(f.rule.Text), s.tape(&o), f.decisions)
}

// fail shrinks a finding, saves it again and reports it. One that does not
// replay is reported as it was found.
func (s *search) fail(f *finding) error {
	w, err := s.suite.Parse(f.workload)
	if err != nil {
		return fmt.Errorf("proptest: the workload %q was drawn and cannot be read: %w", f.workload, err)
	}
	if f.rule.foreign { // a stray goroutine may call in whatever run comes next
		failure := s.describeRaw(f)
		failure.Note = "not shrunk: a goroutine that Host.Go has not started calls when it likes, so the run may not replay"
		s.report.fail(failure)
		return nil
	}
	digits := scheduler.Digits(f.decisions)
	first := s.replayLax(w, digits, f.skip, true)
	if first.violation == nil || !s.same(first.violation, &f.rule) {
		s.report.fail(s.unreplayable(f, w, &first))
		return nil
	}
	small, err := s.shrink(f, w, digits)
	if err != nil {
		return err
	}
	if small.violation == nil || !s.same(small.violation, &f.rule) {
		s.report.fail(s.unreplayable(f, w, &small))
		return nil
	}
	tape := s.tape(&small)
	failure := s.describe(f.run, len(f.decisions), tape, &small)
	path, err := s.save(f.rule.Name, firstLine(small.violation.Text), tape, small.decisions)
	if failure.SaveErr = err; err == nil {
		failure.Saved = path
		if f.saved != "" && f.saved != path {
			_ = os.Remove(f.saved)
		}
	}
	s.report.fail(failure)
	return nil
}

// unreplayable reports a finding whose run, made again, is another one.
func (s *search) unreplayable(f *finding, w Workload, again *outcome) *Failure {
	o := outcome{workload: w, decisions: f.decisions, violation: &f.rule}
	failure := s.describe(f.run, len(f.decisions), s.tape(&o), &outcome{
		workload: w, decisions: f.decisions, violation: &f.rule, history: again.history, foreign: again.foreign,
	})
	failure.Saved = f.saved
	failure.Note = "does not replay: made again, the run " + verdict(again.violation) +
		". The subject depends on more than its host: a clock, a map's order, a goroutine that Host.Go has not started, or what an " +
		"earlier run has left. The time line is that of the second run."
	return failure
}

// describeRaw reports a finding that could be neither shrunk nor replayed.
func (s *search) describeRaw(f *finding) *Failure {
	p := s.rules[f.rule.Rule]
	tape := ""
	if w, err := s.suite.Parse(f.workload); err == nil {
		tape = s.tape(&outcome{workload: w, decisions: f.decisions, violation: &f.rule}).String()
	}
	return &Failure{
		Rule: p.Name, Sentence: p.Rule, Text: f.rule.Text, Dialect: s.options.Dialect, Mode: s.options.Plan.Mode.String(),
		Tape: tape, Run: f.run, Before: len(f.decisions), Decisions: len(f.decisions), Deviations: deviations(f.decisions),
		Saved: f.saved, Note: "not shrunk: another run hangs",
	}
}

func verdict(v *Violation) string {
	if v == nil {
		return "breaks no rule"
	}
	return "breaks " + v.Name
}

// describe makes the report of a verbose run.
func (s *search) describe(run, before int, tape scheduler.Tape, o *outcome) *Failure {
	p := s.rules[o.violation.Rule]
	mark := min(o.violation.At, len(o.history)-1)
	lines := s.main.exec.timeline(o, mark)
	f := &Failure{
		Rule: p.Name, Sentence: p.Rule, Text: o.violation.Text, Dialect: s.options.Dialect, Mode: s.options.Plan.Mode.String(),
		Tape: tape.String(), Run: run, Before: before, Decisions: len(o.decisions),
		Lines: lines, History: renderLines(lines, false, 0), Details: renderLines(lines, true, 0),
	}
	f.Deviations, f.Foreign = deviations(o.decisions), o.foreign
	f.Yielding = (&Column{Runs: 1, Yields: s.main.exec.run.Yields}).yielding()
	return f
}

// deviations names the decisions that were not quiet: "#0 order 1/2".
func deviations(decisions []scheduler.Decision) []string {
	var all []string
	for i, d := range decisions {
		if d.Got != 0 {
			all = append(all, fmt.Sprintf("#%d %s %d/%d", i, d.Point, d.Got, d.N))
		}
	}
	return all
}

// failReal reports a run on a real host. It does not replay.
func (s *search) failReal(run int, o *outcome) {
	p := s.rules[o.violation.Rule]
	lines := s.suite.NewRunner().Timeline(o.history, min(o.violation.At, len(o.history)-1))
	grain := realSlack // time passes between any two lines
	s.report.fail(&Failure{
		Rule: p.Name, Sentence: p.Rule, Text: o.violation.Text, Dialect: strings.TrimSuffix(s.report.Real.Name, realSuffix), Mode: realMode, Run: run,
		Lines: lines, History: renderLines(lines, false, grain), Details: renderLines(lines, true, grain),
	})
}

// Screen returns the failure as one screen, without the line that names the
// test. replay is the command that replays it.
func (f *Failure) Screen(replay string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s", f.Text)
	line("    rule: %s   (go run reactortest/cmd/reactortest explain -rule %s)", f.Rule, f.Rule)
	line("          %s", f.Sentence)
	line("    kernel: %s, %s%s", f.Dialect, f.Mode, f.Yielding)
	if f.Foreign != "" {
		line("    nondeterministic: a goroutine outside of the simulation called Wake at %s: start goroutines with Host.Go", f.Foreign)
	}
	if f.Tape == "" {
		line("    found on the real kernel: there is no tape that replays it")
	} else {
		found := ""
		if f.Before > 0 {
			found = fmt.Sprintf("; run %d had %d", f.Run, f.Before)
		}
		line("    tape: %s   (%d decisions, %d deviate%s)", f.Tape, f.Decisions, len(f.Deviations), found)
		line("    replay: %s", replay)
	}
	switch {
	case f.SaveErr != nil:
		line("    not saved: %v", f.SaveErr)
	case f.Saved != "":
		line("    saved: %s", f.Saved)
	}
	if f.Note != "" {
		line("    %s", f.Note)
	}
	for _, h := range screenful(f.History) {
		line("  %s", h)
	}
	switch {
	case f.Tape == "", f.Rule == FailHang: // nobody knows what was, or would have been, decided
	case len(f.Deviations) == 0:
		line("    kernel order, without exception")
	default:
		line("    kernel order except: %s", strings.Join(f.Deviations, ", "))
	}
	return b.String()
}
