package core

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// Explanation has both sides of a failure: the run that breaks the rule, and the
// run nearest to it that breaks none.
type Explanation struct {
	Subject string
	Failure *Failure
	Passing *Passing // nil: none was found
	Tried   int      // runs that were made to find it
}

// Passing is a run that breaks no rule.
type Passing struct {
	Changes []string // decisions of the tape that are made otherwise, "decision #14: order 0/2 in place of 1/2"
	Part    int      // the number of the first decision in which the two runs differ
	Failing string   // what the failing run decides there
	Passing string   // what this run decides there
	Lines   []Line
	History []string // the time line from the parting on, as a screen shows it
}

// maxNearest is how many runs are made to find a passing run.
const maxNearest = 2000

// Explain makes the run of a tape again and looks for the passing run that is
// nearest to it: the fewest decisions of the tape are made otherwise. text is the
// tape, or the name of a file that a failure was saved in. The report is that of
// Replay; the explanation is nil if the run breaks no rule.
func Explain(text string, s Suite, o *Options) (*Report, *Explanation, error) {
	d, saved, err := tapeOptions(text, o)
	if err != nil {
		return nil, nil, err
	}
	return explainTape(nil, text, &saved, s, d.withDefaults(s.Properties()))
}

func explainTape(tb testing.TB, text string, saved *scheduler.Saved, s Suite, o Options) (*Report, *Explanation, error) {
	x := newSearch(tb, s, o)
	var e *Explanation
	err := x.watched(func() error {
		err := x.replayTape(text)
		if err == nil && x.report.Failure != nil {
			e, err = x.explain(saved, x.report.Failure)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return x.report, e, nil
}

// explain looks for the passing run that is nearest to that of a failure.
func (s *search) explain(saved *scheduler.Saved, f *Failure) (*Explanation, error) {
	e := &Explanation{Subject: s.options.Subject, Failure: f}
	r, err := s.remake(saved)
	if err != nil || r.outcome.violation == nil {
		return e, err
	}
	failing := r.outcome.keep()
	for candidate := range neighbors(failing.decisions) {
		if e.Tried == maxNearest {
			break
		}
		e.Tried++
		digits := scheduler.Digits(candidate)
		o := s.replayLax(failing.workload, digits, s.waived, false)
		if o.violation == nil && o.err == nil && !o.truncated {
			o = s.replayLax(failing.workload, digits, s.waived, true)
			e.Passing = s.part(&failing, &o, candidate)
			break
		}
	}
	return e, nil
}

// neighbors yields the answers of runs that differ from a run, those with the
// fewest changes first: a deviation is undone, the last one first; another answer
// is given; two deviations are undone, and so on until none is left. What it yields
// is valid until the next one.
func neighbors(decisions []scheduler.Decision) iter.Seq[[]scheduler.Decision] {
	return func(yield func([]scheduler.Decision) bool) {
		changed := slices.Clone(decisions)
		var deviations []int
		for i := len(decisions) - 1; i >= 0; i-- {
			if decisions[i].Got != 0 {
				deviations = append(deviations, i)
			}
		}
		if !undo(changed, deviations, 1, yield) {
			return
		}
		if !answerOtherwise(changed, yield) {
			return
		}
		for n := 2; n <= len(deviations); n++ {
			if !undo(changed, deviations, n, yield) {
				return
			}
		}
	}
}

// answerOtherwise yields changed with another answer to one decision, the last one
// first, that is not the quiet one, and reports whether to go on.
func answerOtherwise(changed []scheduler.Decision, yield func([]scheduler.Decision) bool) bool {
	for i := len(changed) - 1; i >= 0; i-- {
		was := changed[i].Got
		for got := uint8(1); got < changed[i].N; got++ {
			changed[i].Got = got
			if got != was && !yield(changed) {
				return false
			}
		}
		changed[i].Got = was
	}
	return true
}

// undo yields changed with n of the deviations made quiet, in turn, and reports
// whether to go on.
func undo(changed []scheduler.Decision, deviations []int, n int, yield func([]scheduler.Decision) bool) bool {
	if n == 0 {
		return yield(changed)
	}
	for i, at := range deviations {
		was := changed[at].Got
		changed[at].Got = 0
		goOn := undo(changed, deviations[i+1:], n-1, yield)
		changed[at].Got = was
		if !goOn {
			return false
		}
	}
	return true
}

// part describes a passing run, which changed is the answers of, by what it does
// otherwise than the failing one.
func (s *search) part(failing, passing *outcome, changed []scheduler.Decision) *Passing {
	p := &Passing{Lines: s.main.exec.timeline(passing, -1)}
	for i, d := range failing.decisions {
		if changed[i].Got != d.Got {
			p.Changes = append(p.Changes, fmt.Sprintf("decision #%d: %s in place of %s", i, changed[i], d))
		}
	}
	for p.Part < min(len(failing.decisions), len(passing.decisions)) && failing.decisions[p.Part] == passing.decisions[p.Part] {
		p.Part++
	}
	p.Failing, p.Passing = decidedAt(failing, p.Part), decidedAt(passing, p.Part)
	var rest []Line
	for _, l := range p.Lines {
		if l.Decides && l.Decision >= p.Part || !l.Decides && l.Decision > p.Part {
			rest = append(rest, l)
		}
	}
	p.History = renderLines(rest, false, 0)
	return p
}

// decidedAt says what a run decides, in words.
func decidedAt(o *outcome, number int) string {
	if number >= len(o.decisions) {
		return "it decides nothing more"
	}
	if o.decisions[number].Got == 0 {
		return o.decisions[number].String() + ": as a plain kernel does"
	}
	return explainDecision(o, number)
}

// Screen returns the other side of a failure in lines.
func (e *Explanation) Screen() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p := e.Passing
	if p == nil && e.Tried == 0 {
		line("no run differs little from this one: it has no decision")
		return b.String()
	}
	if p == nil {
		line("none of the %s that differ little from this one passes", plural(e.Tried, "run"))
		return b.String()
	}
	line("the nearest passing run: %s, found in %s", plural(len(p.Changes), "change"), plural(e.Tried, "run"))
	line("    the runs are the same up to decision #%d", p.Part)
	line("    failing: %s", p.Failing)
	line("    passing: %s", p.Passing)
	line("    from there on the passing run goes")
	for _, h := range screenful(p.History) {
		line("  %s", h)
	}
	return b.String()
}
