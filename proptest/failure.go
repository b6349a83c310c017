package proptest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"reactortest/fakedemux"
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
	Foreign    string // where a goroutine that is no task called Wake: the run may not replay
	Tape       string // shrunk, "" on a real host: it does not replay
	Run        int    // which run found it, from 0
	Before     int    // decisions of that run; 0 if no search found it
	Decisions  int    // of the shrunk run
	Deviations []string
	History    []string // the time line, the offending line marked with ">"
	Saved      string   // the file that has the tape
	SaveErr    error    // why there is none
}

// suite is the SUITE segment of the tapes of TestReactor.
const suite = "reactor"

// tape returns the tape of a run.
func (s *search) tape(o *outcome) scheduler.Tape {
	return scheduler.Tape{
		Suite: suite, Subject: s.options.Subject, Dialect: s.options.Dialect, Plan: s.options.Plan.String(),
		Workload: workloadText(o.workload), Digits: scheduler.Digits(o.decisions), Digest: o.digest(),
	}
}

// fail saves the failing run, shrinks it, saves it again and reports it.
func (s *search) fail(run int, o *outcome) error {
	first := s.tape(o)
	before, rule := len(o.decisions), o.violation.rule
	path, err := s.save(rule, o.violation.text, first, o)
	workload, digits := s.shrink(rule, scheduler.Digits(o.workload), first.Digits)
	small := s.replayLax(workload, digits, true)
	if small.violation == nil || small.violation.rule != rule {
		return fmt.Errorf("proptest: tape %s found %s and does not replay: the subject depends on more than its host", first, rule)
	}
	tape := s.tape(&small)
	f := s.describe(run, before, tape, &small)
	if err == nil {
		f.Saved, err = s.save(rule, small.violation.text, tape, &small)
		if err == nil && path != f.Saved {
			_ = os.Remove(path)
		}
	}
	f.SaveErr = err
	s.report.Failure = f
	return nil
}

// describe makes the report of a verbose run.
func (s *search) describe(run, before int, tape scheduler.Tape, o *outcome) *Failure {
	p, _ := LookupProperty(o.violation.rule)
	f := &Failure{
		Rule: p.Name, Sentence: p.Rule, Text: o.violation.text, Dialect: s.options.Dialect, Mode: s.options.Plan.Mode.String(),
		Tape: tape.String(), Run: run, Before: before, Decisions: len(o.decisions),
		History: renderHistory(o.history, o.violation.at),
	}
	f.Deviations, f.Foreign = deviations(o.decisions), o.foreign
	f.Yielding = (&Column{Runs: 1, Yields: s.exec.judge.yields}).yielding()
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
	p, _ := LookupProperty(o.violation.rule)
	s.report.Failure = &Failure{
		Rule: p.Name, Sentence: p.Rule, Text: o.violation.text, Dialect: strings.TrimSuffix(s.report.Real.Name, realSuffix), Mode: "real", Run: run,
		History: renderHistory(o.history, o.violation.at),
	}
}

// replayLax runs tapes whose digits need not fit: what is out of range is
// taken modulo, what is missing is quiet.
func (s *search) replayLax(workload, digits string, verbose bool) outcome {
	s.watchdog.Begin()
	defer s.watchdog.End()
	return s.exec.run(scheduler.NewReplayBytes([]byte(workload)), scheduler.NewReplayBytes([]byte(digits)), verbose)
}

// shrink makes both segments of a tape simpler, by turns, while the run breaks
// the same rule and does not get longer.
func (s *search) shrink(rule, workload, digits string) (string, string) {
	longest := runDecisions
	fails := func(o outcome) bool {
		if o.violation == nil || o.violation.rule != rule || len(o.decisions) > longest {
			return false
		}
		longest = len(o.decisions)
		return true
	}
	for range shrinkRounds {
		w := scheduler.Shrink(workload, func(candidate string) ([]scheduler.Decision, bool) {
			o := s.replayLax(candidate, digits, false)
			return o.workload, fails(o)
		}, shrinkTries)
		d := scheduler.Shrink(digits, func(candidate string) ([]scheduler.Decision, bool) {
			o := s.replayLax(w, candidate, false)
			return o.decisions, fails(o)
		}, shrinkTries)
		if w == workload && d == digits {
			break
		}
		workload, digits = w, d
	}
	return workload, digits
}

// save writes a failing run to a file and returns its path.
func (s *search) save(rule, text string, tape scheduler.Tape, o *outcome) (string, error) {
	if err := os.MkdirAll(s.options.Dir, 0o755); err != nil {
		return "", fmt.Errorf("proptest: %w", err)
	}
	path := filepath.Join(s.options.Dir, fmt.Sprintf("%s-%08x.txt", rule, tape.Digest))
	saved, err := scheduler.FormatSaved(scheduler.Saved{
		Comment: rule + ": " + firstLine(text), Rule: rule, Tape: tape, Decisions: o.decisions,
	})
	if err != nil {
		return "", fmt.Errorf("proptest: %w", err)
	}
	if err := os.WriteFile(path, []byte(saved), 0o644); err != nil {
		return "", fmt.Errorf("proptest: %w", err)
	}
	return path, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// Replay makes the run of a tape again and judges it. The tape must be one of
// this suite and subject, and of the dialect if the options name one; every
// digit must fit, and so must the digest: an error says what does not. The
// report's Failure is nil if the run breaks no rule.
func Replay(text string, subject NewReactor, o *Options) (*Report, error) {
	var d Options
	if o != nil {
		d = *o
	}
	if tape, err := scheduler.ParseTape(text); err == nil && d.Dialect == "" && slices.Contains(fakedemux.Dialects(), tape.Dialect) {
		d.Dialect = tape.Dialect
	}
	return replay(nil, text, subject, d.withDefaults())
}

// Screen returns the failure as one screen, without the line that names the
// test. replay is the command that replays it.
func (f *Failure) Screen(replay string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("%s", f.Text)
	line("    rule: %s   (reactortest explain -rule %s)", f.Rule, f.Rule)
	line("          %s", f.Sentence)
	line("    kernel: %s, %s%s", f.Dialect, f.Mode, f.Yielding)
	if f.Foreign != "" {
		line("    nondeterministic: a goroutine that is no task called Wake at %s: start goroutines with Host.Go", f.Foreign)
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
	for _, h := range screenful(f.History) {
		line("  %s", h)
	}
	switch {
	case f.Tape == "": // nobody knows what the real kernel decided
	case len(f.Deviations) == 0:
		line("    kernel order, without exception")
	default:
		line("    kernel order except: %s", strings.Join(f.Deviations, ", "))
	}
	return b.String()
}

// maxScreen is how many lines of the history a screen shows.
const maxScreen = 60

// screenful cuts a long history to the lines around the marked one.
func screenful(lines []string) []string {
	if len(lines) <= maxScreen {
		return lines
	}
	mark := len(lines) - 1
	for i, l := range lines {
		if strings.HasPrefix(l, ">") {
			mark = i
		}
	}
	end := min(mark+5, len(lines))
	from := max(end-maxScreen, 0)
	out := append([]string{fmt.Sprintf("  ... %d lines before", from)}, lines[from:end]...)
	if end < len(lines) {
		out = append(out, fmt.Sprintf("  ... %d lines after", len(lines)-end))
	}
	return out
}

// parsePlan is fakedemux.ParseTapePlan for the PLAN segment of t.
func parsePlan(t scheduler.Tape) (*fakedemux.Plan, error) {
	p, err := fakedemux.ParseTapePlan(t.Plan)
	return &p, err
}
