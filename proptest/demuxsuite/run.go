package demuxsuite

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

// defaultPatience is how long a case waits for what must come.
const defaultPatience = 10 * time.Second

// What one case may put into a report. A broken demux can fail in every call.
const (
	maxViolations = 4    // told of, each from another place
	maxNotes      = 8    // told of
	maxText       = 1500 // bytes of one violation or note
	maxStacks     = 3    // goroutines of a hang
	maxFrames     = 8    // functions of one stack
)

// ruleCase is one way to break a rule.
type ruleCase struct {
	name string
	run  func(c *checker)
}

// ruleCases are the cases of one rule.
type ruleCases struct {
	rule, name string
	cases      []ruleCase
}

// caseResult is what a case found.
type caseResult struct {
	failures []violation
	more     int // violations that are not in failures
	notes    []string
	skipped  string // why the case could not be run, "" if it was
	hangs    bool   // goroutines of the case are still in the demux
}

// violation is one violation of a rule.
type violation struct {
	rule string
	text string
	at   string // where in the suite it was found, "" if in no place of it
}

// String returns the rule with its sentence, and what happened.
func (f violation) String() string {
	s := fmt.Sprintf("%s: %s\n\trule: %s", f.rule, f.text, ruleSentence(f.rule))
	if f.at != "" {
		s += "\n\tfound at: " + f.at
	}
	return s
}

// report passes the result on to a test. All violations of one case are one
// message.
func (r caseResult) report(tb testing.TB) {
	tb.Helper()
	for _, note := range r.notes {
		tb.Log(note)
	}
	switch {
	case len(r.failures) > 0:
		tb.Error(r.screen())
	case r.skipped != "":
		tb.Skip(r.skipped)
	}
}

// screen tells of the first violation in full, and of others in a line each.
func (r caseResult) screen() string {
	s := r.failures[0].String()
	for _, f := range r.failures[1:] {
		s += fmt.Sprintf("\n\tand %s: %s", f.rule, firstLine(f.text))
	}
	if r.more > 0 {
		s += fmt.Sprintf("\n\tand %d more violations in this case", r.more)
	}
	return s
}

// stopper knows which cases are not run any more. It may be used by several
// goroutines.
type stopper struct {
	mu     sync.Mutex
	hung   string            // why no case is
	failed map[string]string // why no case of a rule is
}

// note takes the result of a case.
func (s *stopper) note(rule, name string, r caseResult) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed == nil {
		s.failed = make(map[string]string)
	}
	if len(r.failures) > 0 && s.failed[rule] == "" {
		s.failed[rule] = fmt.Sprintf("not run: %s/%s failed", rule, name)
	}
	if r.hangs && s.hung == "" {
		s.hung = fmt.Sprintf("not run: %s/%s hangs, and its goroutines are still in the demultiplexer", rule, name)
	}
}

// reason returns why the next case of rule is not run, "" if it is.
func (s *stopper) reason(rule string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hung != "" {
		return s.hung
	}
	return s.failed[rule]
}

// runCase runs one case on host.
func runCase(host demux.Host, rule string, tc ruleCase, patience time.Duration) caseResult {
	c := newChecker(host, rule, patience)
	return c.carry(func() { c.main(tc.run) })
}

// carry runs main on the host. What takes too long by the wall clock is a hang;
// on a simulated host patience is virtual, and its own budgets find hangs sooner.
func (c *checker) carry(main func()) caseResult {
	limit := 3 * c.patience
	if c.simulated {
		limit = min(limit, scheduler.DefaultHang)
	}
	hung := make(chan []byte, 1)
	watchdog := scheduler.NewWatchdog(limit, func(stacks []byte) { hung <- stacks })
	defer watchdog.Stop()
	ended := make(chan error, 1)
	watchdog.Begin()
	go func() {
		err := errGoexit
		defer func() { ended <- err }()
		err = runOn(c.bare, main)
	}()
	select {
	case err := <-ended:
		watchdog.End()
		c.checkEnd(err)
		if s, ok := c.bare.(interface{ Stop() }); ok {
			s.Stop()
		}
		return c.result()
	case stacks := <-hung:
		c.add(violation{rule: c.rule, text: "the case hangs:\n" + caseStacks(stacks)})
		r := c.result()
		r.hangs = true
		return r
	}
}

// errGoexit says that a goroutine of a case did not return.
var errGoexit = errors.New("a call of the demultiplexer ended its goroutine with runtime.Goexit, as t.FailNow does")

// checkEnd judges how a run ended, and what it left in a simulated kernel.
func (c *checker) checkEnd(err error) {
	switch {
	case err == nil:
		c.checkOperations()
	case err == errGoexit && c.broken(): //nolint:errorlint // guard has told where
	default:
		f, _ := blame(c.rule, err)
		c.add(f)
	}
}

// blame returns which rule a run breaks that ended early, in a case of rule, and
// whether the demultiplexer is to blame for it.
func blame(rule string, err error) (f violation, is bool) {
	var (
		broken interface {
			error
			Rule() string
		}
		deadlock *scheduler.Deadlock
		livelock *scheduler.Livelock
		left     *scheduler.TaskPanic
	)
	f = violation{rule: rule, text: "the run ended early: " + err.Error()}
	switch {
	case errors.As(err, &broken): // the kernel itself found what is wrong
		f.rule = broken.Rule()
	case errors.As(err, &left):
		f.text += panicStack(left.Stack)
	case errors.As(err, &deadlock), errors.As(err, &livelock):
	default:
		return f, false
	}
	return f, true
}

// checkOperations judges that a simulated kernel has no memory of a demultiplexer
// left, when all are closed.
func (c *checker) checkOperations() {
	if k, ok := c.bare.(interface{ Operations() []fakedemux.Leak }); ok {
		for _, l := range k.Operations() {
			c.add(violation{rule: "O7", text: "every demux is closed, and the kernel still has memory: " + l.String()})
		}
	}
}

// runOn runs main on host: in a task where the host has tasks.
func runOn(host demux.Host, main func()) error {
	if r, ok := host.(interface{ Run(main func()) error }); ok {
		return r.Run(main)
	}
	main()
	return nil
}
