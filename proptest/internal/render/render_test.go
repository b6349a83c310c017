package render_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/proptest/internal/render"
)

// story is a short failure with all there is: two runs, a decision, a folded line.
func story() *render.Story {
	return &render.Story{
		Subject: "TestMine", Rule: "no-stale-dispatch", Text: `a got <r> & "more"`,
		Facts: []render.Fact{{Name: "kernel", Value: "epoll, faithful"}}, More: []render.Fact{{Name: "tape", Value: "rt2/x~00000000"}},
		Runs: []render.Run{{Name: "the failing run", Parts: 3, Lines: []render.Line{
			{Lane: "loop", Text: "watch a: pair", Touches: []string{"a"}},
			{Lane: "loop", Text: "register handle 3", Touches: []string{"a"}, Folded: true},
			{Lane: "kernel", Text: "task 1/2: peer a runs before loop", Decides: true, Decision: 3},
			{Lane: "peer a", Text: "writes", Decision: 4, Touches: []string{"a"}},
			{At: time.Millisecond, Round: 1, Lane: "loop", Text: "dispatch a r", Decision: 5, Mark: true, Touches: []string{"a"}},
		}}, {Name: "the nearest passing run", Note: "It differs in 1 decision.", Parts: 3, Lines: []render.Line{
			{Lane: "loop", Text: "watch a: pair", Touches: []string{"a"}},
			{At: time.Second, Round: 1, Lane: "loop", Text: "wait forever", Decision: 4},
		}}},
	}
}

// long is a story with many lines before and after the marked one.
func long(before, after int) *render.Story {
	s := story()
	var lines []render.Line
	for i := range before {
		lines = append(lines, render.Line{At: time.Duration(i), Round: i, Lane: "loop", Text: fmt.Sprint("wait ", i)})
	}
	lines = append(lines, render.Line{At: time.Hour, Lane: "loop", Text: "dispatch a r", Mark: true})
	for i := range after {
		lines = append(lines, render.Line{At: 2 * time.Hour, Round: i, Lane: "peer a", Text: fmt.Sprint("writes ", i)})
	}
	s.Runs[0].Lines = lines
	return s
}

func page(t *testing.T, s *render.Story) string {
	t.Helper()
	var b bytes.Buffer
	if err := render.Page(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageHasTheStory(t *testing.T) {
	got := page(t, story())
	for _, want := range []string{
		"a got &lt;r&gt; &amp; &#34;more&#34;", "no-stale-dispatch", "TestMine", "epoll, faithful", "the nearest passing run",
		"rt2/x~00000000", "It differs in 1 decision.", ">peer a</th>", ">kernel</th>", "task 1/2: peer a runs before loop", ` folded"`, ` decides parts"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	if n := strings.Count(got, `class="line mark`); n != 1 {
		t.Errorf("%d lines are marked, want 1", n)
	}
	for _, outside := range []string{"http:", "https:", "src=", "@import", "url("} {
		if strings.Contains(got, outside) {
			t.Errorf("the page has %q: it is to need no other file", outside)
		}
	}
}

func TestPageOfLongRunsKeepsTheMark(t *testing.T) {
	for _, tt := range []struct {
		why           string
		before, after int
		has           []string
	}{
		{"few lines are all there", 10, 10, []string{"wait 0<", "writes 9<"}},
		{"those around the mark stay", 9000, 9000, []string{"wait 8999<", "writes 400<", "5500 lines before these are left out", "8501 lines after"}},
		{"the mark is at the end", 9000, 0, []string{"wait 8999<", "5001 lines before these are left out"}},
	} {
		got := page(t, long(tt.before, tt.after))
		for _, want := range append(tt.has, `class="line mark`) {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the page does not have %q", tt.why, want)
			}
		}
	}
}

func TestTraceIsChromeTraceEvents(t *testing.T) {
	var b bytes.Buffer
	if err := render.Trace(&b, story()); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name, Ph string
			TS       float64
			PID, TID int
			Args     map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatal(err)
	}
	last := map[int]float64{}
	names := map[string]int{}
	for _, e := range trace.TraceEvents {
		names[e.Ph+" "+e.Name]++
		if e.Ph == "M" {
			names[fmt.Sprint(e.Ph, " ", e.Args["name"])]++
			continue
		}
		if e.TS < last[e.PID] {
			t.Errorf("%s at %v comes after %v", e.Name, e.TS, last[e.PID])
		}
		last[e.PID] = e.TS
	}
	for _, want := range []string{
		"M the failing run", "M the nearest passing run", "M peer a", "X writes", "i task 1/2: peer a runs before loop",
		"i breaks no-stale-dispatch", "X dispatch a r",
	} {
		if names[want] == 0 {
			t.Errorf("the trace has no event %q", want)
		}
	}
	if last[1] < 1000 || last[2] < 1e6 {
		t.Errorf("the runs end at %v and %v us, want virtual time: 1 ms and 1 s", last[1], last[2])
	}
}
