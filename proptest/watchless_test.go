package proptest_test

import (
	"testing"

	"reactortest/internal/planted"
	"reactortest/proptest"
)

// TestSubjectWithoutWatches judges a loop that refuses every watch by its timers
// and posted functions.
func TestSubjectWithoutWatches(t *testing.T) {
	s, known := planted.Lookup("legal-no-watches")
	if !known {
		t.Fatal("there is no such subject")
	}
	r := check(t, s.New, &proptest.Options{Runs: 300})
	if r.Failure != nil {
		t.Fatal(r.Failure.Screen(""))
	}
	if r.Simulated.Counted == 0 {
		t.Error("no run counts, and callbacks were called")
	}
	for i, p := range proptest.Properties() {
		switch why := r.Simulated.Exempt[i]; p.Name {
		case "mode-is-kept", "ready-is-served", "no-stale-dispatch", "fair-within-k", "panic-leaves-run":
			if why == "" {
				t.Errorf("%s applies to a loop without watches", p.Name)
			}
		case "timers-run", "posted-runs-once", "posted-fifo", "one-handler-at-a-time", "no-lost-wakeup":
			if why != "" || r.Simulated.Evaluated[i] == 0 {
				t.Errorf("%s was evaluated %d times, exempt: %q", p.Name, r.Simulated.Evaluated[i], why)
			}
		}
	}
}
