package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

func TestUsage(t *testing.T) {
	for _, tt := range []struct {
		why  string
		args []string
		code int
		says []string
	}{
		{"no command", nil, exitUsage, []string{"usage:", "check", "replay", "exit status"}},
		{"help is no mistake", []string{"help"}, exitClean, []string{"usage:"}},
		{"nor is -h", []string{"-h"}, exitClean, []string{"usage:"}},
		{"help on one command", []string{"check", "-h"}, exitClean, []string{"-subject", "-runs", "default 50000"}},
		{"an unknown command", []string{"chekc"}, exitUsage, []string{`"chekc"`, "check, merge, subjects, replay, explain"}},
		{"an unknown flag", []string{"check", "-fast"}, exitUsage, []string{"-fast", "-subject"}},
		{"a flag without its number", []string{"check", "-runs", "many"}, exitUsage, []string{`"many"`, "-runs"}},
		{"an unknown subject", []string{"check", "-subject", "planted/nothing"}, exitUsage, []string{`"planted/nothing"`, "reactortest subjects"}},
		{"a planted subject without its prefix", []string{"check", "-subject", "stale-event"}, exitUsage, []string{`"stale-event"`}},
		{"no runs", []string{"check", "-runs", "0"}, exitUsage, []string{"-runs is 0", "1 to"}},
		{"more runs than anybody waits for", []string{"check", "-runs", "1000000000"}, exitUsage, []string{"-runs is 1000000000"}},
		{"fewer than no runs", []string{"check", "-real", "-1"}, exitUsage, []string{"-real is -1", "0 to"}},
		{"a plan of no mode", []string{"check", "-plan", "x2"}, exitUsage, []string{"-plan", `"x2"`, "faithful"}},
		{"a plan that switches off what is not there", []string{"check", "-plan", "f2-z"}, exitUsage, []string{`'z'`}},
		{"a word too many", []string{"check", "eventloop"}, exitUsage, []string{`"eventloop"`, "no arguments"}},
		{"a word too many", []string{"subjects", "all"}, exitUsage, []string{`"all"`, "no arguments"}},
		{"the rule is a flag", []string{"explain", "idle-blocks"}, exitUsage, []string{`"idle-blocks"`, "-rule"}},
		{"an unknown rule", []string{"explain", "-rule", "be-nice"}, exitUsage, []string{`"be-nice"`}},
		{"no tape", []string{"replay"}, exitUsage, []string{"one tape", "got 0"}},
		{"two tapes", []string{"replay", "a", "b"}, exitUsage, []string{"got 2"}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			call(t.Context(), tt.args...).want(t, tt.code, tt.says...)
		})
	}
}

func TestCheckFindsThePlantedBug(t *testing.T) {
	r, saved := broken()
	r.want(t, exitViolation,
		"--- FAIL: planted/stale-event/no-stale-dispatch",
		"rule: no-stale-dispatch   (go run reactortest/cmd/reactortest explain -rule no-stale-dispatch)",
		"kernel: epoll, faithful",
		"replay: go run ./cmd/reactortest replay 'rt2/reactor/planted/stale-event/epoll/f2odsv",
		"  > #", "decision point", "real kernel: not run")
	for line := range strings.Lines(r.out) {
		if strings.HasPrefix(line, "no-stale-dispatch ") != strings.Contains(line, "BROKEN") {
			t.Errorf("one rule is broken, and the table says %q", line)
		}
	}
	if !strings.Contains(saved, "tape "+tape(t)) {
		t.Errorf("the saved file has another tape than %s:\n%s", tape(t), saved)
	}
}

func TestCheckWithFewRuns(t *testing.T) {
	call(t.Context(), "check", "-runs", "100", "-real", "0").want(t, exitUsage,
		"not exercised:\n", "runs count, 10000 are needed", "rule fair-within-k was evaluated", "point reset was taken",
		"real kernel: not run", "decision point", "no-lost-wakeup")
}

func TestCheckOnTheRealKernel(t *testing.T) {
	if !realKernel() {
		t.Skip("this system has no backend yet")
	}
	call(t.Context(), "check", "-runs", "10", "-real", "2").want(t, exitUsage, ", real", "of 2 runs on the real kernel")
}

func TestCheckInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	r := call(ctx, "check", "-runs", "1000000", "-real", "0")
	r.want(t, exitUsage, "interrupted; what follows was found before that", "epoll, simulated", "no-stale-dispatch", "decision point")
	call(ctx, "check", "-runs", "1000000", "-real", "0", "-json").want(t, exitUsage, `"interrupted": true`)
}

func TestCheckJSON(t *testing.T) {
	r := call(t.Context(), "check", "-subject", stale, "-runs", "10000", "-dir", t.TempDir(), "-json")
	reports, err := proptest.ReadJSON(strings.NewReader(r.out))
	if err != nil || len(reports) != 1 || r.code != exitViolation || r.err != "" {
		t.Fatalf("%d reports, %v; exit status %d, errors %q, output:\n%s", len(reports), err, r.code, r.err, r.out)
	}
	report := reports[0]
	if len(report.Failures) != 1 {
		t.Fatalf("%d failures", len(report.Failures))
	}
	f := report.Failures[0]
	if f.Rule != "no-stale-dispatch" || f.Tape != tape(t) || f.Decisions == 0 || f.Before == 0 ||
		len(f.History) == 0 || filepath.Ext(f.Saved) != ".txt" || f.Sentence == "" || f.Text == "" || f.Mode != "faithful" {
		t.Errorf("the failure is %+v", f)
	}
	c := &report.Simulated
	if report.Subject != stale || c.Plan != fakedemux.DefaultPlan.String() || report.Real != nil || len(report.NotExercised) > 0 {
		t.Fatalf("the report is %+v", report)
	}
	if n := pointCount(c, scheduler.PointTask); c.Name != "epoll, simulated" || c.Runs == 0 || c.Decisions == 0 || n.Asked == 0 || n.NonQuiet == 0 {
		t.Errorf("the column is %+v", c)
	}
	for i, rule := range c.Rules() {
		if (report.Verdict(c, i) == proptest.VerdictBroken) != (rule == f.Rule) {
			t.Errorf("%s is %s", rule, report.Verdict(c, i))
		}
	}
}

// TestCheckJSONIsOneDocument asks for several dialects at once.
func TestCheckJSONIsOneDocument(t *testing.T) {
	r := call(t.Context(), "check", "-dialect", "kqueue", "-runs", "20", "-real", "0", "-json")
	reports, err := proptest.ReadJSON(strings.NewReader(r.out))
	if err != nil || len(reports) != 5 || r.code != exitUsage {
		t.Fatalf("%d reports, %v; exit status %d", len(reports), err, r.code)
	}
	for _, bad := range []struct{ why, text, says string }{
		{"something behind it", r.out + "}", "more after"},
		{"two of them", r.out + r.out, "more after"},
		{"another version", strings.Replace(r.out, `"version": 1`, `"version": 9`, 1), "version is 9"},
		{"a field that nobody knows", strings.Replace(r.out, `"version"`, `"vision"`, 1), "vision"},
		{"nothing", "", "not a report in JSON"},
		{"a point that is none", strings.Replace(r.out, `"name": "task"`, `"name": "tusk"`, 1), "tusk"},
		{"a shard that is none", strings.Replace(r.out, `"shards": 1`, `"shards": 0`, 1), "shard 0 of 0"},
	} {
		if _, err := proptest.ReadJSON(strings.NewReader(bad.text)); err == nil || !strings.Contains(err.Error(), bad.says) {
			t.Errorf("%s: error is %v, want one with %q", bad.why, err, bad.says)
		}
	}
}

// TestShardsMerge makes a check in one part and in three.
func TestShardsMerge(t *testing.T) {
	for _, subject := range []string{builtin, stale} {
		args := []string{"check", "-subject", subject, "-runs", "600", "-real", "0", "-seed", "3", "-dir", t.TempDir(), "-json"}
		whole := call(t.Context(), args...)
		files := []string{"merge", "-json"}
		for _, part := range []string{"2/3", "0/3", "1/3"} {
			r := call(t.Context(), append(args, "-shard", part, "-workers", "1")...)
			if subject == builtin && r.code != exitClean {
				t.Errorf("shard %s: exit status %d: what was not exercised is told, and fails nothing", part, r.code)
			}
			files = append(files, write(t, part[:1]+".json", r.out))
		}
		merged := call(t.Context(), files...)
		if merged.code != whole.code {
			t.Errorf("%s: exit status %d, merged %d", subject, whole.code, merged.code)
		}
		one, errOne := proptest.ReadJSON(strings.NewReader(whole.out))
		all, errAll := proptest.ReadJSON(strings.NewReader(merged.out))
		if errOne != nil || errAll != nil {
			t.Fatal(errOne, errAll)
		}
		a, b := one[0], all[0]
		if len(a.Failures) != len(b.Failures) || a.Failure != nil && (a.Failure.Tape != b.Failure.Tape || a.Failure.Run != b.Failure.Run) {
			t.Errorf("%s: the failures differ: %+v, merged %+v", subject, a.Failure, b.Failure)
		}
		if subject == builtin {
			for _, r := range []*proptest.Report{a, b} {
				r.Simulated.Elapsed = 0
			}
			if diff := cmp.Diff(a.Simulated, b.Simulated, cmpopts.IgnoreUnexported(proptest.Column{})); diff != "" {
				t.Errorf("the columns differ:\n%s", diff)
			}
		}
		call(t.Context(), files[:4]...).want(t, exitUsage, "2 reports of 3 shards")
		call(t.Context(), append(files[:4:4], files[3])...).want(t, exitUsage, "report 1 is of shard 0")
	}
}

// report returns one that says that everything was done.
func report(t *testing.T) *proptest.Report {
	t.Helper()
	if !realKernel() {
		t.Skip("this system has no backend, and the report has a column for it")
	}
	r, err := proptest.Check(proptest.EventLoop, &proptest.Options{
		Subject: builtin, Runs: 1, Dir: t.TempDir(), Host: func() demux.Host { return realdemux.NewHost() }, HostRuns: 1,
	})
	if err != nil || r.Failure != nil {
		t.Fatal(r, err)
	}
	s := &r.Simulated
	s.Runs, s.Counted, s.Distinct = 20_000, needCounted, needCounted/2
	for i := range s.Evaluated {
		s.Evaluated[i], s.Exempt[i] = needEvaluated, ""
	}
	for _, p := range points(r) {
		for int(p) >= len(s.Points) {
			s.Points = append(s.Points, proptest.PointCount{Point: scheduler.Point(len(s.Points))})
		}
		s.Points[p].NonQuiet = needNonQuiet
	}
	r.Real.Runs, r.Real.Counted = 100, needReal
	return r
}

// fail puts a failure into a report.
func fail(r *proptest.Report, rule, text string) {
	r.Failure = &proptest.Failure{Rule: rule, Text: text, Mode: "faithful"}
	if r.Real != nil {
		r.Failure.Mode = "real"
	}
	r.Failures = []*proptest.Failure{r.Failure}
}

func TestConclude(t *testing.T) {
	for _, tt := range []struct {
		why  string
		spot func(r *proptest.Report)
		code int
		says string
	}{
		{"all was done", func(*proptest.Report) {}, exitClean, ", real"},
		{"the real kernel was not asked for", func(r *proptest.Report) { r.Real = nil }, exitClean, "real kernel: not run"},
		{"too few runs count", func(r *proptest.Report) { r.Simulated.Counted-- }, exitUsage, "9999 runs count, 10000 are needed"},
		{"too many runs are the same", func(r *proptest.Report) { r.Simulated.Distinct-- }, exitUsage, "4999 of 10000 traces are different"},
		{
			"a choice was made one way only", func(r *proptest.Report) { r.Simulated.Points[fakedemux.PointReset].NonQuiet = 99 },
			exitUsage, "point reset was taken non-quiet 99 times, 100 are needed",
		},
		{"a rule was not judged", func(r *proptest.Report) { r.Simulated.Evaluated[0] = 999 }, exitUsage, "rule no-stale-dispatch was evaluated 999 times"},
		{"the real kernel did too little", func(r *proptest.Report) { r.Real.Counted = 19 }, exitUsage, "of 100 runs on the real kernel, 19 count"},
		{
			"a rule was broken, and no more was done",
			func(r *proptest.Report) {
				r.Real = nil
				clear(r.Simulated.Evaluated)
				fail(r, "idle-blocks", "17 waits")
			},
			exitViolation, "17 waits",
		},
		{
			"a rule was broken on the real kernel",
			func(r *proptest.Report) { fail(r, "idle-blocks", "17 waits") },
			exitViolation, "ok 1000           BROKEN",
		},
		{
			"the run itself broke down",
			func(r *proptest.Report) { fail(r, "deadlock", "all wait") },
			exitViolation, "deadlock                                      BROKEN",
		},
		{"a wake came from outside", func(r *proptest.Report) { r.Foreign = "mine.go:7" }, exitClean, "nondeterministic: a goroutine outside of the simulation called Wake at mine.go:7"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var out, errs strings.Builder
			c := &command{ctx: t.Context(), out: &out, err: &errs}
			r := report(t)
			tt.spot(r)
			code := c.concludeAll([]*proptest.Report{r}, false)
			result{code, out.String(), errs.String()}.want(t, tt.code, tt.says)
			out.Reset()
			if code := c.concludeAll([]*proptest.Report{r}, true); code != tt.code || !json.Valid([]byte(out.String())) {
				t.Errorf("with -json: exit status %d, want %d, output:\n%s", code, tt.code, out.String())
			}
		})
	}
}

func TestSubjectsListsAll(t *testing.T) {
	r := call(t.Context(), "subjects")
	r.want(t, exitClean, builtin+"\n", "planted/twin\n")
	for _, s := range planted.All() {
		head := "\n" + plantedPrefix + s.Name
		if !s.Legal {
			head += "  breaks " + s.Rule
		}
		if s.Needs != 0 {
			head += "  needs " + s.Needs.String()
		}
		r.want(t, exitClean, head+"\n")
		if _, err := lookup(plantedPrefix + s.Name); err != nil {
			t.Error(err)
		}
	}
}

func TestExplainEveryRule(t *testing.T) {
	all := call(t.Context(), "explain")
	for _, p := range proptest.Properties() {
		all.want(t, exitClean, p.Name+" ", p.Rule)
		r := call(t.Context(), "explain", "-rule", p.Name)
		r.want(t, exitClean, p.Name+" (a violation ", strings.Fields(p.Why)[0])
		for _, s := range planted.All() {
			if s.Rule == p.Name && !s.Legal {
				r.want(t, exitClean, "a subject that breaks it: "+plantedPrefix+s.Name)
			}
		}
	}
	for _, p := range proptest.Breakdowns() {
		all.want(t, exitClean, p.Name+" ")
		call(t.Context(), "explain", "-rule", p.Name).want(t, exitClean, p.Name+" (a violation fails)")
	}
}

// TestLostOutput has nobody who can read the report.
func TestLostOutput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no full device on Windows")
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("this system has no full device: %v", err)
	}
	defer full.Close()
	binary := filepath.Join(t.TempDir(), "reactortest")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	_ = read.Close()
	for why, file := range map[string]*os.File{"a full disk": full, "a closed pipe": write} {
		var errs strings.Builder
		cmd := exec.CommandContext(t.Context(), binary, "subjects")
		cmd.Stdout, cmd.Stderr = file, &errs
		err := cmd.Run()
		if cmd.ProcessState.ExitCode() != exitUsage || !strings.Contains(errs.String(), "the output was lost: ") {
			t.Errorf("%s: %v, errors %q, want exit status 2", why, err, errs.String())
		}
	}
}
