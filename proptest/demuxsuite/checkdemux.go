package demuxsuite

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// DemuxReport is what CheckDemux has found.
type DemuxReport struct {
	Traits    demux.Traits
	Completer bool         // it carries out operations, and O1 to O10 were judged
	Rules     []RuleReport // W1 to W14, then O1 to O10
}

// RuleReport is what the cases of one rule have found.
type RuleReport struct {
	Rule     string
	Passed   int      // cases that were run to their end and found nothing
	Skipped  []string // cases that could not be run, each with its reason
	Failures []string // violations of this rule, in whatever case they were found
	Notes    []string // what is no violation: a should that was not kept
}

// CheckDemux judges a demultiplexer as TestDemux and TestCompleter do, outside
// of a test. newHost is called once per case, and once before. The error is that
// of the host's Open, or says that Open or Traits did not return.
//
// A rule none of whose cases has passed or failed was not judged: the demux
// carries out no operations, or the reasons are in Skipped.
//
// The first case that fails is the last one of its rule, and a case that hangs is
// the last one of all: the others are in Skipped.
func CheckDemux(newHost func() demux.Host) (*DemuxReport, error) {
	return checkDemux(newHost, defaultPatience)
}

func checkDemux(newHost func() demux.Host, patience time.Duration) (*DemuxReport, error) {
	if newHost == nil {
		panic("demuxsuite: newHost is nil: it makes the host whose Open is under test")
	}
	r := &DemuxReport{}
	if err := r.look(newHost(), patience); err != nil {
		return nil, err
	}
	for _, rules := range [][]core.Property{readinessRules[:], completionRules[:]} {
		for i := range rules {
			r.Rules = append(r.Rules, RuleReport{Rule: rules[i].Name})
		}
	}
	suite := readinessSuite
	if r.Completer {
		suite = slices.Concat(suite, completionSuite)
	}
	var stopped stopper
	for _, rule := range suite {
		for _, c := range rule.cases {
			found := caseResult{skipped: stopped.reason(rule.rule)}
			if found.skipped == "" {
				found = runCase(newHost(), rule.rule, c, patience)
				stopped.note(rule.rule, c.name, found)
			}
			r.add(rule.rule, c.name, found)
		}
	}
	return r, nil
}

// look opens a demux to see what it is.
func (r *DemuxReport) look(host demux.Host, patience time.Duration) error {
	var opened error
	seen := false
	c := newChecker(host, "W1", patience)
	found := c.carry(func() {
		c.guard(func() {
			var d demux.Demux
			if opened = again(func() (err error) { d, err = host.Open(); return err }); opened != nil {
				return
			}
			if d == nil {
				c.fatal("Open returned no demux and no error")
			}
			r.Traits = d.Traits()
			_, r.Completer = d.(demux.Completer)
			seen = true
			_ = d.Close()
		})
	})
	switch {
	case found.hangs:
		return errors.New(found.failures[0].text)
	case opened != nil:
		return opened
	case !seen:
		return errors.New(found.failures[0].text)
	default:
		return nil // what is wrong with Close a case finds too
	}
}

// add puts the result of a case of rule where it belongs.
func (r *DemuxReport) add(rule, name string, found caseResult) {
	row := r.rule(rule)
	for _, note := range found.notes {
		row.Notes = append(row.Notes, name+": "+note)
	}
	for _, f := range found.failures {
		broken := r.rule(f.rule)
		broken.Failures = append(broken.Failures, fmt.Sprintf("%s/%s: %v", rule, name, f))
	}
	switch {
	case len(found.failures) > 0:
	case found.skipped != "":
		row.Skipped = append(row.Skipped, name+": "+found.skipped)
	default:
		row.Passed++
	}
}

func (r *DemuxReport) rule(name string) *RuleReport {
	return &r.Rules[slices.IndexFunc(r.Rules, func(row RuleReport) bool { return row.Rule == name })]
}
