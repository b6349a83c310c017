package winfidelity_test

import (
	"slices"
	"testing"

	"reactortest/internal/winfidelity"
)

// TestSequencesAreExercised draws sequences for the simulation alone.
func TestSequencesAreExercised(t *testing.T) {
	report(t, winfidelity.Run(&winfidelity.Options{Calls: 50_000, Seed: 1}))
}

func report(t *testing.T, r *winfidelity.Report) {
	t.Helper()
	if r.Failure != nil {
		t.Fatal(r.Failure)
	}
	t.Logf("%d calls in %d sequences, %d succeeded, median %d", r.Calls, r.Sequences, r.Succeeded, r.Median)
	for _, c := range r.Cells {
		if testing.Verbose() {
			t.Logf("%6d %s %s", c.Hits, c.Group, c.Name)
		}
	}
	for _, m := range r.Missing {
		t.Errorf("not exercised: %s", m)
	}
}

// TestRunsAreRepeatable: a seed decides everything.
func TestRunsAreRepeatable(t *testing.T) {
	run := func(seed uint64) *winfidelity.Report {
		return winfidelity.Run(&winfidelity.Options{Calls: 5_000, Seed: seed})
	}
	if a, b := run(1), run(1); a.Digest != b.Digest || !slices.Equal(a.Cells, b.Cells) {
		t.Error("the same seed has made different sequences")
	}
	if run(1).Digest == run(2).Digest {
		t.Error("two seeds have made the same sequences")
	}
}

// TestSimulationsAgree compares the simulation with itself.
func TestSimulationsAgree(t *testing.T) {
	report(t, winfidelity.Run(&winfidelity.Options{Calls: 50_000, Seed: 2, Running: winfidelity.Simulated(nil)}))
}

func TestMutationsAreFound(t *testing.T) {
	for _, m := range winfidelity.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			r := winfidelity.Run(&winfidelity.Options{
				Calls: 50_000, Seed: 1, Hurry: true, Simulated: winfidelity.Simulated(m.Change), Running: winfidelity.Simulated(nil),
			})
			if r.Failure == nil {
				t.Fatalf("not found in %d calls: %s", r.Calls, m.Rule)
			}
			const few = 12
			if n := len(r.Failure.Script); n > few {
				t.Errorf("the disagreement was shrunk to %d calls, not to %d or fewer", n, few)
			}
			t.Logf("found after %d calls\n%v", r.Calls, r.Failure)
		})
	}
}

// TestDifferencesHaveReasons: what differs is data, with a reason.
func TestDifferencesHaveReasons(t *testing.T) {
	names := map[string]bool{}
	for _, d := range winfidelity.Differences() {
		if d.Why == "" || names[d.Name] {
			t.Errorf("difference %q has no reason, or is there twice", d.Name)
		}
		names[d.Name] = true
	}
}
