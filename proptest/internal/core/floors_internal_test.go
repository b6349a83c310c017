package core

import (
	"strings"
	"testing"

	"reactortest/scheduler"
)

func TestWhatIsAWholeSearch(t *testing.T) {
	good := false
	for _, tt := range []struct {
		why    string
		bug    bool
		change func(o *Options)
		whole  bool
	}{
		{"a drawn search that finds nothing", false, func(*Options) {}, true},
		{"several workers make the same search", false, func(o *Options) { o.Workers = 2 }, true},
		{"one that finds something ends early", true, func(*Options) {}, false},
		{"too few runs to come to everything", false, func(o *Options) { o.Runs = DefaultRuns - 1 }, false},
		{"a part of a search", false, func(o *Options) { o.Shard, o.Shards = 1, 3 }, false},
		{"a fixed workload draws no features", false, func(o *Options) { o.Workload = PlainWorkload }, false},
		{"somebody else's strategy may have one run", false, func(o *Options) { o.Strategy = scheduler.NewQuiet() }, false},
		{"a search that its caller has ended", false, func(o *Options) {
			o.Progress = func(*Report) bool { return false }
		}, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			s := toy{broken: &good}
			if tt.bug {
				s = toy{}
			}
			o := toyOptions(t)
			o.Runs = DefaultRuns
			tt.change(o)
			x := newSearch(t, s, o.withDefaults(s.Properties()))
			defer x.stop()
			if err := x.simulate(); err != nil {
				t.Fatal(err)
			}
			want := tt.whole && !filtered()
			if got := x.whole(&x.report.Simulated); got != want {
				t.Errorf("it is whole: %v, want %v", got, want)
			}
		})
	}
}

func TestUnexercisedTellsWhatIsMissing(t *testing.T) {
	c := Column{Runs: 7, Features: []FeatureCount{{"a long timer", 3}, {"a thousand handles", 0}, {"a dup", 0}}}
	want := "none of 7 runs evaluated the rule; no run was or had: a thousand handles, a dup"
	if got := c.unexercised(); !strings.HasSuffix(got, want) {
		t.Errorf("it says %q, want %q at the end", got, want)
	}
}
