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
