package demuxsuite

import (
	"strings"
	"testing"

	"reactortest/demux"
)

// TestDemux judges a demultiplexer by the rules W1 to W14 of package demux. newHost
// makes a host, and the demux under test is what the host's Open returns. What it
// can do is taken from its Traits: a mode that is claimed is tested, one that is
// not must be refused.
//
// Each rule has cases. Where the host is a *fakedemux.Kernel, or embeds one, they
// are searched as TestReactor searches: every case once, and then drawn ones, each
// run in an order of events and with faults that the search draws. There is a
// subtest for each rule below one for the dialect. A failure has the shrunk tape
// and the command that replays it. newHost is called once for each goroutine that
// makes runs, and once before; between runs the kernel is Reset, and with it what
// the host keeps, if it has a Reset of its own.
//
// On any other host each case is run once: there is a subtest for each rule,
// "W4-level", with one for each of its cases below, and newHost is called once per
// case. The first case that fails is the last one of its rule, and a case that
// hangs is the last one of all. A host that has a method Run(main func()) error
// runs the case itself.
//
// A case passes whatever a faithful or a POSIX kernel may do, in every order,
// with up to 15 faults of each class. It fails on a host that makes use of W1's
// exception (an adversarial one, in which Wait returns nothing for no reason).
func TestDemux(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	mustMake(newHost)
	Test(t, DemuxName, newHost, nil)
}

// mustMake panics if newHost is nil.
func mustMake(newHost func(t testing.TB) demux.Host) {
	if newHost == nil {
		panic("demuxsuite: newHost is nil: it makes the host whose Open is under test")
	}
}

// testSuite has a subtest for each rule, with one for each of its cases.
func testSuite(t *testing.T, suite []ruleCases, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	var stopped stopper
	for _, rule := range suite {
		t.Run(rule.rule+"-"+rule.name, func(t *testing.T) {
			for i, c := range rule.cases {
				t.Run(c.name, func(t *testing.T) {
					if reason := stopped.reason(rule.rule); reason != "" {
						t.Skip(reason)
					}
					found := runCase(newHost(t), rule.rule, c, defaultPatience)
					stopped.note(rule.rule, c.name, found)
					if len(found.failures) > 0 && i+1 < len(rule.cases) {
						t.Log("cases that are not run after this one:" + caseNames(rule.cases[i+1:]))
					}
					found.report(t)
				})
			}
		})
	}
}

func caseNames(cases []ruleCase) string {
	var b strings.Builder
	for _, c := range cases {
		b.WriteString(" " + c.name)
	}
	return b.String()
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
