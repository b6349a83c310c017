package main

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"reactortest/scheduler"
)

// TestReplayIsTheSame is what tapes are for.
func TestReplayIsTheSame(t *testing.T) {
	first, _ := broken()
	for _, procs := range []int{runtime.GOMAXPROCS(0), 1} {
		before := runtime.GOMAXPROCS(procs)
		for range 100 {
			r := call(t.Context(), "replay", tape(t))
			r.want(t, exitViolation, "--- FAIL: planted/stale-event/no-stale-dispatch")
			if got, want := screen(r.out), screen(first.out); got != want || got == "" {
				t.Fatalf("with %d processors the history is\n%s\nand was\n%s", procs, got, want)
			}
		}
		runtime.GOMAXPROCS(before)
	}
}

func TestReplayFile(t *testing.T) {
	first, saved := broken()
	r := call(t.Context(), "replay", write(t, "saved.txt", saved))
	r.want(t, exitViolation, "--- FAIL: planted/stale-event/no-stale-dispatch")
	if got, want := screen(r.out), screen(first.out); got != want {
		t.Errorf("the history is\n%s\nand was\n%s", got, want)
	}
}

// TestReplayOfTheTwin: the correct loop passes the tape that fails the broken
// one. Other decisions come of it, so the digest is its own.
func TestReplayOfTheTwin(t *testing.T) {
	bad, err := scheduler.ParseTape(tape(t))
	if err != nil {
		t.Fatal(err)
	}
	bad.Subject = "planted/twin"
	call(t.Context(), "replay", bad.String()).want(t, exitClean, "the run breaks no rule now", "diverged: the digest is ")
}

// TestReplayOfAnotherRun: a tape whose run is another one by now is run all the
// same, and what it breaks is reported with how it differs.
func TestReplayOfAnotherRun(t *testing.T) {
	good, err := scheduler.ParseTape(tape(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why    string
		change func(t *scheduler.Tape)
		says   string
	}{
		{"a wrong digest", func(t *scheduler.Tape) { t.Digest ^= 1 }, "the digest is"},
		{"more digits than decisions", func(t *scheduler.Tape) { t.Digits += strings.Repeat("0", 500) + "1" }, "the run ended after"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			other := good
			tt.change(&other)
			call(t.Context(), "replay", other.String()).want(t, exitViolation, "--- FAIL: planted/stale-event/no-stale-dispatch", "diverged: "+tt.says)
		})
	}
}

func TestReplayBadTapes(t *testing.T) {
	good, err := scheduler.ParseTape(tape(t))
	if err != nil {
		t.Fatal(err)
	}
	with := func(change func(t *scheduler.Tape)) string {
		bad := good
		change(&bad)
		return bad.String()
	}
	for _, tt := range []struct {
		why  string
		tape string
		says []string
	}{
		{"another version", strings.Replace(good.String(), "rt2/", "rt3/", 1), []string{`version "rt3"`, "rt2/SUITE/"}},
		{"another suite", with(func(t *scheduler.Tape) { t.Suite = "engine" }), []string{`suite "engine"`, `this is "reactor"`}},
		{"another dialect", with(func(t *scheduler.Tape) { t.Dialect = "kqueue" }), []string{`dialect "kqueue"`, `"epoll"`}},
		{"an unknown subject", with(func(t *scheduler.Tape) { t.Subject = "mine" }), []string{`subject "mine"`, "go test"}},
		{"a plan that is none", with(func(t *scheduler.Tape) { t.Plan = "x1" }), []string{`plan "x1"`, "faithful"}},
		{"a workload that is none", with(func(t *scheduler.Tape) { t.Workload = "z" + t.Workload[1:] }), []string{"WORKLOAD", "version, w1"}},
		{"what is no digit", with(func(t *scheduler.Tape) { t.Digits = "*" + t.Digits }), []string{"'*'", "DIGITS", "0-9, A-Z and a-z"}},
		{"no digest", strings.Split(good.String(), "~")[0], []string{"neither a tape", "nor a file"}},
		{"a short digest", good.String()[:len(good.String())-1], []string{"digest", "8 digits"}},
		{"too few segments", "rt2/reactor/" + stale + "~00000000", []string{"segments", "SUITE"}},
		{"white space", strings.Replace(good.String(), "/", "/ ", 1), []string{"white space"}},
		{"no such file", "nowhere.txt", []string{`"nowhere.txt"`, "nor a file"}},
		{"nothing", "", []string{`""`, "nor a file"}},
		{"a folder", ".", []string{"."}},
		{"a file that is no tape", "main.go", []string{"file main.go", "line 1", `"tape ..."`}},
		{"a device", os.DevNull, []string{"file " + os.DevNull, "regular file"}},
		{"an empty file", write(t, "empty.txt", ""), []string{"empty.txt", "no line"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			r := call(t.Context(), "replay", tt.tape)
			r.want(t, exitUsage, tt.says...)
			if strings.Count(r.err, "\n") != 1 || !strings.HasPrefix(r.err, "reactortest: ") {
				t.Errorf("not one line that tells who says it: %q", r.err)
			}
		})
	}
}

// TestReplayOfATestOfYours names the command that makes the run again.
func TestReplayOfATestOfYours(t *testing.T) {
	_, saved := broken()
	good, err := scheduler.ParseSaved(saved)
	if err != nil {
		t.Fatal(err)
	}
	good.Tape.Subject = "TestMine/it's_(odd)"
	text, err := scheduler.FormatSaved(good)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "loops", "testdata", "reactortest")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "x.txt")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t.Context(), "replay", file).want(t, exitUsage, "go test ", "/loops -run '^TestMine$/^it'\\''s_\\(odd\\)$/^epoll$/^no-stale-dispatch$' -reactortest.tape=")
	call(t.Context(), "replay", good.Tape.String()).want(t, exitUsage, "go test ./PACKAGE -run ")
}

func TestReplayBadFiles(t *testing.T) {
	_, saved := broken()
	for _, tt := range []struct {
		why, from, to string
		says          []string
	}{
		{"a tape of another version", "tape rt2", "tape rt9", []string{"line 6", `version "rt9"`}},
		{"a decision that is not its number", "\n3 ", "\n4 ", []string{"decision 4 where 3 comes next"}},
		{"decisions of another tape", "\n0 task 0/", "\n0 task 1/", []string{"the tape has the digits", "the decisions are"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			if !strings.Contains(saved, tt.from) {
				t.Fatalf("no %q in\n%s", tt.from, saved)
			}
			path := write(t, "bad.txt", strings.Replace(saved, tt.from, tt.to, 1))
			call(t.Context(), "replay", path).want(t, exitUsage, append(tt.says, "file "+path)...)
		})
	}
}
