package proptest

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest/demuxsuite"
	"reactortest/proptest/internal/core"
)

// Property is a written rule that subjects are judged by.
type Property = core.Property

// DemuxReport is what CheckDemux has found.
type DemuxReport = demuxsuite.DemuxReport

// RuleReport is what the cases of one rule have found.
type RuleReport = demuxsuite.RuleReport

// TestDemux judges a demultiplexer by the rules W1 to W14 of package demux; see
// demuxsuite.TestDemux.
func TestDemux(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	demuxsuite.TestDemux(t, newHost)
}

// TestCompleter judges a demultiplexer that carries out operations by the rules
// O1 to O10 of package demux; see demuxsuite.TestCompleter.
func TestCompleter(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	demuxsuite.TestCompleter(t, newHost)
}

// TestDemux is the function TestDemux with options. newHost may be nil: then the
// demultiplexer under test is that of Options.Dialect on the simulated kernel, or
// the one that Options.Open makes.
func (o *Options) TestDemux(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	demuxsuite.Test(t, demuxsuite.DemuxName, newHost, o.core())
}

// TestCompleter is the function TestCompleter with options. newHost may be nil, as
// for TestDemux.
func (o *Options) TestCompleter(t *testing.T, newHost func(t testing.TB) demux.Host) {
	t.Helper()
	demuxsuite.Test(t, demuxsuite.CompleterName, newHost, o.core())
}

// SearchDemux judges a demultiplexer on the simulated kernel by a search, as
// TestDemux does, outside of a test. newHost makes simulated hosts, or is nil.
func SearchDemux(newHost func() demux.Host, o *Options) (*Report, error) {
	return demuxsuite.Check(demuxsuite.DemuxName, newHost, o.core())
}

// SearchCompleter is SearchDemux for the rules of TestCompleter.
func SearchCompleter(newHost func() demux.Host, o *Options) (*Report, error) {
	return demuxsuite.Check(demuxsuite.CompleterName, newHost, o.core())
}

// ReplayDemux makes the run of a tape of SearchDemux or SearchCompleter again, as
// Replay does for a reactor.
func ReplayDemux(text string, newHost func() demux.Host, o *Options) (*Report, error) {
	return demuxsuite.Replay(text, newHost, o.core())
}

// ExplainDemux is Explain for a tape of SearchDemux or SearchCompleter.
func ExplainDemux(text string, newHost func() demux.Host, o *Options) (*Report, *Explanation, error) {
	return demuxsuite.Explain(text, newHost, o.core())
}

// CheckDemux judges a demultiplexer as TestDemux and TestCompleter do, outside
// of a test; see demuxsuite.CheckDemux.
func CheckDemux(newHost func() demux.Host) (*DemuxReport, error) {
	return demuxsuite.CheckDemux(newHost)
}

// DemuxRules returns the rules that TestDemux judges by, in the order of their
// numbers.
func DemuxRules() []Property { return demuxsuite.DemuxRules() }

// CompleterRules returns the rules that TestCompleter judges by, in the order of
// their numbers.
func CompleterRules() []Property { return demuxsuite.CompleterRules() }

// CheckContract returns d with every call checked against the rules of package
// demux; see demuxsuite.CheckContract.
func CheckContract(d demux.Demux, report func(rule, msg string)) demux.Demux {
	return demuxsuite.CheckContract(d, report)
}
