package demuxsuite_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/demuxsuite"
	"reactortest/realdemux"
)

func TestCompleterReal(t *testing.T) {
	demuxsuite.TestCompleter(t, func(testing.TB) demux.Host { return realdemux.NewHost() })
}

func TestCompleterSimulated(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		demuxsuite.TestCompleter(t, func(testing.TB) demux.Host { return fakedemux.New(&fakedemux.Options{Dialect: dialect}) })
	}
}

// TestCompleterRulesAreTheContracts compares the sentences that failures print
// with docs/contract.md.
func TestCompleterRulesAreTheContracts(t *testing.T) {
	source, err := os.ReadFile("../../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Join(strings.Fields(string(source)), " ")
	for _, r := range demuxsuite.CompleterRules() {
		if !regexp.MustCompile(`### ` + r.Name + `, [^#]* ` + regexp.QuoteMeta(r.Rule)).MatchString(doc) {
			t.Errorf("%s: docs/contract.md does not say %q", r.Name, r.Rule)
		}
		if !r.Must || r.Why == "" {
			t.Errorf("%s: Must %v, Why %q", r.Name, r.Must, r.Why)
		}
	}
}
