package proptest_test

import (
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

// told is what a search has found first.
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
