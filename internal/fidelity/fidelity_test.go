package fidelity_test

import (
	"errors"
	"testing"

	"reactortest/internal/fidelity"
)

// compare is fidelity.Run; it skips the test where there is no Linux kernel.
func compare(t *testing.T, o *fidelity.Options) *fidelity.Report {
	t.Helper()
	r, err := fidelity.Run(o)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKernelsAgree(t *testing.T) {
	r := compare(t, &fidelity.Options{Calls: 50_000, Seed: 1})
	if r.Failure != nil {
		t.Fatal(r.Failure)
	}
	t.Logf("%d calls in %d sequences, %d succeeded, median %d", r.Calls, r.Sequences, r.Succeeded, r.Median)
	for _, m := range r.Missing {
		t.Errorf("not exercised: %s", m)
	}
}

func TestMutationsAreFound(t *testing.T) {
	if n := len(fidelity.Mutations()); n < 15 {
		t.Errorf("there are %d mutations, not 15 or more", n)
	}
	for _, m := range fidelity.Mutations() {
		t.Run(m.Name, func(t *testing.T) {
			r := compare(t, &fidelity.Options{Calls: 100_000, Seed: 1, Mutation: m.Name})
			if r.Failure == nil {
				t.Fatalf("not found in %d calls: %s", r.Calls, m.Rule)
			}
			const few = 16
			if n := len(r.Failure.Script); n > few {
				t.Errorf("the disagreement was shrunk to %d calls, not to %d or fewer", n, few)
			}
			t.Logf("found after %d calls\n%v", r.Calls, r.Failure)
		})
	}
}

func TestUnknownMutation(t *testing.T) {
	if _, err := fidelity.Run(&fidelity.Options{Calls: 1, Mutation: "none"}); err == nil {
		t.Error("a mutation that there is not was taken")
	}
}
