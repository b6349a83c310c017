package proptest

import (
	"flag"
	"fmt"
	"testing"

	"reactortest/scheduler"
)

// Flags of a test binary that uses TestReactor.
var (
	tapeFlag = flag.String("reactortest.tape", "", "replay this `tape` instead of a search")
	runsFlag = flag.Int("reactortest.runs", 0, "simulated runs of each suite, instead of its own number")
	seedFlag = flag.Uint64("reactortest.seed", 0, "seed of the searches, instead of their own")
)

// TestReactor judges a reactor on the simulated kernel, with a subtest for each
// rule of Properties below one for the dialect. A violation fails the subtest
// of its rule, with a screen that has the shrunk tape and the command that
// replays it.
//
//	func TestMyReactor(t *testing.T) { proptest.TestReactor(t, newMine) }
func TestReactor(t *testing.T, subject NewReactor) {
	t.Helper()
	(&Options{}).TestReactor(t, subject)
}

// TestReactor is the function TestReactor with options. With Options.Host it
// judges on that host too.
func (o *Options) TestReactor(t *testing.T, subject NewReactor) {
	t.Helper()
	d := *o
	if d.Subject == "" {
		d.Subject = t.Name()
	}
	if *runsFlag > 0 {
		d.Runs = *runsFlag
	}
	if *seedFlag > 0 {
		d.Seed = *seedFlag
	}
	d = d.withDefaults()
	host := d.Host
	d.Host = nil
	t.Run(d.Dialect, func(t *testing.T) {
		t.Helper()
		var r *Report
		var err error
		if *tapeFlag != "" {
			r, err = replay(t, *tapeFlag, subject, d)
		} else {
			r, err = check(t, subject, d)
		}
		if err != nil {
			t.Fatal(err)
		}
		reportRules(t, r, &r.Simulated)
	})
	if host == nil {
		t.Log("real kernel: not run")
		return
	}
	if *tapeFlag != "" {
		t.Log("real kernel: not run, a tape replays on the simulated one")
		return
	}
	t.Run("real", func(t *testing.T) {
		t.Helper()
		d.Host = host
		s := newSearch(t, subject, d)
		defer s.watchdog.Stop()
		s.runReal()
		if s.report.Real == nil {
			t.Skip("real kernel: not run, this system has no backend")
		}
		reportRules(t, s.report, s.report.Real)
	})
}

// reportRules makes the subtests of one column.
func reportRules(t *testing.T, r *Report, c *Column) {
	t.Helper()
	t.Logf("%s: %d runs, %d of them count, %d different, %d decisions%s",
		c.Name, c.Runs, c.Counted, c.Distinct, c.Decisions, c.yielding())
	if r.Foreign != "" {
		t.Logf("nondeterministic: a goroutine that is no task called Wake at %s", r.Foreign)
	}
	reported := false
	for i, p := range properties {
		t.Run(p.Name, func(t *testing.T) {
			t.Helper()
			switch {
			case r.Failure != nil && r.Failure.Rule == p.Name:
				reported = true
				t.Error(r.Failure.Screen(replayCommand(t.Name(), r.Failure.Tape)))
			case c.Unfair && p.Name == ruleName(ruleFair):
				t.Skip("not promised: the demultiplexer's Traits are not Fair")
			case c.Evaluated[i] == 0:
				t.Skip("not exercised: no run came to evaluate the rule")
			default:
				t.Logf("evaluated %d times", c.Evaluated[i])
			}
		})
	}
	if r.Failure != nil && !reported {
		t.Errorf("%s: %s", r.Failure.Rule, r.Failure.Screen(replayCommand(t.Name(), r.Failure.Tape)))
	}
}

// yielding tells how closely the subject could be judged.
func (c *Column) yielding() string {
	if c.Runs > 0 && c.Yields == 0 {
		return "; judged at system calls only: the subject never yields"
	}
	return ""
}

// replayCommand is the command that runs a test with a tape.
func replayCommand(test, tape string) string {
	return fmt.Sprintf("go test -run '^%s$' -reactortest.tape=%s", test, tape)
}

// checkTape tells what of a tape does not belong here.
func checkTape(t scheduler.Tape, dialect, subject string) error {
	switch {
	case t.Suite != suite:
		return fmt.Errorf("it is of suite %q, and this is %q", t.Suite, suite)
	case t.Dialect != dialect:
		return fmt.Errorf("it is of dialect %q, and the simulated kernel speaks %q", t.Dialect, dialect)
	case subject != "" && t.Subject != subject:
		return fmt.Errorf("it is of subject %q, and this is %q", t.Subject, subject)
	default:
		return nil
	}
}
