// Package render shows runs to people: as a page for a browser and as a trace for
// Perfetto. It knows time lines and nothing of how they came about.
package render

import (
	"slices"
	"time"
)

// Line is one line of a time line.
type Line struct {
	At       time.Duration `json:"at"`
	Round    int           `json:"round"`
	Lane     string        `json:"lane"` // who acts: "loop", "peer a", "kernel"
	Text     string        `json:"text"`
	Touches  []string      `json:"touches,omitempty"`  // what it is about, by name: a watch, a timer, a post
	Mark     bool          `json:"mark,omitempty"`     // it breaks the rule
	Decision int           `json:"decision,omitempty"` // decisions made before it; of a decision's own line its number
	Decides  bool          `json:"decides,omitempty"`  // it tells a decision that was not quiet
	Folded   bool          `json:"folded,omitempty"`   // shown only where details are asked for
}

// Run is one run, with its time line.
type Run struct {
	Name  string // "the failing run"
	Note  string // a sentence about it
	Lines []Line
	Parts int // the decision at which it parts from the run before it; -1: it does not
}

// Fact is one thing to know of a failure.
type Fact struct{ Name, Value string }

// Story is what a page and a trace tell: a failing run, and what else there is to
// compare it with.
type Story struct {
	Subject, Rule, Text string
	Facts               []Fact // that everybody wants to know
	More                []Fact // that are long
	Runs                []Run  // the failing one first
}

// maxLines is how many lines of a run are shown: more before the marked one than
// after it.
const (
	maxLines = 4000
	maxAfter = 500
)

// cut returns the lines of a run that are shown, and how many are left out before
// and after them.
func cut(lines []Line) (shown []Line, before, after int) {
	if len(lines) <= maxLines {
		return lines, 0, 0
	}
	mark := slices.IndexFunc(lines, func(l Line) bool { return l.Mark })
	if mark < 0 {
		mark = len(lines) - 1
	}
	to := min(max(mark+maxAfter, maxLines), len(lines))
	from := to - maxLines
	return lines[from:to], from, len(lines) - to
}

// kernelLane is the lane of decisions.
const kernelLane = "kernel"

// lanes returns who acts in a run, in the order in which they come, the kernel
// last.
func lanes(lines []Line) []string {
	var all []string
	for _, l := range lines {
		if l.Lane != kernelLane && !slices.Contains(all, l.Lane) {
			all = append(all, l.Lane)
		}
	}
	return append(all, kernelLane)
}

// objects returns what the lines of a run are about, in the order in which it
// comes.
func objects(lines []Line) []string {
	var all []string
	for _, l := range lines {
		for _, name := range l.Touches {
			if len(all) < maxObjects && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

// maxObjects is how many objects have a lane.
const maxObjects = 40
