package core

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRenderTellsRepeatsOnce(t *testing.T) {
	line := func(round int, text string) Line { return Line{Round: round, Lane: "loop", Text: text} }
	many := func(n int, texts ...string) (all []Line) {
		for i := range n {
			for _, text := range texts {
				all = append(all, line(i, text))
			}
		}
		return all
	}
	marked := line(9, "wait")
	marked.Mark = true
	folded := line(9, "wake")
	folded.Folded = true
	for _, tt := range []struct {
		why     string
		lines   []Line
		verbose bool
		want    int
		has     string
	}{
		{"one line, again and again", many(9, "wait"), false, 2, "1 similar line, 8 times more"},
		{"a block of lines", many(5, "wait", "runs t0"), false, 3, "2 similar lines, 4 times more"},
		{"details have every line", many(9, "wait"), true, 9, ""},
		{"twice is no repeat", many(2, "wait", "runs t0"), false, 4, ""},
		{"the marked line is always there", append(many(9, "wait"), marked), false, 3, "> #9 loop  wait"},
		{"a folded line is not shown", append(many(1, "wait"), folded), false, 1, ""},
		{"numbers may differ", []Line{line(0, "sets t1"), line(0, "sets t2"), line(0, "sets t3"), line(0, "sets t4")}, false, 2, "3 times more"},
		{"none", nil, false, 0, ""},
	} {
		got := renderLines(tt.lines, tt.verbose, 0)
		if len(got) != tt.want || !strings.Contains(strings.Join(got, "\n"), tt.has) {
			t.Errorf("%s: %d lines, want %d with %q:\n%s", tt.why, len(got), tt.want, tt.has, strings.Join(got, "\n"))
		}
	}
	late := line(3, "wait")
	late.At = time.Second
	if got := renderLines([]Line{late}, false, 0); !slices.Contains(got, "  -- 1s --") {
		t.Errorf("no time stamp: %q", got)
	}
}
