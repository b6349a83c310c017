package fakedemux_test

import (
	"slices"
	"testing"

	"reactortest/realdemux"
)

// TestWindowsFactsReal plays the facts on the running system. What Wine is said to
// do otherwise it does otherwise. On Windows itself it has not been run yet.
func TestWindowsFactsReal(t *testing.T) {
	sys, err := realdemux.IOCP()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range slices.Concat(winFacts, winMoreFacts, winDatagramFacts) {
		t.Run(f.name, func(t *testing.T) {
			m := newWinMachine(realdemux.NewHost(), sys)
			m.shared = true
			if f.wine == "" || !realdemux.Wine() {
				m.play(t, f.lines)
			} else if m.differs(t, f.lines) == "" && !f.now {
				t.Errorf("Wine is said to differ, and does not: %s", f.wine)
			}
		})
	}
}
