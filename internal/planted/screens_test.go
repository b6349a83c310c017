package planted_test

import (
	"slices"
	"strings"
	"testing"

	"reactortest/internal/planted"
	"reactortest/proptest"
)

// Bounds of the median screen, and how many bugs a short search must find for the
// median to say something.
const (
	medianWatches = 2
	medianLines   = 12
	atLeastFound  = 20
)

// TestScreensAreShort: a failure is shrunk to what the bug needs, so that a person
// can follow it.
func TestScreensAreShort(t *testing.T) {
	if testing.Short() {
		t.Skip("it searches for every planted bug")
	}
	var watches, lines []int
	for _, s := range planted.All() {
		if s.Legal {
			continue
		}
		r, err := proptest.Check(s.New, &proptest.Options{Runs: 400, Seed: 1, Subject: s.Name, Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		f := r.Broken(s.Rule)
		if f == nil {
			continue // in so few runs
		}
		n := 0
		for _, l := range f.Lines {
			if l.Lane == "loop" && strings.Contains(l.Text, "watch ") && strings.Contains(l.Text, ", handle ") {
				n++
			}
		}
		t.Logf("%-30s %2d watches %2d lines %d deviations", s.Name, n, len(f.History), len(f.Deviations))
		watches, lines = append(watches, n), append(lines, len(f.History))
	}
	if len(lines) < atLeastFound {
		t.Fatalf("%d bugs were found, want %d", len(lines), atLeastFound)
	}
	slices.Sort(watches)
	slices.Sort(lines)
	w, l := watches[len(watches)/2], lines[len(lines)/2]
	if w > medianWatches || l > medianLines {
		t.Errorf("the median screen has %d watches and %d lines, want %d and %d at most", w, l, medianWatches, medianLines)
	}
}
