package proptest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

func TestCompleterReal(t *testing.T) {
	proptest.TestCompleter(t, func(testing.TB) demux.Host { return realdemux.NewHost() })
}

// TestCompleterRulesAreTheContracts holds the sentences that failures print
// against the package documentation.
func TestCompleterRulesAreTheContracts(t *testing.T) {
	source, err := os.ReadFile("../demux/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	doc := strings.Join(strings.Fields(strings.ReplaceAll(string(source), "\n//", "\n")), " ")
	for _, r := range proptest.CompleterRules() {
		if !regexp.MustCompile(r.Name + `, [^.]+\. .*` + regexp.QuoteMeta(r.Rule)).MatchString(doc) {
			t.Errorf("%s: package demux does not say %q", r.Name, r.Rule)
		}
		if !r.Must || r.Why == "" {
			t.Errorf("%s: Must %v, Why %q", r.Name, r.Must, r.Why)
		}
	}
}
