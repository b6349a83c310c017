package fakedemux_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"reactortest/fakedemux"
)

// TestDocHasEveryClass compares the table of choice points in
// docs/decisions.md with Classes, row by row.
func TestDocHasEveryClass(t *testing.T) {
	text, err := os.ReadFile("../docs/decisions.md")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z])` \\| ([a-z-]+) \\| (faithful|posix|adversarial) \\|.*$").FindAllStringSubmatch(string(text), -1) {
		got = append(got, fmt.Sprint(m[1:], strings.HasSuffix(m[0], "; no budget |")))
	}
	for _, c := range fakedemux.Classes() {
		want = append(want, fmt.Sprint([]string{string(c.Letter), c.Point.String(), c.Mode.String()}, !c.Budgeted))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("docs/decisions.md has\n%v\nClasses has\n%v", got, want)
	}
}

// TestDocHasEveryDialect compares the table of dialects in docs/kernels.md with
// the Traits of each.
func TestDocHasEveryDialect(t *testing.T) {
	text, err := os.ReadFile("../docs/kernels.md")
	if err != nil {
		t.Fatal(err)
	}
	yes := map[bool]string{true: "yes", false: "no"}
	for _, dialect := range fakedemux.Dialects() {
		d, err := direct(fakedemux.Options{Dialect: dialect}).Open()
		if err != nil {
			t.Fatal(err)
		}
		r := d.Traits()
		row := fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s | %v | %s | %s | %s |\n", dialect, yes[r.Level], yes[r.Edge], yes[r.Oneshot],
			yes[r.Merged], r.Unasked.String(), yes[r.Fair], r.Resolution,
			yes[r.ReadsOrdered], yes[r.CloseCancels], yes[r.Lends])
		if !strings.Contains(string(text), "\n"+row) {
			t.Errorf("docs/kernels.md lacks the row\n%s", row)
		}
	}
}

// namedFacts returns the names that docs/kernels.md has in quotes after mark, as
// in (seen: "round robin").
func namedFacts(t *testing.T, mark string) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/kernels.md")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	prose := strings.Join(strings.Fields(string(text)), " ")
	for _, m := range regexp.MustCompile(mark+`: "([^"]+)"`).FindAllStringSubmatch(prose, -1) {
		names = append(names, m[1])
	}
	if len(names) == 0 {
		t.Fatalf("docs/kernels.md names no fact after %q", mark)
	}
	return names
}

// TestDocNamesFacts finds every fact that docs/kernels.md calls seen.
func TestDocNamesFacts(t *testing.T) {
	for _, name := range namedFacts(t, "seen") {
		if !slices.ContainsFunc(facts, func(f fact) bool { return strings.HasPrefix(f.name, name) }) {
			t.Errorf("no fact is called %q", name)
		}
	}
}

// TestDocNamesWindowsFacts finds every fact of Windows that docs/kernels.md names.
func TestDocNamesWindowsFacts(t *testing.T) {
	for _, name := range namedFacts(t, "fact") {
		if !slices.ContainsFunc(slices.Concat(winFacts, winMoreFacts, winDatagramFacts), func(f winFact) bool { return f.name == name }) {
			t.Errorf("no fact is called %q", name)
		}
	}
}
