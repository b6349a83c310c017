package proptest

import (
	"io"
	"slices"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/proptest/watcher"
	"reactortest/scheduler"
)

// Defaults and limits of a search.
const (
	DefaultRuns     = core.DefaultRuns
	DefaultHostRuns = core.DefaultHostRuns
	MaxRuns         = core.MaxRuns
	MaxWorkers      = core.MaxWorkers
)

// Options say how a subject is judged. A nil *Options means the defaults. A
// field that is out of range panics with its name.
type Options struct {
	Runs     int               // simulated runs, 1 to MaxRuns; DefaultRuns
	Seed     uint64            // of the search; 0 is a seed like any other
	Dialect  string            // of the simulated kernel, see fakedemux.Dialects; "epoll"
	Plan     *fakedemux.Plan   // faults of the simulated kernel; fakedemux.DefaultPlan
	Subject  string            // name in tapes; the test's name if empty
	Dir      string            // where failing tapes are saved; "testdata/reactortest"
	Host     func() demux.Host // a real host for the second column; nil: not run
	HostRuns int               // runs on it, 1 to MaxRuns; DefaultHostRuns
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
	// 1. The report does not depend on it. With more than one, the factory is
	// called by several goroutines at once. A Strategy of your own takes one.
	Workers int
	// Shard and Shards make a part of the runs: the search is split into Shards
	// parts, and this is number Shard of them, from 0. 0 Shards is 1.
	Shard, Shards int
	// Waive has the rules that the subject is known to break, each with the reason.
	// They are reported as waived, and never as passed.
	Waive map[string]string

	// WakeSwitches has schedules switch tasks in Wake too, as Plan.WakeSwitches does:
	// for a loop that holds no sync.Mutex over Wake.
	WakeSwitches bool
	// FirstOnly ends the search with the first run that breaks a rule. Otherwise it
	// goes on for 1024 runs, to find other rules that are broken.
	FirstOnly bool

	// Strategy makes the decisions of the runs; scheduler.NewSearch(Seed) if nil.
	Strategy scheduler.Strategy
	// Progress is called now and then with what was found so far; returning
	// false ends the search.
	Progress func(r *Report) bool
	// Hang is the wall-clock limit of one run, at most an hour;
	// scheduler.DefaultHang. Under a debugger there is none.
	Hang time.Duration
}

// core returns the options as the rooms take them.
func (o *Options) core() *core.Options { return (*core.Options)(o) }

// The verdicts of Report.Verdict.
const (
	VerdictOK     = core.VerdictOK
	VerdictBroken = core.VerdictBroken
	VerdictNone   = core.VerdictNone
	VerdictExempt = core.VerdictExempt
	VerdictWaived = core.VerdictWaived
)

// Report is what a search found.
type Report = core.Report

// Column is one demultiplexer in a report.
type Column = core.Column

// PointCount says how often a choice was asked.
type PointCount = core.PointCount

// FeatureCount says in how many runs a workload had a feature.
type FeatureCount = core.FeatureCount

// Failure is a run that broke a rule, as a reader gets it.
type Failure = core.Failure

// Line is one line of the time line of a failure.
type Line = core.Line

// Fuzzer runs one subject on the tapes that somebody else makes up. Package fuzz
// is its usual front.
type Fuzzer = core.Fuzzer

// NewReactor makes the reactor under test; see watcher.NewReactor.
type NewReactor = watcher.NewReactor

// Reactor is a watcher-shaped subject: a loop that calls functions when handles
// are ready, when time has passed and when they were posted. See
// watcher.Reactor.
type Reactor = watcher.Reactor

// Watch is one registration of a Reactor.
type Watch = watcher.Watch

// CloseFuncer is a Watch that tells when it is closed for good.
type CloseFuncer = watcher.CloseFuncer

// Stepper is a Reactor that can run one iteration.
type Stepper = watcher.Stepper

// SelfEnding is a Reactor that can end by itself.
type SelfEnding = watcher.SelfEnding

// TestReactor judges a reactor on the simulated kernel, with a subtest for each
// rule of Properties below one for the dialect. A violation fails the subtest
// of its rule, with a screen that has the shrunk tape and the command that
// replays it.
//
//	func TestMyReactor(t *testing.T) { proptest.TestReactor(t, newMine) }
func TestReactor(t *testing.T, subject NewReactor) {
	t.Helper()
	core.Test(t, watcher.Suite(subject), nil)
}

// TestReactor is the function TestReactor with options. With Options.Host it
// judges on that host too.
func (o *Options) TestReactor(t *testing.T, subject NewReactor) {
	t.Helper()
	core.Test(t, watcher.Suite(subject), o.core())
}

// TestReactorRapid judges a reactor like TestReactor, with rapid in the place of
// the search and of the shrinker: rapid draws every decision and every part of
// the workload. The flags of rapid apply, -rapid.checks among them. A failure
// is saved and prints the same screen, with a tape that the same test replays.
func TestReactorRapid(t *testing.T, subject NewReactor) {
	t.Helper()
	core.TestRapid(t, watcher.Suite(subject), nil)
}

// Check judges a reactor outside of a test: it searches for runs that break
// rules, shrinks the first run of each, and saves it before and after shrinking.
// The error is not about the subject: a strategy that answers out of range.
func Check(subject NewReactor, o *Options) (*Report, error) {
	return core.Check(watcher.Suite(subject), o.core())
}

// Replay makes the run of a tape again and judges it. text is the tape, or the
// name of a file that a failure was saved in. The tape must be one of this suite
// and subject, and of the dialect if the options name one. The report's Failure
// is nil if the run breaks no rule, and Diverged says how the run differs from
// the tape, because the program has changed. The error says why the run cannot
// be made.
func Replay(text string, subject NewReactor, o *Options) (*Report, error) {
	return core.Replay(text, watcher.Suite(subject), o.core())
}

// Explanation has both sides of a failure: the run that breaks the rule, and the
// run nearest to it that breaks none.
type Explanation = core.Explanation

// Explain makes the run of a tape again, as Replay does, and looks for the passing
// run that is nearest to it: the fewest decisions are made otherwise. The
// explanation is nil if the run breaks no rule.
func Explain(text string, subject NewReactor, o *Options) (*Report, *Explanation, error) {
	return core.Explain(text, watcher.Suite(subject), o.core())
}

// ReadTape returns the run that text names: a tape, or a file that a failure was
// saved in.
func ReadTape(text string) (scheduler.Saved, error) { return core.ReadTape(text) }

// ReplayCommand returns the command that runs the test called test of the package
// in folder with a tape, for a POSIX shell. folder is relative to the root of the
// module, where the command is to be run.
func ReplayCommand(folder, test, tape string) string { return core.ReplayCommand(folder, test, tape) }

// NewFuzzer returns a fuzzer for a reactor with the options of a search; Runs,
// Strategy and Host do not matter. The caller closes it.
func NewFuzzer(subject NewReactor, o *Options) *Fuzzer {
	return core.NewFuzzer(watcher.Suite(subject), o.core())
}

// EventLoop is the NewReactor of the built-in loop, package eventloop; see
// watcher.EventLoop.
func EventLoop(tb testing.TB, h demux.Host) Reactor { return watcher.EventLoop(tb, h) }

// Properties returns the rules that TestReactor judges by, in a fixed order.
func Properties() []Property { return watcher.Properties() }

// Breakdowns returns what a run can break down by, besides the rules: deadlock,
// livelock, panic, run-error and hang.
func Breakdowns() []Property { return core.Breakdowns() }

// LookupProperty returns the rule called name, among those of Properties, of
// DemuxRules, of CompleterRules and of Breakdowns, and whether there is one.
func LookupProperty(name string) (Property, bool) {
	return core.LookupProperty(slices.Concat(Properties(), DemuxRules(), CompleterRules()), name)
}

// WriteJSON writes reports as one document for machines; docs/json.md describes
// it.
func WriteJSON(w io.Writer, reports ...*Report) error { return core.WriteJSON(w, reports...) }

// ReadJSON reads a document that WriteJSON has written, and nothing behind it. An
// error says what is wrong with it.
func ReadJSON(r io.Reader) ([]*Report, error) { return core.ReadJSON(r) }

// Merge adds up the reports of the shards of one search: the result is the report
// of the whole, as one process would have made it. An error names what does not
// belong together, or is missing.
func Merge(parts []*Report) (*Report, error) { return core.Merge(parts) }

// ParseShard reads a part of a search, "I/N" with I from 0 to N-1.
func ParseShard(s string) (index, of int, err error) { return core.ParseShard(s) }

// EnvironmentShard returns the part of a search that the environment asks for by
// Bazel's convention, TEST_SHARD_INDEX and TEST_TOTAL_SHARDS, and 0, 1 if it asks
// for none. It touches the file that TEST_SHARD_STATUS_FILE names.
func EnvironmentShard() (index, of int, err error) { return core.EnvironmentShard() }

// AllCores is a number of Workers: as many as the program may run at once.
func AllCores() int { return core.AllCores() }
