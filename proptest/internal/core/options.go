package core

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Defaults and limits of a search.
const (
	DefaultRuns     = 2000
	DefaultHostRuns = 50
	MaxRuns         = 100_000_000
	MaxWorkers      = 256
	maxHang         = time.Hour

	// moreRuns is how many runs a search goes on for after the first that broke
	// a rule, to find runs that break others.
	moreRuns = 1024
	// shortRuns divides the runs of a suite under go test -short.
	shortRuns = 10

	minEvents    = 5  // of a run that counts
	minDecisions = 10 // of a run that counts
)

// Options say how a subject is judged. A nil *Options means the defaults.
type Options struct {
	Runs     int               // simulated runs, 1 to MaxRuns; DefaultRuns
	Seed     uint64            // of the search; 0 is a seed like any other
	Dialect  string            // of the simulated kernel, see fakedemux.Dialects; "epoll"
	Plan     *fakedemux.Plan   // faults of the simulated kernel; fakedemux.DefaultPlan
	Subject  string            // name in tapes; the test's name if empty
	Dir      string            // where failing tapes are saved; "testdata/reactortest"
	Host     func() demux.Host // a real host for the second column; nil: not run
	HostRuns int               // runs on it; DefaultHostRuns
	// Workload is the text of a workload that every run has, as in the WORKLOAD
	// segment of a tape: "-" is the plain one. "" draws one for each run.
	Workload string
	NoNotes  bool // without the observer of the built-in loop

	// Open makes the demultiplexers of the simulated kernel: a backend of your own
	// over its raw calls, which k.Epoll, k.Kqueue and k.IOCP return. nil: those of
	// the dialect. It is called by the tasks of a run, and in runs of several
	// Workers by several goroutines.
	Open func(k *fakedemux.Kernel) (demux.Demux, error)

	// Workers is how many goroutines make runs at the same time, 1 to MaxWorkers;
	// 1. The report does not depend on it. With more than one the factory is
	// called by several goroutines at once. A Strategy of your own takes one.
	Workers int
	// Shard and Shards make a part of the runs: the search is split into Shards
	// parts, and this is number Shard of them, from 0. 0 Shards is 1.
	Shard, Shards int
	// Waive has the rules that the subject is known to break, each with the reason.
	// They are reported as waived, and never as passed.
	Waive map[string]string

	// PassOver, if not nil, returns true for violations that are passed over, because
	// their cause is known: the run goes on, and later violations are found. It depends
	// on its arguments alone.
	PassOver func(rule, text string) bool
	// Cause, if not nil, tells causes of violations of one rule apart: the first run of
	// each cause is a failure of its own, and a failure keeps its cause while it is
	// shrunk. It depends on its arguments alone. nil: a rule has one cause.
	Cause func(rule, text string) string
	// ShrinkCalls is how many simulated calls the runs may make that shrink a failure;
	// DefaultShrinkCalls.
	ShrinkCalls int
	// Digests has the report tell the digest of each run, and makes all of the runs,
	// whatever they find.
	Digests bool
	// RealOnly makes no runs on the simulated kernel, only those on Host.
	RealOnly bool

	// WakeSwitches has schedules switch tasks in Wake too, as Plan.WakeSwitches does:
	// for a loop that holds no sync.Mutex over Wake.
	WakeSwitches bool
	// FirstOnly ends the search with the first run that breaks a rule. Otherwise it
	// goes on for 1024 runs, to find other rules that are broken.
	FirstOnly bool
	// NoShrink reports a failure as it was found.
	NoShrink bool

	// Strategy makes the decisions of the runs; scheduler.NewSearch(Seed) if nil.
	Strategy scheduler.Strategy
	// Progress is called now and then with what was found so far; returning
	// false ends the search.
	Progress func(r *Report) bool
	// Hang is the wall-clock limit of one run, at most an hour;
	// scheduler.DefaultHang. Under a debugger there is none.
	Hang time.Duration
}

// withDefaults returns o with every field set. It panics with the name of a
// field that is out of range.
func (o *Options) withDefaults(rules []Property) Options {
	var d Options
	if o != nil {
		d = *o
	}
	d.Runs = inRange("Runs", d.Runs, DefaultRuns, MaxRuns)
	d.HostRuns = inRange("HostRuns", d.HostRuns, DefaultHostRuns, MaxRuns)
	d.Workers = inRange("Workers", d.Workers, 1, MaxWorkers)
	d.Shards = inRange("Shards", d.Shards, 1, MaxRuns)
	d.ShrinkCalls = inRange("ShrinkCalls", d.ShrinkCalls, DefaultShrinkCalls, math.MaxInt32)
	if d.Shard < 0 || d.Shard >= d.Shards {
		refuse("Shard is %d, not in 0 to %d", d.Shard, d.Shards-1)
	}
	if d.Hang < 0 || d.Hang > maxHang {
		refuse("Hang is %v, not in 0 to %v", d.Hang, maxHang)
	}
	if d.Dialect == "" {
		d.Dialect = fakedemux.Dialects()[0]
	}
	if !slices.Contains(fakedemux.Dialects(), d.Dialect) {
		refuse("Dialect is %q, none of %q", d.Dialect, fakedemux.Dialects())
	}
	d.Plan = d.wholePlan()
	if strings.IndexFunc(d.Subject, func(r rune) bool { return r < ' ' || r == 0x7f }) >= 0 {
		refuse("Subject is %q: a name has no control characters", d.Subject)
	}
	if d.Dir == "" {
		d.Dir = "testdata/reactortest"
	}
	for _, rule := range sortedKeys(d.Waive) {
		if _, known := LookupProperty(rules, rule); !known {
			refuse("Waive names %q, and there is no such rule", rule)
		}
		if strings.TrimSpace(d.Waive[rule]) == "" {
			refuse("Waive has no reason for %q", rule)
		}
	}
	if d.Strategy == nil {
		return d
	}
	if d.Workers > 1 || d.Shards > 1 {
		refuse("Strategy is given, and so Workers and Shards are 1, not %d and %d", d.Workers, d.Shards)
	}
	return d
}

// wholePlan returns the plan with WakeSwitches.
func (o *Options) wholePlan() *fakedemux.Plan {
	plan := fakedemux.DefaultPlan
	if o.Plan != nil {
		plan = *o.Plan
	}
	plan.WakeSwitches = plan.WakeSwitches || o.WakeSwitches
	if err := plan.Validate(); err != nil {
		refuse("Plan: %v", err)
	}
	return &plan
}

// inRange returns n, or what 0 stands for.
func inRange(field string, n, standard, most int) int {
	if n == 0 {
		return standard
	}
	if n < 1 || n > most {
		refuse("%s is %d, not in 1 to %d", field, n, most)
	}
	return n
}

func refuse(format string, args ...any) {
	panic("proptest: Options." + fmt.Sprintf(format, args...))
}

// AllCores is a number of Workers: as many as the program may run at once.
func AllCores() int { return min(runtime.GOMAXPROCS(0), MaxWorkers) }

func sortedKeys(m map[string]string) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
