package core

import (
	"testing"

	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// What is done for every line of a run and for every decision does not allocate.
func TestRunsAreBookedWithoutAllocation(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Runner: scheduler.NewDirect()})
	rules := append([]Property{{Name: "a-rule"}}, breakdowns[:]...)
	c := &Case{Host: k, Kernel: k}
	c.reset(rules, make([]bool, len(rules)))
	column := Column{}
	decisions := []scheduler.Decision{{Point: scheduler.PointTask, N: 3, Got: 2}, {Point: pointWorkload, N: 2}}
	for _, tt := range []struct {
		why  string
		call func()
	}{
		{"a line", func() { c.Note(Entry{Kind: 1, ID: 2, Text: c.Say("never made")}) }},
		{"a line of a task that is known", func() { c.NoteEntered(Entry{Kind: 2, N: 3}) }},
		{"a rule that holds", func() { c.Holds(0, true) }},
		{"the decisions of a run", func() { column.countPoints(decisions) }},
	} {
		if n := testing.AllocsPerRun(100, tt.call); n != 0 {
			t.Errorf("%s: %v allocations", tt.why, n)
		}
	}
	if len(c.history) != 0 || c.Last() == 0 {
		t.Errorf("%d lines are kept of %d, want none", len(c.history), c.Last()+1)
	}
}
