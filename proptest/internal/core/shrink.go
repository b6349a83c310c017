package core

import (
	"fmt"
	"strings"

	"reactortest/scheduler"
)

// Limits of shrinking.
const (
	shrinkTries  = 400  // candidates for one part of one round
	shrinkRounds = 8    // of all parts
	searchEach   = 24   // runs that look for a schedule under which a smaller workload fails
	searchMost   = 3000 // of those, for one finding
	searchShrink = 60   // runs that make a schedule simpler that was found so
	fewParts     = 6    // of a workload for whose smaller numbers a schedule is looked for
	fewerMost    = 1000 // runs that look for a schedule with fewer deviations, in one round

)

// DefaultShrinkCalls is how many simulated calls the runs may make that shrink one
// failure: a subject that spins would be shrunk for minutes. They take a few seconds.
const DefaultShrinkCalls = 4_000_000

// Simplifier is a Suite that knows simpler versions of an element of a workload, as
// another kind of connection. Shrinking removes elements and words and lowers
// numbers by itself.
type Simplifier interface {
	// Simplify returns simpler versions of e, the simplest first. Every chain of
	// them ends. Versions that Parse refuses are passed over.
	Simplify(e Element) []Element
}

// shrinking is a finding while it is made simpler.
type shrinking struct {
	*search
	found    *finding
	text     string // of the workload
	digits   string
	score    int // of the run: how much there is to read
	searched int // runs that looked for a schedule
	calls    int // simulated calls of all runs
}

// replay makes a candidate's run. Once the calls are spent no candidate fails.
func (x *shrinking) replay(w Workload, digits string) outcome {
	if x.calls > x.options.ShrinkCalls {
		return outcome{}
	}
	o := x.replayLax(w, digits, x.found.skip, false)
	x.calls += x.main.exec.kernel.Tasks().Steps()
	return o
}

// shrink makes the workload and the digits of a finding simpler, by turns, to a
// fixed point, while the run breaks the same rule. It returns the verbose run of
// what is left.
func (s *search) shrink(f *finding, w Workload, digits string) (outcome, error) {
	x := &shrinking{search: s, found: f, text: w.String(), digits: digits}
	rounds := shrinkRounds
	if s.options.NoShrink {
		rounds = 0
	}
	for range rounds {
		text, digits := x.text, x.digits
		if err := x.shrinkDigits(); err != nil {
			return outcome{}, err
		}
		x.shrinkWorkload()
		x.simplify()
		if x.text == text && x.digits == digits {
			break
		}
	}
	w, err := s.suite.Parse(x.text)
	if err != nil {
		return outcome{}, fmt.Errorf("proptest: the workload %q was shrunk to and cannot be read: %w", x.text, err)
	}
	return s.replayLax(w, x.digits, f.skip, true), nil
}

// fails reports whether a run breaks the rule of the finding.
func (x *shrinking) fails(o *outcome) bool {
	return o.err == nil && o.violation != nil && x.same(o.violation, &x.found.rule)
}

// scoreOf says how much there is to read of a run that fails: the parts of its
// workload, its deviations and its lines.
func scoreOf(text string, o *outcome) int {
	n := parts(text)
	for _, d := range o.decisions[:min(o.violation.decided, len(o.decisions))] {
		if d.Got != 0 {
			n++
		}
	}
	return n + o.violation.judged
}

// take makes a run that fails the finding.
func (x *shrinking) take(text string, o *outcome) {
	x.text, x.digits, x.score = text, scheduler.Digits(o.decisions), scoreOf(text, o)
}

// shrinkWorkload removes parts of the workload and lowers its numbers.
func (x *shrinking) shrinkWorkload() {
	scheduler.ShrinkWorkload(x.text, func(candidate string) bool {
		return x.try(candidate, parts(candidate) < parts(x.text) || parts(candidate) <= fewParts)
	}, shrinkTries)
}

// parts counts the elements and words of a workload.
func parts(text string) int { return strings.Count(text, "+") + strings.Count(text, ",") }

// try takes a workload if it fails under the schedule of the finding, or under the
// quiet one, or under one of a few that are drawn.
func (x *shrinking) try(text string, search bool) bool {
	w, err := x.suite.Parse(text)
	if err != nil || w.String() != text {
		return false
	}
	if o := x.replay(w, x.digits); x.fails(&o) {
		x.take(text, &o)
		return true
	}
	if o := x.replay(w, ""); x.fails(&o) {
		x.take(text, &o)
		return true
	}
	return search && x.tryOthers(text, w)
}

// tryOthers takes a workload if it fails under one of a few schedules, unless that
// is more to read.
func (x *shrinking) tryOthers(text string, w Workload) bool {
	strategy := scheduler.NewSearch(x.options.Seed)
	for run := range searchEach {
		if x.searched++; x.searched > searchMost || x.calls > x.options.ShrinkCalls || !strategy.Begin(run) {
			break
		}
		o := x.main.simulate(w, strategy, x.found.skip, false)
		x.calls += x.main.exec.kernel.Tasks().Steps()
		strategy.End(scheduler.Result{
			Failed: o.violation != nil, Decisions: len(o.decisions), Steps: x.main.exec.kernel.Tasks().StepsByTask(), Truncated: o.truncated,
		})
		if x.fails(&o) {
			digits, score := x.fewer(text, w, scheduler.Digits(o.decisions), searchShrink)
			if score <= x.score {
				x.text, x.digits, x.score = text, digits, score
			}
			return score <= x.score
		}
	}
	return false
}

// fewer returns a simpler schedule under which a workload fails, with what there is
// to read.
func (x *shrinking) fewer(text string, w Workload, digits string, tries int) (simpler string, score int) {
	longest := -1
	simpler = scheduler.Shrink(digits, func(candidate string) ([]scheduler.Decision, bool) {
		o := x.replay(w, candidate)
		if !x.fails(&o) || longest >= 0 && len(o.decisions) > longest {
			return o.decisions, false
		}
		longest, score = len(o.decisions), scoreOf(text, &o)
		return o.decisions, true
	}, tries)
	return simpler, score
}

// simplify puts simpler versions in the place of elements.
func (x *shrinking) simplify() {
	suite, can := x.suite.(Simplifier)
	if !can {
		return
	}
	for i := strings.Count(x.text, "+"); i > 0; i-- {
		for tries := shrinkTries; tries > 0 && x.simplifyOne(suite, i); tries-- {
		}
	}
}

// simplifyOne puts a simpler version in the place of element i.
func (x *shrinking) simplifyOne(suite Simplifier, i int) bool {
	all := strings.Split(x.text, "+")
	elements, err := ParseElements(x.text, all[0])
	if err != nil {
		return false
	}
	for _, e := range suite.Simplify(elements[i-1]) {
		all[i] = e.String()
		text := strings.Join(all, "+")
		if w, err := x.suite.Parse(text); err == nil {
			text = w.String() // elements have an order
		}
		if x.try(text, true) {
			return true
		}
	}
	return false
}

// shrinkDigits makes the schedule simpler.
func (x *shrinking) shrinkDigits() error {
	w, err := x.suite.Parse(x.text)
	if err != nil {
		return fmt.Errorf("proptest: the workload %q was shrunk to and cannot be read: %w", x.text, err)
	}
	x.digits, x.score = x.fewer(x.text, w, x.digits, shrinkTries)
	x.findFewer(w)
	return nil
}

// findFewer looks for a schedule with fewer deviations: it makes the runs with
// none, with one, with two and so on, as far as fewerMost runs go, and takes the
// first that fails and is not more to read.
func (x *shrinking) findFewer(w Workload) {
	runs, most := 0, len(strings.ReplaceAll(x.digits, "0", ""))
	queue := []string{""}
	for deviations := range most {
		var next []string
		for _, digits := range queue {
			if runs++; runs > fewerMost {
				return
			}
			o := x.replay(w, digits)
			if x.fails(&o) && scoreOf(x.text, &o) <= x.score {
				x.take(x.text, &o)
				return
			}
			if deviations+1 < most && len(next) < fewerMost {
				next = deviateOnce(next, digits, o.decisions)
			}
		}
		queue = next
	}
}

// deviateOnce adds to next the tapes that deviate once more than digits, behind its
// last deviation, in a run with these decisions.
func deviateOnce(next []string, digits string, decisions []scheduler.Decision) []string {
	for i := len(digits); i < len(decisions); i++ {
		for got := uint8(1); got < decisions[i].N; got++ {
			more := append(append([]scheduler.Decision(nil), decisions[:i]...), scheduler.Decision{N: decisions[i].N, Got: got})
			next = append(next, scheduler.Digits(more))
		}
	}
	return next
}
