package fakedemux_test

import (
	"testing"

	"reactortest/realdemux"
)

// TestWindowsFactsReal plays the facts on the running system. On Windows itself
// it has not been run yet.
func TestWindowsFactsReal(t *testing.T) {
	sys, err := realdemux.IOCP()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range winFacts {
		t.Run(f.name, func(t *testing.T) {
			if f.wine != "" {
				t.Skip("Wine 8.0 differs: " + f.wine)
			}
			newWinMachine(realdemux.NewHost(), sys).play(t, f.lines)
		})
	}
}
