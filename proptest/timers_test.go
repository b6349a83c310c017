package proptest_test

import (
	"flag"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

var timerSeeds = flag.Int("timers.seeds", 2, "how many seeds each planted bug of timers is searched with")

// plantedTimers are bugs that a search with default options finds with every seed
// but one of ten at the most, on every kind of kernel.
var plantedTimers = []struct{ why, subject string }{
	{"AfterFunc that never fires", "timer-never-fires"},
	{"one that fires twice", "timer-fires-twice"},
	{"one that fires 1 h late", "timer-hour-late"},
	{"one that fires 10 ms late", "timer-10ms-late"},
	{"a Wait that ignores timers", "timers-not-waited-for"},
	{"a sleep that was computed before an earlier timer was set", "timer-stale-deadline"},
	{"a sleep that is armed for the first timer only", "timer-armed-once"},
	{"a delay over 5 ms is taken for never", "timer-over-5ms-never"},
	{"a delay over 1 s is taken for never", "timer-over-1s-never"},
	{"a delay over 2^31 ms is taken for never", "timer-wraps"},
	{"Stop of a timer that has fired removes another", "stop-removes-another"},
	{"Stop says true, and the timer fires", "stop-says-true"},
	{"Stop says false, and the timer is stopped", "stop-says-false"},
	{"Reset to an earlier deadline is ignored", "reset-earlier-ignored"},
	{"Reset to a later deadline is ignored", "reset-later-ignored"},
	{"timers that are due together run in the order of setting", "timers-by-serial"},
	{"equal deadlines run in reverse order", "timer-ties-reversed"},
	{"a poll every millisecond with nothing to do", "polls-each-ms"},
}

// TestPlantedTimersAreFoundByEverySeed searches with the default options.
//
//	go test ./proptest -run PlantedTimers -timers.seeds 10 -timeout 1h
func TestPlantedTimersAreFoundByEverySeed(t *testing.T) {
	dialects := []string{"epoll", "kqueue-darwin", "kqueue-freebsd", "iocp"}
	if raceCost > 1 || testing.Short() {
		dialects = dialects[:1]
	}
	for i, row := range plantedTimers {
		if i%raceCost > 0 {
			continue
		}
		t.Run(row.subject, func(t *testing.T) {
			t.Parallel()
			s, known := planted.Lookup(row.subject)
			if !known {
				t.Fatal("there is no such subject")
			}
			for k, dialect := range dialects {
				if *timerSeeds <= 2 && k > 0 && (i+k)%3 > 0 {
					continue // each on epoll and another one
				}
				missed := 0
				for seed := range uint64(*timerSeeds) {
					r := find(t, s, proptest.Options{Seed: seed, Dialect: dialect})
					if r.Broken(s.Rule) == nil {
						missed++
						t.Logf("%s, seed %d, %s: %s", dialect, seed, row.why, told(r))
					}
				}
				if missed > *timerSeeds/10 {
					t.Errorf("%s: %d of %d searches did not report %s", dialect, missed, *timerSeeds, s.Rule)
				}
			}
		})
	}
}

func told(r *proptest.Report) string {
	if r.Failure == nil {
		return "nothing"
	}
	return r.Failure.Rule + ": " + r.Failure.Text
}

// coarse is the built-in loop with what it declares of its timers.
type coarse struct {
	proptest.Reactor
	grain time.Duration
	tied  bool
	late  time.Duration
}

func (c coarse) TimerGrain() time.Duration { return c.grain }
func (c coarse) TimerTiesInOrder() bool    { return c.tied }

func (c coarse) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	return c.Reactor.AfterFunc(d+c.late, fn)
}

func TestTimersAreJudgedByWhatIsDeclared(t *testing.T) {
	for _, row := range []struct {
		why     string
		subject coarse
		rule    string // that is broken, "" for none
		says    string
	}{
		{"as late as the grain", coarse{grain: 8 * time.Millisecond, tied: true, late: 8 * time.Millisecond}, "", ""},
		{"later than the grain", coarse{grain: 8 * time.Millisecond, tied: true, late: 10 * time.Millisecond}, "timers-run", "is due at"},
		{"a grain below the default one", coarse{tied: true, late: time.Millisecond}, "", ""},
		{"no grain", coarse{grain: -1, tied: true}, "run-error", "TimerGrain is -1ns"},
		{"a grain without end", coarse{grain: time.Hour, tied: true}, "run-error", "TimerGrain is 1h"},
	} {
		t.Run(row.why, func(t *testing.T) {
			r := check(t, func(tb testing.TB, h demux.Host) proptest.Reactor {
				s := row.subject
				s.Reactor = proptest.EventLoop(tb, h)
				return s
			}, &proptest.Options{Runs: 300})
			switch {
			case row.rule == "" && r.Failure != nil:
				t.Error(r.Failure.Screen(""))
			case row.rule != "" && (r.Failure == nil || r.Failure.Rule != row.rule || !strings.Contains(r.Failure.Text, row.says)):
				t.Errorf("reported is %s, want %s with %q", told(r), row.rule, row.says)
			case len(r.Simulated.Declared) == 0 || !strings.Contains(r.Simulated.Declared[0], row.subject.grain.String()):
				t.Errorf("the report says %q of what is declared, want the grain", r.Simulated.Declared)
			}
		})
	}
}

// TestTiesAreDeclared judges a loop that runs equal deadlines in reverse order.
func TestTiesAreDeclared(t *testing.T) {
	reversed, _ := planted.Lookup("timer-ties-reversed")
	for _, tied := range []bool{true, false} {
		r := check(t, func(tb testing.TB, h demux.Host) proptest.Reactor {
			return coarse{Reactor: reversed.New(tb, h), tied: tied}
		}, &proptest.Options{})
		if broken := r.Broken("timers-tied-in-order") != nil; broken != tied {
			t.Errorf("ties in order: %v, and the report says %s", tied, told(r))
		}
	}
}

// TestWakesAreMeasured looks at the figure of loops that tick and of one that
// does not.
func TestWakesAreMeasured(t *testing.T) {
	for _, row := range []struct {
		subject     string
		least, most float64
	}{
		{"twin", 0, 0.1},
		{"legal-slow-tick", 1, 2.5},
		{"legal-tick", 8, 11},
		{"ticks-each-10ms", 80, 101},
	} {
		s, _ := planted.Lookup(row.subject)
		r := check(t, s.New, &proptest.Options{Runs: 100})
		f := r.Simulated.Figures[0]
		wakes := f.Per * float64(f.Total) / float64(f.Of)
		if wakes < row.least || wakes > row.most || !strings.Contains(f.String(), "wakes per idle virtual second") {
			t.Errorf("%s: %s, want %v to %v", row.subject, f, row.least, row.most)
		}
	}
}
