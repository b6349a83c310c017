package proptest_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
	"reactortest/realdemux"
	"reactortest/scheduler"
)

// sampled returns some of the subjects in builds with the race detector, which sees
// races in few runs, and all of them in others.
func sampled(subjects []planted.Subject) []planted.Subject {
	if raceCost == 1 {
		return subjects
	}
	var some []planted.Subject
	for i := 0; i < len(subjects); i += raceCost {
		some = append(some, subjects[i])
	}
	return some
}

// foundWithin is how many runs the search may take for a planted bug.
const foundWithin = 10_000

// TestEveryPlantedBugIsFound proves each rule by a subject that breaks it and
// by its twin, which differs by at most ten lines and does not.
func TestEveryPlantedBugIsFound(t *testing.T) {
	twin := fuzzer(t, planted.Twin().New)
	for _, s := range sampled(planted.All()) {
		t.Run(s.Name, func(t *testing.T) {
			runs := foundWithin
			if s.Legal {
				runs /= raceCost // nothing is to be found
			}
			r, err := proptest.Check(s.New, &proptest.Options{Runs: runs, Seed: 1, Subject: "planted/" + s.Name, Dir: t.TempDir(), WakeSwitches: s.NeedsWakeSwitches, NoShrink: raceCost > 1})
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case s.Legal && r.Failure != nil:
				t.Fatalf("a legal subject was reported:\n%s", r.Failure.Screen(""))
			case s.Legal:
				return
			case r.Failure == nil:
				t.Fatalf("not found in %d runs", r.Simulated.Runs)
			case r.Failure.Rule != s.Rule:
				t.Fatalf("breaks %s, and was reported for %s:\n%s", s.Rule, r.Failure.Rule, r.Failure.Screen(""))
			}
			t.Logf("found in run %d, %d decisions, %d deviate", r.Failure.Run, r.Failure.Decisions, len(r.Failure.Deviations))
			tape, err := scheduler.ParseTape(r.Failure.Tape)
			if err != nil {
				t.Fatal(err)
			}
			failure, err := twin.RunTape(tape.Workload, tape.Digits)
			if err != nil {
				t.Fatal(err)
			}
			if failure != nil {
				t.Errorf("the correct twin fails the tape of the mutant:\n%s", failure.Screen(""))
			}
		})
	}
}

// fuzzer returns a fuzzer for a subject that ends with the test.
func fuzzer(t *testing.T, subject proptest.NewReactor) *proptest.Fuzzer {
	t.Helper()
	f := proptest.NewFuzzer(subject, &proptest.Options{Dir: t.TempDir()})
	t.Cleanup(f.Close)
	return f
}

// judgedOnly are bugs that a judge sees in any run, and that keep a plain test from
// nothing that it looks at.
var judgedOnly = map[string]bool{"timer-fires-twice": true, "polls-each-ms": true, "wake-pair-closed": true, "post-after-close": true}

// hasty are bugs that a busy machine shows on the real kernel too, now and then: two
// statements in the wrong order, with no call between them. They pass the quiet run.
var hasty = map[string]bool{"wake-before-queue": true, "posted-lost-over-sleep": true}

// TestPlantedBugsPassPlainTests shows what the search is for: the quiet run
// and a hundred runs on the real kernel say nothing.
func TestPlantedBugsPassPlainTests(t *testing.T) {
	runs := 100 / raceCost
	if testing.Short() {
		runs = 3
	}
	for _, s := range sampled(planted.All()) {
		if s.Plain || judgedOnly[s.Name] {
			continue // it takes no search, only a judge
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			failure, err := fuzzer(t, s.New).Run(t, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if failure != nil {
				t.Errorf("the quiet run fails:\n%s", failure.Screen(""))
			}
			if hasty[s.Name] {
				return
			}
			r, err := proptest.Check(s.New, &proptest.Options{
				Runs: 1, Strategy: scheduler.NewQuiet(), Workload: "-", Subject: "planted/" + s.Name, Dir: t.TempDir(),
				Host: func() demux.Host { return realdemux.NewHost() }, HostRuns: runs,
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.Failure != nil {
				t.Errorf("a plain run on the real kernel fails:\n%s", r.Failure.Screen(""))
			}
		})
	}
}

// TestLegalReactorsAreNotReported judges correct reactors of many
// architectures: a failure is a false alarm.
func TestLegalReactorsAreNotReported(t *testing.T) {
	runs, hostRuns := 3000/raceCost, 10
	if testing.Short() {
		runs, hostRuns = 300, 1
	}
	for _, s := range sampled(planted.Legal()) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			for _, o := range []proptest.Options{
				{Runs: runs, Host: func() demux.Host { return realdemux.NewHost() }, HostRuns: hostRuns},
				{Runs: runs / 3, Plan: &fakedemux.Plan{Mode: fakedemux.Adversarial, Faults: 3}},
			} {
				o.Subject, o.Dir = "planted/"+s.Name, t.TempDir()
				r, err := proptest.Check(s.New, &o)
				if err != nil {
					t.Fatal(err)
				}
				h := demux.Host(fakedemux.New(&fakedemux.Options{}))
				if o.Host != nil {
					h = o.Host()
				}
				legal(t, s, r, h)
			}
		})
	}
}

// legal fails t if the correct subject s was reported. Where h, which it ran on,
// does not have what it needs, it must have refused to run for that reason, or to
// watch anything.
func legal(t *testing.T, s planted.Subject, r *proptest.Report, h demux.Host) {
	t.Helper()
	missing, err := s.Needs.Missing(h)
	switch {
	case err != nil:
		t.Fatal(err)
	case missing == 0 && r.Failure != nil:
		t.Errorf("a legal subject was reported:\n%s", r.Failure.Screen(""))
	case missing == 0:
	case r.Failure == nil:
		columns := r.Columns() // the last one is of the host that was asked
		if !slices.ContainsFunc(columns[len(columns)-1].Exempt, func(why string) bool { return strings.Contains(why, "refuses to watch") }) {
			t.Errorf("it ran without %v", missing)
		}
	case r.Failure.Rule != "run-error" || !strings.Contains(r.Failure.Text, errors.ErrUnsupported.Error()):
		t.Errorf("want an error that says that there is no %v:\n%s", missing, r.Failure.Screen(""))
	}
}

// TestTwinIsCorrect judges the twin as hard as its mutants.
func TestTwinIsCorrect(t *testing.T) {
	(&proptest.Options{Runs: foundWithin / raceCost}).TestReactor(t, planted.Twin().New)
}
