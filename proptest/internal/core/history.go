package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
)

// Entry is one line of the history of a run. The suite says what its kind and
// its numbers mean.
type Entry struct {
	At       time.Duration // host's time
	Round    int           // how many Waits had begun
	Decision int           // how many decisions had been made
	Kind     uint8         // the suite's; EntryNote is the core's
	Ready    demux.Ready
	Mode     demux.Mode
	ID       int
	N        int
	D        time.Duration
	Text     string // "" unless the run is verbose
}

// EntryNote is the kind of a line that is shown and never judged: what a subject
// logs. It is in no digest.
const EntryNote = ^uint8(0)

// Line is one line of a time line.
type Line struct {
	At       time.Duration `json:"at"`
	Round    int           `json:"round"`
	Lane     string        `json:"lane"` // who acts: "loop", "peer a", "kernel"
	Text     string        `json:"text"`
	Mark     bool          `json:"mark,omitempty"`     // it breaks the rule
	Decision int           `json:"decision,omitempty"` // decisions made before it; of a decision's own line its number
	Decides  bool          `json:"decides,omitempty"`  // it tells a decision that was not quiet
	Folded   bool          `json:"folded,omitempty"`   // shown only where details are asked for
}

// kernelLane is the lane of decisions and of time.
const kernelLane = "kernel"

// weave puts a line for each decision that deviates where it was made.
func weave(lines []Line, decisions []scheduler.Decision) []Line {
	out := make([]Line, 0, len(lines))
	next := 0
	for _, l := range lines {
		for ; next < l.Decision && next < len(decisions); next++ {
			if d := decisions[next]; d.Got != 0 {
				out = append(out, Line{
					At: l.At, Round: l.Round, Lane: kernelLane, Text: explainDecision(d),
					Decision: next, Decides: true,
				})
			}
		}
		out = append(out, l)
	}
	return out
}

// explainDecision says what a decision means in a time line.
func explainDecision(d scheduler.Decision) string {
	return fmt.Sprintf("%s %d/%d", d.Point, d.Got, d.N)
}

// render returns lines as a screen shows them, with a time stamp where more than
// grain has passed since the last one.
func render(lines []Line, verbose bool, grain time.Duration) []string {
	var out []string
	var at time.Duration
	for _, l := range lines {
		if l.Folded && !verbose && !l.Mark {
			continue
		}
		if l.At-at > grain {
			at = l.At
			out = append(out, fmt.Sprintf("  -- %v --", at))
		}
		switch {
		case l.Decides:
			out = append(out, fmt.Sprintf("    ~ decision #%d: %s", l.Decision, l.Text))
		case l.Mark:
			out = append(out, fmt.Sprintf("> #%d %s", l.Round, l.Text))
		default:
			out = append(out, fmt.Sprintf("  #%d %s", l.Round, l.Text))
		}
	}
	return out
}

// maxScreen is how many lines of the history a screen shows.
const maxScreen = 60

// screenful cuts a long history to the lines around the marked one.
func screenful(lines []string) []string {
	if len(lines) <= maxScreen {
		return lines
	}
	mark := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l, ">") })
	if mark < 0 {
		mark = len(lines) - 1
	}
	end := min(mark+5, len(lines))
	from := max(end-maxScreen, 0)
	out := append([]string{fmt.Sprintf("  ... %d lines before", from)}, lines[from:end]...)
	if end < len(lines) {
		out = append(out, fmt.Sprintf("  ... %d lines after", len(lines)-end))
	}
	return out
}

// traceDigest is a digest of what happened, without notes.
func traceDigest(history []Entry) uint64 {
	h := uint64(14695981039346656037)
	mix := func(v uint64) {
		h = (h ^ v) * 1099511628211
		h ^= h >> 29
	}
	for i := range history {
		e := &history[i]
		if e.Kind == EntryNote {
			continue
		}
		mix(uint64(e.At))
		mix(uint64(e.Kind)<<32 | uint64(e.Ready)<<16 | uint64(e.Mode))
		mix(uint64(e.ID)<<32 | uint64(uint32(e.N)))
		mix(uint64(e.D))
	}
	return h
}
