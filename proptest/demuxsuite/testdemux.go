package demuxsuite

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// defaultPatience is how long the cases of TestDemux wait for what must come.
const defaultPatience = 10 * time.Second

// TestDemux judges a demultiplexer by the rules W1 to W14 of package demux. It
// has a subtest for each rule, "W4-level", with one for each of its cases
// below. newHost is called once per case; the demux under test is what the
// host's Open returns. What it can do is taken from its Traits: a mode that is
// claimed is tested, one that is not must be refused.
//
// The suite judges hosts that make no use of W1's exception, as a real one and
// a faithful simulated one. It bears the other faults of those, and an ErrAgain
// for no reason.
//
// On a host that has a method Run(main func()) error, as *fakedemux.Kernel has,
// a case is run by it. On any other it runs in a goroutine, and a case that
// hangs fails after half a minute.
func TestDemux(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	testSuite(t, readinessSuite, newHost)
}

// testSuite has a subtest for each rule, with one for each of its cases.
func testSuite(t *testing.T, suite []ruleCases, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	for _, rule := range suite {
		t.Run(rule.rule+"-"+rule.name, func(t *testing.T) {
			for _, c := range rule.cases {
				t.Run(c.name, func(t *testing.T) {
					runCase(newHost(t), rule.rule, c, defaultPatience).report(t)
				})
			}
		})
	}
}

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

// readinessSuite are the cases of W1 to W14.
var readinessSuite = []ruleCases{
	{"W1", "progress", progressCases},
	{"W2", "timeout", timeoutCases},
	{"W3", "mistakes", mistakeCases},
	{"W4", "level", levelCases},
	{"W5", "edge", edgeCases},
	{"W6", "oneshot", oneshotCases},
	{"W7", "merging", mergingCases},
	{"W8", "hangup-and-failure", hangupCases},
	{"W9", "end-of-a-registration", endCases},
	{"W10", "fairness", fairnessCases},
	{"W11", "wake", wakeCases},
	{"W12", "the-set", setCases},
	{"W13", "close", closeCases},
	{"W14", "closed-too-soon", tooSoonCases},
}

// caseResult is what a case found.
type caseResult struct {
	failures []violation
	notes    []string
	skipped  string // why the case could not be run, "" if it was
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

// report passes the result on to a test.
func (r caseResult) report(tb testing.TB) {
	tb.Helper()
	for _, note := range r.notes {
		tb.Log(note)
	}
	for _, f := range r.failures {
		tb.Error(f.String())
	}
	if r.skipped != "" && len(r.failures) == 0 {
		tb.Skip(r.skipped)
	}
}

// runCase runs one case on host. What takes longer than three times
// patience is a hang; on a simulated host patience is virtual, and its own
// budgets find hangs sooner.
func runCase(host demux.Host, rule string, tc ruleCase, patience time.Duration) caseResult {
	c := &checker{host: steadyHost{host}, bare: host, rule: rule, patience: patience}
	hung := make(chan []byte, 1)
	watchdog := scheduler.NewWatchdog(3*patience, func(stacks []byte) { hung <- stacks })
	defer watchdog.Stop()
	ended := make(chan error, 1)
	watchdog.Begin()
	go func() { ended <- runOn(host, func() { c.main(tc.run) }) }()
	select {
	case err := <-ended:
		watchdog.End()
		c.checkEnd(err)
		if s, ok := host.(interface{ Stop() }); ok {
			s.Stop()
		}
	case stacks := <-hung:
		c.add(violation{rule: rule, text: "the case hangs:\n" + string(stacks)})
	}
	return c.result()
}

// checkEnd judges how a run ended, and what it left in a simulated kernel.
func (c *checker) checkEnd(err error) {
	rule := c.rule
	var broken interface {
		error
		Rule() string
	}
	if errors.As(err, &broken) { // the kernel itself found what is wrong
		rule = broken.Rule()
	}
	if err != nil {
		c.add(violation{rule: rule, text: "the run ended early: " + err.Error()})
		return
	}
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
