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

// Options say how a subject is judged. A nil *Options means the defaults. If a
// field is out of range, the suite panics with the name of the field.
type Options struct {
	Runs     int               // simulated runs, 1 to MaxRuns; DefaultRuns
	Seed     uint64            // of the search; 0 is a seed like any other
	Dialect  string            // of the simulated kernel, see fakedemux.Dialects; "epoll"
	Plan     *fakedemux.Plan   // faults of the simulated kernel; fakedemux.DefaultPlan
	Subject  string            // name in tapes; the test's name if empty
	Dir      string            // where failing tapes are saved; "testdata/reactortest"
	Host     func() demux.Host // a real host for the second column; nil: not run
	HostRuns int               // runs on it, 1 to MaxRuns; DefaultHostRuns
	// Workload is the text of the workload of every run, as in the WORKLOAD segment
	// of a tape; "-" is the plain workload. With "" each run draws its own.
	Workload string
	NoNotes  bool // without the observer of the built-in loop

	// Open makes the demultiplexers of the simulated kernel: a backend of your own
	// over the kernel's raw calls, which k.Epoll, k.Kqueue and k.IOCP return. A nil
	// Open makes those of the dialect. The tasks of a run call it; with several
	// Workers, several goroutines call it at once.
	Open func(k *fakedemux.Kernel) (demux.Demux, error)

	// Workers is how many goroutines make runs at the same time, 1 to MaxWorkers;
	// 1. The report does not depend on it. With more than one worker, several
	// goroutines call the factory at once. A custom Strategy needs one worker.
	Workers int
	// Shards splits the search into that many parts, and Shard, from 0, is the part
	// to make. 0 Shards means 1.
	Shard, Shards int
	// Waive lists the rules that the subject is known to break, each with the
	// reason. They are reported as waived and never as passed.
	Waive map[string]string

	// PassOver, if not nil, returns true for violations that are passed over, because
	// their cause is known: the run goes on, and later violations are found. It depends
	// on its arguments alone.
	PassOver func(rule, text string) bool
	// Cause, if not nil, tells causes of violations of one rule apart: the first run of
	// each cause is a failure of its own, and a failure keeps its cause while it is
	// shrunk. It depends on its arguments alone. nil: a rule has one cause.
	Cause func(rule, text string) string
	// ShrinkCalls is how many simulated calls the runs may make that shrink a failure; 4
	// million.
	ShrinkCalls int
	// Digests has the report tell the digest of each run, and makes all of the runs,
	// whatever they find.
	Digests bool
	// RealOnly makes no runs on the simulated kernel, only those on Host.
	RealOnly bool

	// WakeSwitches makes Wake a switch point, as Plan.WakeSwitches does. Use it for
	// a loop that holds no sync.Mutex over Wake.
	WakeSwitches bool
	// FirstOnly ends the search with the first run that breaks a rule. Without it
	// the search continues for 1024 runs, to find other rules that are broken.
	FirstOnly bool
	// NoShrink reports a failure as it was found.
	NoShrink bool

	// Strategy makes the decisions of the runs; scheduler.NewSearch(Seed) if nil.
	Strategy scheduler.Strategy
	// Progress is called now and then with the results so far. If it returns
	// false, the search ends.
	Progress func(r *Report) bool
	// Hang is the wall-clock limit of one run, at most an hour;
	// scheduler.DefaultHang. Under a debugger there is no limit.
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

// Figure is something that was measured and is not judged.
type Figure = core.Figure

// PointCount says how often a choice was asked.
type PointCount = core.PointCount

// FeatureCount says in how many runs a workload had a feature.
type FeatureCount = core.FeatureCount

// Failure is a run that broke a rule, as a reader gets it.
type Failure = core.Failure

// Line is one line of the time line of a failure.
type Line = core.Line

// Fuzzer runs one subject on tapes that a fuzzing engine makes. Most programs use
// it through package fuzz.
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

// Timer is a timer that can be set again.
type Timer = watcher.Timer

// TimerMaker is a Reactor whose timers can be set again.
type TimerMaker = watcher.TimerMaker

// TimerGrainer is a Reactor whose timers are coarse, and that declares it.
type TimerGrainer = watcher.TimerGrainer

// TieBreaker is a Reactor that says what happens to timers with equal deadlines.
type TieBreaker = watcher.TieBreaker

// What a Reactor may declare as the grain of its timers.
const (
	DefaultTimerGrain = watcher.DefaultTimerGrain
	MaxTimerGrain     = watcher.MaxTimerGrain
)

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

// TestReactorGoroutines judges a reactor that starts goroutines of its own. Each run is a
// bubble of testing/synctest, and the reactor's calls reach the simulated kernel through
// bubble.Current: those of rewired modules do. The host that the factory gets is not for
// its goroutines. See TestGoroutines.
func TestReactorGoroutines(t *testing.T, subject NewReactor) {
	t.Helper()
	core.Test(t, watcher.GoroutinesSuite(subject), nil)
}

// TestReactorGoroutines is the function TestReactorGoroutines with options.
func (o *Options) TestReactorGoroutines(t *testing.T, subject NewReactor) {
	t.Helper()
	core.Test(t, watcher.GoroutinesSuite(subject), o.core())
}

// CheckReactorGoroutines judges a reactor that starts goroutines of its own, and does not
// fail the test for what it finds.
func CheckReactorGoroutines(t *testing.T, subject NewReactor, o *Options) (*Report, error) {
	t.Helper()
	return core.CheckIn(t, watcher.GoroutinesSuite(subject), o.core())
}

// ReplayReactorGoroutines makes the run of a tape again, as Replay does.
func ReplayReactorGoroutines(t *testing.T, text string, subject NewReactor, o *Options) (*Report, error) {
	t.Helper()
	return core.ReplayIn(t, text, watcher.GoroutinesSuite(subject), o.core())
}

// TestReactorRapid judges a reactor as TestReactor does, but rapid searches and
// shrinks: it draws every decision and every part of the workload. The flags of rapid apply, -rapid.checks among them. A failure
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
// name of a file in which a failure was saved. The tape must belong to this suite
// and subject, and to the dialect if the options name one. The report's Failure
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

// ReadTape returns the run that text names: a tape, or a file in which a failure
// was saved.
func ReadTape(text string) (scheduler.Saved, error) { return core.ReadTape(text) }

// EngineVariable is the environment variable in which the command tells a test program
// that it has rewired its flags, one on each line. ReplayCommand repeats them.
const EngineVariable = core.EngineVariable

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

// Breakdowns returns the failures that are not about a rule of the subject:
// deadlock, livelock, panic, run-error and hang.
func Breakdowns() []Property { return core.Breakdowns() }

// LookupProperty returns the rule called name, among those of Properties, of
// DemuxRules, of CompleterRules, of ProgramRules, of EngineRules and of Breakdowns, and whether
// there is one.
func LookupProperty(name string) (Property, bool) {
	return core.LookupProperty(slices.Concat(Properties(), DemuxRules(), CompleterRules(), ProgramRules(), EngineRules()), name)
}

// WriteJSON writes reports as one document for machines; docs/json.md describes
// it.
func WriteJSON(w io.Writer, reports ...*Report) error { return core.WriteJSON(w, reports...) }

// ReadJSON reads a document of WriteJSON. An error says what is wrong with the
// document; anything behind it is an error too.
func ReadJSON(r io.Reader) ([]*Report, error) { return core.ReadJSON(r) }

// Merge adds up the reports of the shards of one search: the result is the report
// of the whole, as one process would have made it. An error names what does not
// belong together, or is missing.
func Merge(parts []*Report) (*Report, error) { return core.Merge(parts) }

// ParseShard reads a part of a search, "I/N" with I from 0 to N-1.
func ParseShard(s string) (index, of int, err error) { return core.ParseShard(s) }

// EnvironmentShard returns the part of a search that the environment asks for by
// Bazel's convention, TEST_SHARD_INDEX and TEST_TOTAL_SHARDS. It returns 0, 1 if
// they are not set. It touches the file that TEST_SHARD_STATUS_FILE names.
func EnvironmentShard() (index, of int, err error) { return core.EnvironmentShard() }

// AllCores returns a number of Workers: as many as the program can run at once.
func AllCores() int { return core.AllCores() }
