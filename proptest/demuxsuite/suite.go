package demuxsuite

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
)

// The SUITE segments of tapes.
const (
	DemuxName     = "demux"
	CompleterName = "completer"
)

// suite is TestDemux or TestCompleter on simulated hosts: its workloads are the
// cases.
type suite struct {
	name       string
	properties []core.Property
	cases      []*caseWork
	newHost    func(tb testing.TB) demux.Host // nil: the core makes the host
}

// caseWork is a case as a workload.
type caseWork struct {
	rule string
	ruleCase
}

// Rules that a suite finds broken beside those that its cases are about. TestDemux
// submits nothing, but a backend may carry out operations of its own.
var (
	alsoOfDemux     = []string{"O1", "O2", "O7"}
	alsoOfCompleter = []string{"W1", "W8", "W9", "W13"}
)

// Suite returns the suite called name, DemuxName or CompleterName. newHost may be
// nil: then the demultiplexer under test is the one of Options.Dialect, or what
// Options.Open makes. Otherwise it makes simulated hosts.
func Suite(name string, newHost func(tb testing.TB) demux.Host) core.Suite {
	if name == CompleterName {
		return newSuite(name, completionSuite, alsoOfCompleter, newHost)
	}
	return newSuite(DemuxName, readinessSuite, alsoOfDemux, newHost)
}

func newSuite(name string, rules []ruleCases, also []string, newHost func(tb testing.TB) demux.Host) *suite {
	s := &suite{name: name, newHost: newHost}
	judged := slices.Clone(also)
	for _, r := range rules {
		judged = append(judged, r.rule)
		for _, c := range r.cases {
			s.cases = append(s.cases, &caseWork{r.rule, c})
		}
	}
	for _, list := range [][]core.Property{readinessRules[:], completionRules[:]} {
		for _, p := range list {
			if slices.Contains(judged, p.Name) {
				p.Must = true // a case does not report W10 where it is none
				s.properties = append(s.properties, p)
			}
		}
	}
	return s
}

func (s *suite) Name() string                      { return s.name }
func (s *suite) Properties() []core.Property       { return s.properties }
func (s *suite) NewRunner() core.Runner            { return &runner{s} }
func (s *suite) Draw(d *core.Drawer) core.Workload { return s.cases[d.Pick(len(s.cases))] }

// Workloads returns every case once: the first runs of a search make them all.
func (s *suite) Workloads() []core.Workload {
	all := make([]core.Workload, len(s.cases))
	for i, c := range s.cases {
		all[i] = c
	}
	return all
}

// NewHost makes a host for a goroutine that makes runs.
func (s *suite) NewHost(tb testing.TB) core.Machine {
	if s.newHost == nil {
		return nil
	}
	h, simulated := s.newHost(tb).(core.Machine)
	if !simulated {
		panic("demuxsuite: newHost returned a simulated host once, and now one that is not")
	}
	return h
}

// rule returns the index of the rule called name.
func (s *suite) rule(name string) int {
	i := slices.IndexFunc(s.properties, func(p core.Property) bool { return p.Name == name })
	if i < 0 {
		panic("demuxsuite: suite " + s.name + " does not judge " + name)
	}
	return i
}

// version is the first element of the text of a workload.
const version = "d1"

// wordCase is the word of the element that names a case.
const wordCase = "case"

// String returns "d1+case.W4.while-unread".
func (w *caseWork) String() string {
	return version + "+" + core.Element{{wordCase, w.rule, w.name}}.String()
}

// Parse reads what String wrote.
func (s *suite) Parse(text string) (core.Workload, error) {
	if text == core.PlainWorkload {
		return s.cases[0], nil
	}
	elements, err := core.ParseElements(text, version)
	if err != nil {
		return nil, err
	}
	if len(elements) != 1 || len(elements[0]) != 1 || len(elements[0][0]) != 3 || elements[0][0][0] != wordCase {
		return nil, fmt.Errorf("a workload of suite %s is one case, %s+%s.RULE.NAME", s.name, version, wordCase)
	}
	word := elements[0][0]
	for _, c := range s.cases {
		if c.rule == word[1] && c.name == word[2] {
			return c, nil
		}
	}
	return nil, fmt.Errorf("suite %s has no case %s of %s", s.name, word[2], word[1])
}

// What a case may need. The budgets that come of it are ten times what correct
// backends were seen to use, 2400 calls and 600 decisions, and small enough that a
// run which spends them can be saved. The descriptors are those of a kernel with
// its defaults.
const (
	caseCalls       = 100
	caseDescriptors = 480
	caseTime        = time.Hour
)

// Cost says what a correct demultiplexer may need.
func (*caseWork) Cost() core.Cost {
	return core.Cost{Calls: caseCalls, Descriptors: caseDescriptors, Time: caseTime}
}

// runner makes the runs of one goroutine.
type runner struct{ suite *suite }

// Run makes one run: one case.
func (r *runner) Run(c *core.Case) {
	s, work := r.suite, c.Workload.(*caseWork)
	rule := s.rule(work.rule)
	k := newChecker(c.Host, work.rule, defaultPatience)
	k.host = steadyHost{core.All{Host: &watchedHost{Host: c.Host, c: c}}}
	k.told = func(f violation) {
		c.Lock()
		defer c.Unlock()
		c.Fail(s.rule(f.rule), c.Last(), "%s", f.of(work))
	}
	c.Blame = func(err error) (int, string, bool) {
		f, is := blame(work.rule, err)
		return s.rule(f.rule), f.of(work), is
	}
	k.main(work.run)
	if !k.broken() {
		k.checkOperations()
	}
	r.count(c, k, rule)
}

// count books what the case has evaluated.
func (r *runner) count(c *core.Case, k *checker, rule int) {
	c.Lock()
	defer c.Unlock()
	found := k.result()
	switch {
	case len(found.failures) > 0:
		return
	case found.skipped != "":
		c.Exempt(rule, found.skipped)
		return
	}
	c.Count(rule)
	for _, name := range k.also {
		c.Count(r.suite.rule(name))
	}
	if r.suite.name == CompleterName {
		c.Count(r.suite.rule("W1")) // time passes in Waits of a demux that watches nothing
		return
	}
	c.Count(r.suite.rule("O1")) // every event is one of a registration
	for _, name := range [...]string{"O2", "O7"} {
		if c.Kernel.StartedOperations() > 0 {
			c.Count(r.suite.rule(name))
		} else {
			c.Exempt(r.suite.rule(name), "the kernel was asked for no operation")
		}
	}
}

// of returns the text of a violation that a case has found.
func (f violation) of(work *caseWork) string {
	text := fmt.Sprintf("case %s/%s: %s", work.rule, work.name, f.text)
	if f.at != "" {
		text += " (" + f.at + ")"
	}
	return text
}

// Timeline returns the lines of a history.
func (r *runner) Timeline(history []core.Entry, mark int) []core.Line { return timeline(history, mark) }

// simulated returns the kernel of a host, nil if it is not simulated.
func simulated(h demux.Host) *fakedemux.Kernel {
	if m, is := h.(core.Machine); is {
		return m.Simulation()
	}
	return nil
}
