package core

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Violation is a rule that was broken, or a run that broke down.
type Violation struct {
	Rule int // index of the rule; the breakdowns come after the suite's rules
	Name string
	Text string
	At   int // index into the history

	seen    int  // lines of the history when it was found
	judged  int  // of these, those that are judged
	decided int  // decisions when it was found
	foreign bool // a goroutine that no runner knows has called: the run may not replay
}

// Error returns the rule and what happened.
func (v *Violation) Error() string { return v.Name + ": " + v.Text }

// Case is one run: what it runs on, what has happened in it, and what was judged
// of it. The methods Note, Check, Fail and FailRun want the lock held: on a real
// host threads of the subject, peers and the loop run at once. It is never held
// over a call of the subject or of the host.
type Case struct {
	sync.Mutex
	Host     demux.Host
	Kernel   *fakedemux.Kernel // nil on a real host
	TB       testing.TB        // what the subject is made with: a failure fails the run
	Workload Workload
	Traits   demux.Traits  // of the demultiplexers that Host opens
	Verbose  bool          // entries get their texts
	Slack    time.Duration // clocks of a real host are read at different moments
	Events   int           // calls of the subject's functions: what a run is counted by; the suite counts them
	Yields   int           // of the subject; the suite counts them

	// Blame, if not nil, is asked of the error that ended a run: which rule of the
	// suite it breaks, and what happened.
	Blame func(err error) (rule int, text string, is bool)

	// Through, if not nil, carries out what a goroutine of the subject does to the case
	// through TB: as a simulated call, for subjects whose goroutines are no tasks.
	Through func(call string, f func())

	rules     []Property // the suite's, then the breakdowns
	verdict   int        // the rule that a failure of TB breaks
	tb        *caseTB    // is TB
	over      bool       // the run has broken down, and functions of TB.Cleanup are called
	history   []Entry    // of a verbose run
	lines     int        // of the history, whether the run is verbose or not
	judged    int        // of these, those that are judged
	trace     trace      // of these
	round     int
	violation *Violation
	skip      []bool // by rule: a violation of it is passed over
	passOver  func(rule, text string) bool
	abandoned bool     // what comes is not judged
	expected  any      // what a task may panic with
	evaluated []int    // by rule, in this run
	exempt    []string // by rule: why it does not apply
	exempts   bool     // some do not
	declared  []string
	figures   []Figure
}

// reset makes the case ready for a run.
func (c *Case) reset(rules []Property, skip []bool) {
	if len(c.evaluated) != len(rules) {
		c.evaluated, c.exempt = make([]int, len(rules)), make([]string, len(rules))
	}
	clear(c.evaluated)
	if c.exempts {
		clear(c.exempt)
		c.exempts = false
	}
	c.declared = c.declared[:0]
	clear(c.figures)
	c.over = false
	c.rules, c.skip, c.verdict = rules, skip, len(rules)-len(breakdowns)+breakRun
	c.history, c.lines, c.judged, c.trace = c.history[:0], 0, 0, newTrace
	c.violation, c.round, c.Events, c.Yields, c.Blame, c.Through = nil, 0, 0, 0, nil, nil
	c.abandoned, c.expected = false, nil
}

// Now is the host's time.
func (c *Case) Now() time.Duration { return c.Host.Now() }

// Clock is Now without the check that the caller is a task, see NoteEntered.
func (c *Case) Clock() time.Duration {
	if c.Kernel != nil {
		return c.Kernel.Tasks().Now()
	}
	return c.Host.Now()
}

// NextRound counts a Wait of the subject.
func (c *Case) NextRound() { c.round++ }

// Rounds returns how many Waits the subject has begun.
func (c *Case) Rounds() int { return c.round }

// Note adds a line to the history and returns its index. A run that is not verbose
// keeps no lines: nobody reads them.
func (c *Case) Note(e Entry) int {
	return c.note(&e, c.Now())
}

// NoteEntered is Note without the check that the caller is a task, as in
// scheduler.Tasks.SwitchEntered. The caller has made a simulated call since the last
// function of the subject, or has called Now.
func (c *Case) NoteEntered(e Entry) int { return c.note(&e, c.Clock()) }

func (c *Case) note(e *Entry, at time.Duration) int {
	e.At = at
	c.lines++
	if e.Kind < EntryShown {
		c.judged++
		c.trace.add(e)
	}
	if c.Verbose {
		c.keep(e)
	}
	return c.lines - 1
}

// keep adds a line of a verbose run.
func (c *Case) keep(e *Entry) {
	e.Round = c.round
	if c.Kernel != nil {
		e.Decision = len(c.Kernel.Recorder().Decisions())
		if t := c.Kernel.Tasks().Current(); t != nil {
			e.Task = t.Name()
		}
	}
	c.history = append(c.history, *e)
}

// Last returns the index of the last line of the history, 0 if there is none.
func (c *Case) Last() int { return max(c.lines-1, 0) }

// Say formats if the run is verbose.
func (c *Case) Say(format string, args ...any) string {
	if !c.Verbose {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// Broken reports whether the run has failed.
func (c *Case) Broken() bool { return c.violation != nil }

// Count says that a rule was evaluated and kept.
func (c *Case) Count(rule int) { c.evaluated[rule]++ }

// CountMany says that a rule was evaluated n times, and kept each time.
func (c *Case) CountMany(rule, n int) { c.evaluated[rule] += n }

// Holds counts an evaluation of a rule and returns ok. If ok is false, the caller calls
// Fail. They are two calls because the arguments of Fail would be allocated each time,
// which costs more than to judge.
func (c *Case) Holds(rule int, ok bool) bool {
	c.evaluated[rule]++
	return ok
}

// Broke counts an evaluation of a rule that does not hold, and fails the run.
func (c *Case) Broke(rule, at int, format string, args ...any) {
	c.evaluated[rule]++
	c.Fail(rule, at, format, args...)
}

// Exempt says why a rule does not apply to this run: it cannot be broken from now on.
func (c *Case) Exempt(rule int, why string) {
	c.exempt[rule] = why
	c.exempts = true
}

// Exempted reports whether a rule does not apply.
func (c *Case) Exempted(rule int) bool { return c.exempt[rule] != "" }

// Declare tells of something that the subject says of itself and that it is judged
// by.
func (c *Case) Declare(format string, args ...any) {
	c.declared = append(c.declared, fmt.Sprintf(format, args...))
}

// Measure adds to a figure of the report, an index of Measured.Figures.
func (c *Case) Measure(figure int, total, of int64) {
	for len(c.figures) <= figure {
		c.figures = append(c.figures, Figure{})
	}
	c.figures[figure].Total += total
	c.figures[figure].Of += of
}

// maxText is how many bytes the text of a violation has.
const maxText = 4096

// Fail records that a rule was broken and ends the run. The first violation
// stays.
func (c *Case) Fail(rule, at int, format string, args ...any) {
	if c.violation != nil || c.skip[rule] || c.abandoned || c.exempts && c.exempt[rule] != "" {
		return
	}
	text := fmt.Sprintf(format, args...)
	if len(text) > maxText {
		text = text[:maxText] + " ..."
	}
	if c.passOver != nil && c.passOver(c.rules[rule].Name, text) {
		return
	}
	c.violation = &Violation{Rule: rule, Name: c.rules[rule].Name, Text: text, At: at, seen: c.lines, judged: c.judged}
	if c.Kernel != nil {
		c.violation.decided = len(c.Kernel.Recorder().Decisions())
		c.Kernel.Tasks().Fail(c.violation)
	}
}

// FailRun records that the subject returned an error without a reason.
func (c *Case) FailRun(format string, args ...any) {
	c.Fail(c.breakdownRule(breakRun), c.Last(), format, args...)
}

func (c *Case) breakdownRule(b int) int { return len(c.rules) - len(breakdowns) + b }

// breakdown turns the end of a run that broke down into a violation. An error
// that is the strategy's it returns.
func (c *Case) breakdown(err error, tb *caseTB) error {
	if err == nil || c.violation != nil {
		return nil
	}
	fail := func(b int, text string) error {
		c.Fail(c.breakdownRule(b), c.Last(), "%s", text)
		return nil
	}
	var (
		deadlock *scheduler.Deadlock
		livelock *scheduler.Livelock
		panicked *scheduler.TaskPanic
		foreign  *scheduler.ForeignCall
		owned    *fakedemux.OwnershipError
		judged   *Violation
	)
	if errors.Is(err, errEnded) || errors.As(err, &judged) { // judged: of a rule that is passed over
		return nil
	}
	if c.expected != nil && errors.As(err, &panicked) && panicked.Cause == c.expected {
		return nil
	}
	if c.Blame != nil {
		if rule, text, is := c.Blame(err); is {
			c.Broke(rule, c.Last(), "%s", text)
			return nil
		}
	}
	switch {
	case errors.As(err, &foreign):
		_ = fail(breakRun, err.Error())
		if c.violation != nil {
			c.violation.foreign = true
		}
		return nil
	case errors.As(err, &owned):
		return fail(breakRun, err.Error())
	case errors.As(err, &deadlock):
		return fail(breakDeadlock, err.Error())
	case errors.As(err, &livelock):
		return fail(breakLivelock, err.Error())
	case errors.As(err, &panicked) && tb.failed != "":
		c.failTest(tb.failed)
		return nil
	case errors.As(err, &panicked):
		return fail(breakPanic, fmt.Sprintf("%v\n%s", err, trimStack(panicked.Stack)))
	default:
		return err
	}
}
