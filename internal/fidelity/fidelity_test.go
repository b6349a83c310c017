package fidelity_test

import (
	"errors"
	"testing"

	"reactortest/internal/fidelity"
)

func TestKernelsAgree(t *testing.T) {
	r, err := fidelity.Run(&fidelity.Options{Calls: 30_000, Seed: 1})
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r.Failure != nil {
		t.Fatal(r.Failure)
	}
	t.Logf("%d sequences, %d calls, %d succeeded, median %d", r.Sequences, r.Calls, r.Succeeded, r.Median)
	for _, c := range r.Cells {
		t.Logf("%s %s %d %v", c.Group, c.Name, c.Hits, c.Listed)
	}
	for _, m := range r.Missing {
		t.Log(m)
	}
}
