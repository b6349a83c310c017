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
var always = []string{
	"posted-lost-over-sleep", "post-after-close", "close-before-run", "close-releases-twice", "close-callback-dropped",
	"close-callback-after-run", "wake-pair-closed",
	"all-level", "modify-keeps-mode", "oneshot-rearmed", "modify-drops-writable", "handles-from-64", "panic-swallowed",
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

// TestDefaultsFindPlantedBugs searches with the default number of runs.
// "make check-planted" takes ten seeds, of which nine must find each bug.
func TestDefaultsFindPlantedBugs(t *testing.T) {
	dialects := fakedemux.Dialects()
	if raceCost > 1 || testing.Short() {
		dialects = dialects[:1]
	}
	for _, dialect := range dialects {
		for i, name := range always {
			if i%raceCost > 0 {
				continue
			}
			t.Run(dialect+"/"+name, func(t *testing.T) {
				t.Parallel()
				s, known := planted.Lookup(name)
				if !known {
					t.Fatal("there is no such subject")
				}
				found, instead := 0, ""
				for seed := range *seeds {
					r := find(t, s, proptest.Options{Dialect: dialect, Seed: uint64(seed), WakeSwitches: s.NeedsWakeSwitches})
					switch {
					case r.Failure == nil:
						instead += fmt.Sprintf("seed %d finds nothing; ", seed)
					case r.Broken(s.Rule) == nil:
						instead += fmt.Sprintf("seed %d finds %s; ", seed, r.Failure.Rule)
					default:
						found++
					}
				}
				if missed := *seeds - found; missed > *seeds/10 {
					t.Errorf("%d of %d seeds do not find %s: %s", missed, *seeds, s.Rule, instead)
				}
			})
		}
	}
}
