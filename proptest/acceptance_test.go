package proptest_test

import (
	"flag"
	"fmt"
	"testing"

	"reactortest/fakedemux"
	"reactortest/internal/planted"
	"reactortest/proptest"
)

var seeds = flag.Int("planted.seeds", 1, "with how many seeds, from 0, TestDefaultsFindPlantedBugs searches")

// always are the bugs that a search with the default options must find, by their
// rule, on every kernel: nobody who tests a loop may miss one of these.
var always = []struct{ why, subject string }{
	{"AfterFunc that never fires", "timer-never-fires"},
	{"AfterFunc that fires twice", "timer-fires-twice"},
	{"AfterFunc that fires 1 h late", "timer-hour-late"},
	{"AfterFunc that fires 10 ms late", "timer-10ms-late"},
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
	{"every mode is served as level", "all-level"},
	{"Modify keeps the first mode", "modify-keeps-mode"},
	{"a oneshot watch reports again and again", "oneshot-rearmed"},
	{"Modify drops Writable", "modify-drops-writable"},
	{"a Watch of handle 64 and above registers nothing", "handles-from-64"},
	{"posts that were accepted before a sleep are lost", "posted-lost-over-sleep"},
	{"a Post after Close is accepted", "post-after-close"},
	{"Close before Run is forgotten", "close-before-run"},
	{"a second Close releases again", "close-releases-twice"},
	{"a close callback is dropped", "close-callback-dropped"},
	{"a close callback runs after Run has returned", "close-callback-after-run"},
	{"the handles of Wake are closed and still registered", "wake-pair-closed"},
	{"a panic of a handler is swallowed", "panic-swallowed"},
}

// find searches for what a planted bug breaks: as far as the first failure, and on
// if that is of another rule, which may come first.
func find(t *testing.T, s planted.Subject, o proptest.Options) *proptest.Report {
	t.Helper()
	o.FirstOnly, o.NoShrink = true, true
	r := check(t, s.New, &o)
	if r.Failure != nil && r.Failure.Rule != s.Rule {
		o.FirstOnly = false
		r = check(t, s.New, &o)
	}
	return r
}

// TestDefaultsFindPlantedBugs searches with the default options. "make
// check-planted" takes ten seeds on every kernel, of which nine must find each bug.
// A bug may break other rules too, before its own.
func TestDefaultsFindPlantedBugs(t *testing.T) {
	for i, row := range always {
		if i%raceCost > 0 {
			continue
		}
		for k, dialect := range fakedemux.Dialects() {
			if *seeds == 1 && k > 0 && (raceCost > 1 || testing.Short() || (i+k)%3 > 0) {
				continue // each on epoll, and on a third of the others
			}
			t.Run(row.subject+"/"+dialect, func(t *testing.T) {
				t.Parallel()
				s, known := planted.Lookup(row.subject)
				if !known {
					t.Fatal("there is no such subject")
				}
				first, missed, instead := 0, 0, ""
				for seed := range *seeds {
					r := find(t, s, proptest.Options{Dialect: dialect, Seed: uint64(seed), WakeSwitches: s.NeedsWakeSwitches})
					switch {
					case r.Broken(s.Rule) == nil:
						missed++
						instead += fmt.Sprintf("seed %d finds %s; ", seed, told(r))
					case r.Failure.Rule == s.Rule:
						first++
					}
				}
				t.Logf("%s: of %d seeds %d find %s, %d of them before another rule", row.why, *seeds, *seeds-missed, s.Rule, first)
				if missed > *seeds/10 {
					t.Errorf("%s: %d of %d seeds do not find %s: %s", row.why, missed, *seeds, s.Rule, instead)
				}
			})
		}
	}
}
