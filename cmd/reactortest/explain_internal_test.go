package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"reactortest/scheduler"
)

func TestExplainHasBothSides(t *testing.T) {
	dir := t.TempDir()
	html, trace := filepath.Join(dir, "page.html"), filepath.Join(dir, "trace.json")
	r := call(t.Context(), "explain", "-html", html, "-trace", trace, tape(t))
	r.want(t, exitViolation, "--- FAIL: planted/stale-event/no-stale-dispatch", "the nearest passing run: 1 change, found in ",
		"the runs are the same up to decision #", "failing: ", "passing: ", ": as a plain kernel does")
	text, err := os.ReadFile(html)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), `class="line mark`); n != 1 || !strings.Contains(string(text), "the nearest passing run") {
		t.Errorf("%d lines of the page are marked, want 1, and the passing run", n)
	}
	text, err = os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	var events struct{ TraceEvents []any }
	if err := json.Unmarshal(text, &events); err != nil || len(events.TraceEvents) < 10 {
		t.Errorf("the trace has %d events: %v", len(events.TraceEvents), err)
	}
	again := call(t.Context(), "explain", tape(t))
	if again.out != r.out {
		t.Errorf("the second time it says\n%s\nand the first time\n%s", again.out, r.out)
	}
}

func TestDetailsHaveTheLoopsOwnCalls(t *testing.T) {
	const own = "register handle"
	if r := call(t.Context(), "replay", tape(t)); strings.Contains(r.out, own) {
		t.Errorf("the screen has the loop's own calls:\n%s", r.out)
	}
	call(t.Context(), "replay", "-v", tape(t)).want(t, exitViolation, own)
	call(t.Context(), "explain", "-v", tape(t)).want(t, exitViolation, own)
}

func TestCheckWritesThePage(t *testing.T) {
	html := filepath.Join(t.TempDir(), "page.html")
	r := call(t.Context(), "check", "-subject", stale, "-runs", "10000", "-real", "0", "-dir", t.TempDir(), "-html", html)
	r.want(t, exitViolation, "written: "+html)
	text, err := os.ReadFile(html)
	if err != nil || !strings.Contains(string(text), `class="line mark`) {
		t.Errorf("the page has no marked line: %v", err)
	}
	r = call(t.Context(), "check", "-runs", "20", "-real", "0", "-dir", t.TempDir(), "-html", filepath.Join(t.TempDir(), "none.html"))
	r.want(t, exitUsage, "no file is written: no rule was broken")
}

func TestExplainRefuses(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "nowhere", "page.html")
	mine, err := scheduler.ParseTape(tape(t))
	if err != nil {
		t.Fatal(err)
	}
	mine.Subject = "TestMine"
	for _, tt := range []struct {
		why  string
		args []string
		says string
	}{
		{"a file that cannot be written is named", []string{"-html", nowhere, tape(t)}, "file " + nowhere + ": "},
		{"a page of a rule", []string{"-rule", "no-stale-dispatch", "-html", "page.html"}, "-html and -trace are for a tape"},
		{"a rule and a tape", []string{"-rule", "no-stale-dispatch", tape(t)}, "explain takes one of"},
		{"two tapes", []string{tape(t), tape(t)}, "explain takes one of"},
		{"a point that is none", []string{"-point", "nothing"}, `unknown decision point "nothing"`},
		{"no tape and no file", []string{"nothing.txt"}, "neither a tape"},
		{"a subject of one's own", []string{mine.String()}, "-reactortest.html=page.html"},
	} {
		r := call(t.Context(), append([]string{"explain"}, tt.args...)...)
		if r.code != exitUsage || !strings.Contains(r.err, tt.says) {
			t.Errorf("%s: exit status %d and\n%s\nwant %d and %q", tt.why, r.code, r.err, exitUsage, tt.says)
		}
	}
}

func TestEveryPointIsExplained(t *testing.T) {
	for _, p := range scheduler.Points() {
		r := call(t.Context(), "explain", "-point", p.String())
		if r.code != exitClean || !strings.HasPrefix(r.out, p.String()+"\n    ") {
			t.Errorf("%s: exit status %d and %q", p, r.code, r.out)
		}
	}
	call(t.Context(), "explain", "-point", "short-write").want(t, exitClean, "How much of a write is accepted.", "write(2)", "Letter w")
}
