package fidelity_test

import (
	"errors"
	"testing"

	"reactortest/internal/fidelity"
)

func compareBlocked(t *testing.T, o *fidelity.BlockedOptions) *fidelity.BlockedReport {
	t.Helper()
	r, err := fidelity.RunBlocked(o)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestBlockedCallsAgree(t *testing.T) {
	r := compareBlocked(t, &fidelity.BlockedOptions{Sequences: 3000, Seed: 1})
	if r.Failure != nil {
		t.Fatal(r.Failure)
	}
	t.Logf("%d calls in %d sequences, %d blocked; either order in %d: %d and %d", r.Calls, r.Sequences, r.Blocked, r.Either, r.First, r.Second)
}

// enoughSequences is within how many sequences each mutation is found.
const enoughSequences = 4000

func TestBlockedMutationsAreFound(t *testing.T) {
	if n := len(fidelity.DuoMutations()); n < 10 {
		t.Errorf("there are %d mutations, not 10 or more", n)
	}
	for _, m := range fidelity.DuoMutations() {
		t.Run(m.Name, func(t *testing.T) {
			r := compareBlocked(t, &fidelity.BlockedOptions{Sequences: enoughSequences, Seed: 1, Mutation: m.Name})
			if r.Failure == nil {
				t.Fatalf("not found in %d sequences: %s", r.Sequences, m.Rule)
			}
			const few = 6
			if n := len(r.Failure.Script); n > few {
				t.Errorf("the disagreement was shrunk to %d calls, not to %d or fewer", n, few)
			}
			t.Logf("found after %d sequences\n%v", r.Sequences, r.Failure)
		})
	}
}

func TestUnknownBlockedMutation(t *testing.T) {
	if _, err := fidelity.RunBlocked(&fidelity.BlockedOptions{Sequences: 1, Mutation: "none"}); err == nil {
		t.Error("a mutation that there is not was taken")
	}
}
