package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
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
		{"an unknown command", []string{"chekc"}, exitUsage, []string{`"chekc"`, "check, subjects, replay, explain"}},
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
		"rule: no-stale-dispatch   (reactortest explain -rule no-stale-dispatch)",
		"kernel: epoll, faithful",
		"replay: go run ./cmd/reactortest replay rt2/reactor/planted/stale-event/epoll/f2odsv",
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
	r.want(t, exitUsage, "interrupted; this is what was found so far", "epoll, simulated", "no-stale-dispatch", "decision point")
	call(ctx, "check", "-runs", "1000000", "-real", "0", "-json").want(t, exitUsage, `"interrupted": true`)
}

func TestCheckJSON(t *testing.T) {
	r := call(t.Context(), "check", "-subject", stale, "-runs", "10000", "-dir", t.TempDir(), "-json")
	var report jsonReport
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&report); err != nil || r.code != exitViolation || r.err != "" {
		t.Fatalf("%v; exit status %d, errors %q, output:\n%s", err, r.code, r.err, r.out)
	}
	if len(report.Failures) != 1 {
		t.Fatalf("%d failures", len(report.Failures))
	}
	f := report.Failures[0]
	if f.Rule != "no-stale-dispatch" || f.Tape != tape(t) || f.Decisions == 0 || f.Before == 0 ||
		len(f.Deviations) == 0 || len(f.History) == 0 || filepath.Ext(f.Saved) != ".txt" || f.Sentence == "" || f.Text == "" || f.Mode != "faithful" {
		t.Errorf("the failure is %+v", f)
	}
	if report.Subject != stale || report.Plan != fakedemux.DefaultPlan.String() || len(report.Columns) != 1 || report.NotExercised != nil {
		t.Fatalf("the report is %+v", report)
	}
	c := report.Columns[0]
	if c.Name != "epoll, simulated" || c.Mode != "faithful" || c.Runs == 0 || c.Decisions == 0 || len(c.Points) == 0 ||
		c.Points[0].Name != "task" || c.Points[0].Asked == 0 || c.Points[0].NonQuiet == 0 {
		t.Errorf("the column is %+v", c)
	}
	if len(c.Rules) != len(proptest.Properties()) {
		t.Fatalf("%d rules of %d", len(c.Rules), len(proptest.Properties()))
	}
	for _, rule := range c.Rules {
		if (rule.Verdict == verdictBroken) != (rule.Name == f.Rule) {
			t.Errorf("%s is %s", rule.Name, rule.Verdict)
		}
	}
}

// report returns one that says that everything was done.
func report() *proptest.Report {
	r := &proptest.Report{Subject: builtin}
	r.Simulated = proptest.Column{Name: "epoll, simulated", Runs: 20_000, Counted: needCounted, Distinct: needCounted / 2}
	n := len(proptest.Properties())
	r.Simulated.Evaluated = slices.Repeat([]int{needEvaluated}, n)
	r.Simulated.Exempt, r.Simulated.Waived = make([]string, n), make([]string, n)
	for _, p := range points(r, fakedemux.DefaultPlan) {
		for int(p) >= len(r.Simulated.Points) {
			r.Simulated.Points = append(r.Simulated.Points, proptest.PointCount{Point: scheduler.Point(len(r.Simulated.Points))})
		}
		r.Simulated.Points[p].NonQuiet = needNonQuiet
	}
	r.Real = &proptest.Column{Name: "epoll, real", Runs: 100, Counted: needReal, Evaluated: make([]int, n), Exempt: make([]string, n), Waived: make([]string, n)}
	return r
}

// fail puts a failure into a report.
func fail(r *proptest.Report, rule, text string) {
	r.Failure = &proptest.Failure{Rule: rule, Text: text}
	r.Failures = []*proptest.Failure{r.Failure}
}

func TestConclude(t *testing.T) {
	for _, tt := range []struct {
		why  string
		spot func(r *proptest.Report)
		code int
		says string
	}{
		{"all was done", func(*proptest.Report) {}, exitClean, "epoll, real"},
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
				n := len(proptest.Properties())
				*r = proptest.Report{Subject: builtin, Simulated: proptest.Column{
					Evaluated: make([]int, n), Exempt: make([]string, n), Waived: make([]string, n),
				}}
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
			exitViolation, "deadlock                                  BROKEN",
		},
		{"a wake came from outside", func(r *proptest.Report) { r.Foreign = "mine.go:7" }, exitClean, "nondeterministic: a goroutine that is no task called Wake at mine.go:7"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			var out, errs strings.Builder
			c := &command{ctx: t.Context(), out: &out, err: &errs}
			r := report()
			tt.spot(r)
			code := c.conclude(r, fakedemux.DefaultPlan, false)
			result{code, out.String(), errs.String()}.want(t, tt.code, tt.says)
			out.Reset()
			if code := c.conclude(r, fakedemux.DefaultPlan, true); code != tt.code || !json.Valid([]byte(out.String())) {
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
