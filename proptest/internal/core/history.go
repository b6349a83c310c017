package core

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/render"
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
	On       int    // which of several the entry is about, from 0
	Task     string // name of the task that acts; "" if none does, and on a real host
}

// EntryNote is the kind of a line that is shown and never judged: what a subject
// logs. It is in no digest.
const EntryNote = ^uint8(0)

// EntryShown is the first of the kinds that are shown and never judged. They are
// in no digest.
const EntryShown uint8 = 0x80

// EntryFailed is the kind of the line in which a subject fails its case, in the
// runs that Case.Verdict was called in. Its ID is the number of the task.
const EntryFailed = EntryNote - 1

// Line is one line of a time line.
type Line = render.Line

// kernelLane is the lane of decisions and of time.
const kernelLane = "kernel"

// timeline returns the lines of a verbose run, with a line for each decision that
// deviates where it was made. It ends where the violation was found: what the
// subject did until it could be stopped is not told.
func (x *executor) timeline(o *outcome, mark int) []Line {
	history, decided := o.history, len(o.decisions)
	if v := o.violation; v != nil && v.seen > 0 {
		history, decided = history[:min(v.seen, len(history))], min(v.decided, decided)
	}
	lines := x.runner.Timeline(history, mark)
	out := make([]Line, 0, len(lines))
	next := 0
	weave := func(before int, l Line) {
		for ; next < min(before, decided); next++ {
			if o.decisions[next].Got != 0 {
				out = append(out, Line{
					At: l.At, Round: l.Round, Lane: kernelLane, Text: explainDecision(o, next), Decision: next, Decides: true,
				})
			}
		}
	}
	for _, l := range lines {
		weave(l.Decision, l)
		out = append(out, l)
	}
	if n := len(lines); n > 0 { // what was decided after the last line
		weave(decided, lines[n-1])
	}
	return out
}

// explainDecision says what a decision means in a time line: "task 1/2: poster 1
// runs before loop".
func explainDecision(o *outcome, number int) string {
	text := o.decisions[number].String()
	if words := o.told[number]; words != "" {
		text += ": " + words
	}
	return text
}

// renderLines returns lines as a screen shows them, with a time stamp where more than
// grain has passed since the last one. Unless it is verbose, lines that are folded
// are left out, and what comes again and again is told once.
func renderLines(lines []Line, verbose bool, grain time.Duration) []string {
	var shown []Line
	lane, number := 0, 0
	for _, l := range lines {
		if verbose || !l.Folded || l.Mark {
			shown = append(shown, l)
			number = max(number, len(fmt.Sprintf("#%d", l.Round)))
		}
		if !l.Decides {
			lane = max(lane, len(l.Lane))
		}
	}
	var out []string
	var at time.Duration
	for len(shown) > 0 {
		block, times := 1, 0
		if !verbose {
			block, times = repeated(shown)
		}
		for _, l := range shown[:block] {
			if l.At-at > grain {
				at = l.At
				out = append(out, fmt.Sprintf("  -- %v --", at))
			}
			out = append(out, renderLine(l, lane, number))
		}
		if times > 0 {
			out = append(out, fmt.Sprintf("    ... %s, %d times more", plural(block, "similar line"), times))
		}
		shown = shown[block*(times+1):]
	}
	return out
}

func renderLine(l Line, lane, number int) string {
	sign := " "
	switch {
	case l.Decides:
		return fmt.Sprintf("    ~ decision #%d, %s", l.Decision, l.Text)
	case l.Mark:
		sign = ">"
	}
	return fmt.Sprintf("%s %*s %-*s  %s", sign, number, fmt.Sprintf("#%d", l.Round), lane, l.Lane, l.Text)
}

// What is told once: a block of up to longestBlock lines that comes at least
// minRepeated times more.
const (
	longestBlock = 6
	minRepeated  = 2
)

// repeated returns the length of the block that lines begin with, and how often
// it comes again after that, but for numbers. 1 and 0 if it does not.
func repeated(lines []Line) (block, times int) {
	for block = 1; block <= longestBlock; block++ {
		times = 0
		for i := block; i < len(lines) && similar(&lines[i], &lines[i%block]); i++ {
			times = (i+1)/block - 1
		}
		if times >= minRepeated && block*times > minRepeated {
			return block, times
		}
	}
	return 1, 0
}

// similar reports whether two lines say the same at the same time but for numbers.
// A decision is like no other line.
func similar(a, b *Line) bool {
	return !a.Mark && !b.Mark && !a.Decides && !b.Decides && a.At == b.At && a.Lane == b.Lane && a.Folded == b.Folded &&
		numberless(a.Text) == numberless(b.Text)
}

func numberless(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
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

// trace is a digest of what has happened in a run, without notes.
type trace uint64

// newTrace is the trace of a run in which nothing has happened: the offset of FNV-1a.
const newTrace trace = 14695981039346656037

// add adds a line that is judged.
func (t *trace) add(e *Entry) {
	h := t.mix(uint64(e.At) ^ uint64(e.D)<<32 ^ uint64(e.D)>>32)
	*t = h.mix(uint64(e.Kind)<<56 ^ uint64(e.Ready)<<48 ^ uint64(e.Mode)<<40 ^ uint64(e.ID)<<20 ^ uint64(e.N))
}

func (t trace) mix(v uint64) trace {
	t = (t ^ trace(v)) * 1099511628211
	return t ^ t>>29
}
