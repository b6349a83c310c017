package core

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// Test judges a subject on the simulated kernel, with a subtest for each rule of
// the suite below one for the dialect, and on Options.Host if there is one. The
// tapes that were saved before are run first. A violation fails the subtest of
// its rule, with a screen that has the shrunk tape and the command that replays
// it. o may be nil. It panics if an option is out of range.
func Test(t *testing.T, s Suite, o *Options) {
	t.Helper()
	var d Options
	if o != nil {
		d = *o
	}
	if err := given.apply(&d); err != nil {
		t.Fatal(err)
	}
	if d.Subject == "" {
		d.Subject = t.Name()
	}
	if testing.Short() && !given.runs.given {
		d.Runs = max(inRange("Runs", d.Runs, DefaultRuns, MaxRuns)/shortRuns, 1)
	}
	d = d.withDefaults(s.Properties())
	if d.Progress == nil && testing.Verbose() {
		d.Progress = logProgress(t)
	}
	host := d.Host
	d.Host = nil
	if !d.RealOnly {
		testSimulated(t, s, d)
	}
	switch {
	case host == nil:
		t.Log("real kernel: not run")
	case given.tape != "":
		t.Log("real kernel: not run, a tape replays on the simulated one")
	default:
		t.Run("real", func(t *testing.T) {
			t.Helper()
			d.Host = host
			testReal(t, s, d)
		})
	}
}

// testSimulated makes the subtest of the simulated kernel.
func testSimulated(t *testing.T, s Suite, d Options) {
	t.Helper()
	t.Run(d.Dialect, func(t *testing.T) {
		t.Helper()
		x := newSearch(t, s, d)
		if err := x.watched(x.testRuns); err != nil {
			if x.lacking(err) == nil {
				t.Skipf("not judged: %s", x.report.NotJudged)
			}
			t.Fatal(err)
		}
		reportRules(t, x, &x.report.Simulated)
	})
}

// progressEvery is how far apart the lines are that a verbose test logs.
const progressEvery = 5 * time.Second

// logProgress tells how far a long search is.
func logProgress(t *testing.T) func(*Report) bool {
	t.Helper()
	clock, last := realClock(), time.Duration(0)
	return func(r *Report) bool {
		if now := clock(); now-last >= progressEvery {
			last = now
			columns := r.Columns()
			c := columns[len(columns)-1]
			t.Logf("%s: %d runs so far, %d rules broken", c.Name, c.Runs, len(r.Failures))
		}
		return true
	}
}

// testRuns makes the runs of a test on the simulated kernel: that of a tape, or
// those that were saved and then the search.
func (s *search) testRuns() error {
	if given.tape != "" {
		return s.replayTape(given.tape)
	}
	s.rerunSaved()
	if len(s.report.Failures) > 0 {
		s.options.Runs = min(s.options.Runs, moreRuns) // something is known to be broken
	}
	return s.simulate()
}

func testReal(t *testing.T, s Suite, o Options) {
	t.Helper()
	x := newSearch(t, s, o)
	if err := x.watched(func() error { x.runReal(); return nil }); err != nil {
		t.Fatal(err)
	}
	if x.report.NotJudged != "" {
		t.Skipf("not judged: %s", x.report.NotJudged)
	}
	x.report.Real.partial = true
	reportRules(t, x, x.report.Real)
}

// reportRules makes the subtests of one column.
func reportRules(t *testing.T, x *search, c *Column) {
	t.Helper()
	r := x.report
	t.Logf("%s: %s, %d decisions%s%s", c.Name, c.Counts(), c.Decisions, x.wakes(c), c.yielding())
	for _, f := range c.Figures {
		if text := f.String(); text != "" {
			t.Logf("%s: %s", c.Name, text)
		}
	}
	for _, text := range c.Declared {
		t.Logf("the subject declares: %s", text)
	}
	for _, line := range r.Saved {
		t.Logf("saved tape %s", line)
	}
	if r.Foreign != "" {
		t.Logf("nondeterministic: a goroutine outside of the simulation called Wake at %s", r.Foreign)
	}
	if r.Diverged != "" && r.Failure == nil {
		t.Logf("the run breaks no rule now: %s", r.Diverged)
	}
	nearest := x.explainFailures(t)
	x.showDetails()
	whole := x.whole(c)
	for i, p := range c.rules {
		t.Run(p.Name, func(t *testing.T) {
			t.Helper()
			x.reportRule(t, c, i, whole, nearest[p.Name])
		})
	}
	for _, f := range r.Failures {
		if _, known := LookupProperty(nil, f.Rule); known { // a breakdown has no subtest
			t.Errorf("%s: %s", f.Rule, f.Screen(x.replayCommand(t.Name(), f.Tape)))
		}
	}
	if whole && c.Counted == 0 {
		t.Errorf("not exercised: none of %d runs has %d calls of the subject's functions and %d decisions", c.Runs, minEvents, minDecisions)
	}
}

// reportRule says in the subtest of a rule what became of it. nearest tells of the
// run that passes, "" if nobody asked.
func (s *search) reportRule(t *testing.T, c *Column, i int, whole bool, nearest string) {
	t.Helper()
	p := c.rules[i]
	switch f := s.report.Broken(p.Name); {
	case f != nil && p.Must:
		t.Error(f.Screen(s.replayCommand(t.Name(), f.Tape)))
		if nearest != "" {
			t.Log(strings.TrimSpace(nearest))
		}
	case f != nil:
		t.Logf("broken, but not required: %s", f.Screen(s.replayCommand(t.Name(), f.Tape)))
	case c.Waived[i] != "":
		t.Skipf("waived: %s", c.Waived[i])
	case c.Exempt[i] != "" && c.Evaluated[i] > 0:
		t.Logf("evaluated %s; does not apply to every run: %s", plural(c.Evaluated[i], "time"), c.Exempt[i])
	case c.Exempt[i] != "":
		t.Skipf("does not apply: %s", c.Exempt[i])
	case c.Evaluated[i] == 0 && whole:
		t.Error(c.unexercised())
	case c.Evaluated[i] == 0 && given.tape != "":
		t.Skip("the run of the tape does not evaluate the rule")
	case c.Evaluated[i] == 0:
		t.Skip(c.unexercised())
	default:
		t.Logf("evaluated %s", plural(c.Evaluated[i], "time"))
	}
}

// wakes tells whether schedules could switch tasks in Wake.
func (s *search) wakes(c *Column) string {
	switch {
	case c == s.report.Real:
		return ""
	case s.options.Plan.WakeSwitches:
		return ", Wake is a switch point"
	default:
		return ", Wake is no switch point"
	}
}

// showDetails has screens show every line, if a tape is replayed with -v.
func (s *search) showDetails() {
	if given.tape == "" || !testing.Verbose() {
		return
	}
	for _, f := range s.report.Failures {
		f.History = f.Details
	}
}

// replayCommand is the command that runs a test with a tape, from the root of
// its module.
func (s *search) replayCommand(test, tape string) string {
	return ReplayCommand(packagePath(), test, tape)
}

// EngineVariable is the environment variable in which the command tells a test program
// that it has rewired its flags, one on each line.
const EngineVariable = "REACTORTEST_ENGINE"

// ReplayCommand returns the command that runs the test called test of the package
// in folder with a tape, for a POSIX shell. folder is relative to the root of the
// module, where the command is to be run.
func ReplayCommand(folder, test, tape string) string {
	goTest, dashes := "go test", ""
	if flags, rewired := os.LookupEnv(EngineVariable); rewired {
		goTest, dashes = "go run reactortest/cmd/reactortest engine", "-- "
		for _, f := range strings.Split(flags, "\n") {
			if f != "" {
				goTest += " " + shellQuote(f)
			}
		}
	}
	return fmt.Sprintf("%s %s %s-run %s -reactortest.tape=%s", goTest, shellQuote(folder), dashes, shellQuote(testPattern(test)), shellQuote(tape))
}

// testPattern returns the regular expression that go test's -run takes for the
// test called name and nothing else.
func testPattern(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + quoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}
