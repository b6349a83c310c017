package proptest_test

import (
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

// kqueues are the dialects of the second family that are judged in full: with
// EVFILT_USER, and without it.
var kqueues = []string{"kqueue-freebsd", "kqueue-netbsd-9"}

// TestEventLoopOnEveryDialect judges the built-in loop on each system, in each
// mode.
func TestEventLoopOnEveryDialect(t *testing.T) {
	for _, dialect := range fakedemux.Dialects()[1:] {
		for _, mode := range []fakedemux.Mode{fakedemux.Faithful, fakedemux.POSIX, fakedemux.Adversarial} {
			t.Run(dialect+"/"+mode.String(), func(t *testing.T) {
				r := check(t, proptest.EventLoop, &proptest.Options{
					Dialect: dialect, Runs: 1000 / raceCost, Plan: &fakedemux.Plan{Mode: mode, Faults: 3},
				})
				if r.Failure != nil {
					t.Error(r.Failure.Screen(""))
				}
			})
		}
	}
}

func TestEventLoopOnKqueue(t *testing.T) {
	(&proptest.Options{Dialect: "kqueue-darwin"}).TestReactor(t, proptest.EventLoop)
}

// TestPlantedBugsAreFoundOnKqueue searches for the bugs where events are not
// merged.
func TestPlantedBugsAreFoundOnKqueue(t *testing.T) {
	for _, dialect := range kqueues {
		for _, s := range sampled(append(planted.All(), planted.Twin())) {
			t.Run(dialect+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				o := &proptest.Options{Dialect: dialect, Runs: foundWithin, Seed: 1, WakeSwitches: s.NeedsWakeSwitches}
				if s.Legal {
					o.Runs = proptest.DefaultRuns / raceCost // nothing is to be found
				}
				r := find(t, s, *o)
				switch {
				case s.Legal && r.Failure != nil:
					t.Errorf("a legal subject was reported:\n%s", r.Failure.Screen(""))
				case s.Legal:
				case r.Failure == nil:
					t.Errorf("not found in %d runs", r.Simulated.Runs)
				case r.Broken(s.Rule) == nil:
					t.Errorf("breaks %s, and was reported for %s:\n%s", s.Rule, r.Failure.Rule, r.Failure.Screen(""))
				}
			})
		}
	}
}

// TestLegalReactorsAreNotReportedOnKqueue judges correct reactors of many
// architectures: a failure is a false alarm.
func TestLegalReactorsAreNotReportedOnKqueue(t *testing.T) {
	for _, dialect := range kqueues {
		for _, s := range sampled(planted.Legal()) {
			t.Run(dialect+"/"+s.Name, func(t *testing.T) {
				t.Parallel()
				r := check(t, s.New, &proptest.Options{Dialect: dialect, Runs: 1000 / raceCost})
				if r.Failure != nil {
					t.Error(r.Failure.Screen(""))
				}
			})
		}
	}
}

// TestTapeNamesItsDialect replays a tape without being told the dialect, and
// refuses it where another one is asked for.
func TestTapeNamesItsDialect(t *testing.T) {
	s, _ := planted.Lookup("stale-event")
	o := &proptest.Options{Dialect: "kqueue-openbsd", Runs: foundWithin, FirstOnly: true}
	found := check(t, s.New, o)
	if found.Failure == nil {
		t.Fatal("not found")
	}
	again, err := proptest.Replay(found.Failure.Tape, s.New, nil)
	if err != nil || again.Failure == nil || again.Failure.Rule != found.Failure.Rule || again.Failure.Dialect != o.Dialect {
		t.Errorf("tape %s: got %+v, %v", found.Failure.Tape, again, err)
	}
	if _, err := proptest.Replay(found.Failure.Tape, s.New, &proptest.Options{Dialect: "epoll"}); err == nil {
		t.Error("a tape of kqueue-openbsd replays on epoll")
	}
}
