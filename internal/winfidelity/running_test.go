package winfidelity_test

import (
	"errors"
	"testing"

	"reactortest/internal/winfidelity"
)

func TestSystemsAgree(t *testing.T) {
	running, err := winfidelity.Running()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	report(t, winfidelity.Run(&winfidelity.Options{Calls: 15_000, Seed: 1, Running: running}))
}
