//go:build linux

package main

import (
	"fmt"
	"math"
	"os"
	"strings"
	"time"
)

// report returns the tables as Markdown.
func (b *bench) report(groups [][]*cell, s *state, limit float64, complete bool, took time.Duration) string {
	var w strings.Builder
	b.preface(&w, groups, s, limit, complete, took)
	planned := map[string]bool{}
	for _, g := range groups {
		for _, c := range g {
			planned[c.id] = true
		}
	}
	var rows []row
	for _, t := range targets() {
		rows = append(rows, t.rows(s, planned, limit)...)
	}
	targetTable(&w, rows)
	part := ""
	for _, g := range sorted(groups) {
		for _, c := range g {
			if c.part() != part {
				part = c.part()
				fmt.Fprintf(&w, "### %s\n\n", parts[part])
			}
			c.table(&w, s, limit)
		}
	}
	return w.String()
}

var parts = map[string]string{
	"B1": "B1: echo", "B2": "B2: dispatch", "B3": "B3: timers", "B4": "B4: posts",
	"calls": "System calls", "memory": "Memory",
}

// sorted has B1 first.
func sorted(groups [][]*cell) (all [][]*cell) {
	for _, part := range [...]string{"B1", "B2", "B3", "B4", "calls", "memory"} {
		for _, g := range groups {
			if g[0].part() == part {
				all = append(all, g)
			}
		}
	}
	return all
}

// tally counts measurements.
type tally struct{ planned, made, again, disturbed, failed int }

func (t *tally) add(c *cell, s *state, limit float64) {
	for _, e := range c.peers {
		t.planned += e.rounds
		for round := 1; round <= e.rounds; round++ {
			r := s.get(c.id, e.peer.name, round)
			if r == nil {
				continue
			}
			t.made++
			t.again += r.Again
			switch note := r.Results[0].Note; {
			case strings.HasPrefix(note, failedNote):
				t.failed++
			case note == "" && r.Busy > limit:
				t.disturbed++
			}
		}
	}
}

func (b *bench) preface(w *strings.Builder, groups [][]*cell, s *state, limit float64, complete bool, took time.Duration) {
	var t tally
	for _, g := range groups {
		for _, c := range g {
			t.add(c, s, limit)
		}
	}
	fmt.Fprintf(w, "Measured on %s: %s.\n", time.Now().UTC().Format(time.DateOnly), machine())
	fmt.Fprintf(w, "%s run of %v: %d of %d measurements of %v each; %d rounds for a peer that a target names, %d for the others.\n",
		strings.ToUpper(b.amount.name[:1])+b.amount.name[1:], took.Round(time.Second), t.made, t.planned, b.amount.length, b.amount.named, b.amount.others)
	fmt.Fprintf(w, "%d measurements were repeated because other programs used more than %.0f %% of the two processors; %d were disturbed every time and do not count; %d failed.\n",
		t.again, 100*limit, t.disturbed, t.failed)
	if !complete {
		fmt.Fprintln(w, "The run is not complete. Run the command again to continue.")
	}
	if b.amount.name != full.name {
		fmt.Fprintln(w, "This is a short run. Its numbers are rough.")
	}
	for _, p := range programs {
		if reason := b.skipped[p.name]; reason != "" {
			fmt.Fprintf(w, "Skipped: `%s`, because %s.\n", p.name, reason)
		}
	}
	fmt.Fprintln(w)
}

func targetTable(w *strings.Builder, rows []row) {
	if len(rows) == 0 {
		return
	}
	count := map[string]int{}
	for _, r := range rows {
		count[r.verdict]++
	}
	fmt.Fprintf(w, "### Targets\n\n%d met, %d missed, %d undecided.\n\n", count[met], count[missed], count[undecided])
	fmt.Fprintf(w, "| target | measurement | of | bound | median | 95 %% interval | rounds | verdict |\n|---|---|---|--:|--:|--:|--:|---|\n")
	for _, r := range rows {
		fmt.Fprintf(w, "| %s | `%s` | %s | %s | %s | %s | %d | %s |\n", r.text, r.cell, r.than, r.bound, number(r.e.median), r.e.span(), r.e.n, r.verdict)
	}
	fmt.Fprintln(w)
}

// span is the interval, or for too few rounds all that was seen.
func (e estimateOf) span() string {
	switch {
	case e.n == 0:
		return "–"
	case !e.interval():
		return "(" + number(e.low) + " to " + number(e.high) + ")"
	default:
		return number(e.low) + " to " + number(e.high)
	}
}

// number has three digits that count.
func number(v float64) string {
	switch a := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case a >= 100:
		return grouped(int64(math.Round(v)))
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 0.01 || a == 0:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.1g", v)
	}
}

// grouped has spaces between thousands.
func grouped(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}

const (
	beginMark = "<!-- bench-peers: begin -->"
	endMark   = "<!-- bench-peers: end -->"
)

// writeBetweenMarkers replaces what a page has between the two markers.
func writeBetweenMarkers(path, text string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(page), beginMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !found || !ended {
		return fmt.Errorf("%s lacks the markers %q and %q", path, beginMark, endMark)
	}
	return os.WriteFile(path, []byte(before+beginMark+"\n"+text+endMark+after), 0o644)
}
