package planted

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/legal"
	"reactortest/proptest"
)

// architecture is a row of the list of legal subjects: how to open one, and as
// what to show it to the judge; nil shows it as it is.
type architecture struct {
	name  string
	open  func(demux.Host) (*legal.Loop, error)
	as    func(design) proptest.Reactor
	needs Needs
}

// architectures keep every rule, and are built otherwise than the twin.
var architectures = []architecture{
	{name: "legal-poll-first", open: legal.PollFirst},
	{name: "legal-lazy-interest", open: legal.LazyInterest},
	{name: "legal-self-pipe", open: legal.SelfPipe, needs: NeedsPipe},
	{name: "legal-reregister", open: legal.Reregister},
	{name: "legal-edge-inside", open: legal.EdgeInside, needs: NeedsEdge},
	{name: "legal-oneshot-inside", open: legal.OneshotInside},
	{name: "legal-spin", open: legal.AdaptiveSpin},
	{name: "legal-tick", open: legal.Tick},
	{name: "legal-wheel", open: legal.Wheel},
	{name: "legal-posted-limit", open: legal.PostedLimit},
	{name: "legal-one-by-one", open: legal.OneByOne},
	{name: "legal-one-slot", open: legal.OneSlot},
	{name: "legal-invalidate", open: legal.Invalidate},
	{name: "legal-by-handle", open: legal.ByHandle},
	{name: "legal-insist", open: legal.Insist},
	{name: "legal-sleep-flag", open: legal.SleepFlag},
	{name: "legal-quit-flag", open: legal.QuitFlag},
	{name: "legal-duplicates", open: legal.Duplicates},
	{name: "legal-timer-thread", open: legal.TimerThread},
	{name: "legal-poll-thread", open: legal.PollThread},
	{name: "legal-level-only", open: legal.LevelOnly},
	{name: "legal-edge-only", open: legal.EdgeOnly, needs: NeedsEdge},
	{name: "legal-both-ways", open: legal.BothWays, needs: NeedsEdge},
	{name: "legal-split", open: legal.Split},
	{name: "legal-slow-tick", open: legal.SlowTick},
	{name: "legal-drops-queue", open: legal.DropsQueue},
	{name: "legal-on-its-way", open: legal.OnItsWay},
	{name: "legal-untied", open: legal.Untied, as: func(d design) proptest.Reactor { return untied{d} }},
	{name: "legal-coarse-wheel", open: legal.CoarseWheel, as: func(d design) proptest.Reactor { return coarse{d} }},
	{name: "legal-long-spin", open: legal.LongSpin},
	{name: "legal-last-writer", open: legal.LastWriter, needs: NeedsPipe},
	{name: "legal-no-watches", open: legal.NoWatches},
}

// pendingArchitectures keep every rule and are reported by rules as they are
// today.
var pendingArchitectures = []architecture{}

// legals makes the subjects of a list.
func legals(list []architecture) []Subject {
	all := make([]Subject, len(list))
	for i, a := range list {
		all[i] = Subject{
			Name: a.name, Why: comment(a.open, "opens a loop that "), Legal: true, Needs: a.needs,
			New: func(tb testing.TB, h demux.Host) proptest.Reactor {
				tb.Helper()
				d := design{must(tb, h, a.open)}
				if a.as != nil {
					return a.as(d)
				}
				return d
			},
		}
	}
	return all
}

// least is the subject that can do no more than it must.
func least() Subject {
	return Subject{
		Name: "legal-minimal", Why: comment(legal.OpenMinimal, "opens a loop that "), Legal: true,
		New: func(tb testing.TB, h demux.Host) proptest.Reactor {
			tb.Helper()
			return minimal{must(tb, h, legal.OpenMinimal)}
		},
	}
}

// must opens a subject, or fails tb.
func must[L any](tb testing.TB, h demux.Host, open func(demux.Host) (L, error)) L {
	tb.Helper()
	l, err := open(h)
	if err != nil {
		tb.Fatalf("planted: %v", err)
	}
	return l
}

// asWatch makes of a subject's watch an interface, nil if there is an error.
func asWatch[W proptest.Watch](w W, err error) (proptest.Watch, error) {
	if err != nil {
		return nil, err
	}
	return w, nil
}

// design is a legal.Loop whose Watch returns an interface.
type design struct{ *legal.Loop }

func (d design) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	return asWatch(d.Loop.Watch(h, want, mode, fn))
}

// minimal is a legal.Minimal whose Watch returns an interface.
type minimal struct{ *legal.Minimal }

func (m minimal) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	return asWatch(m.Minimal.Watch(h, want, mode, fn))
}

// untied declares that equal deadlines run in any order.
type untied struct{ design }

// TimerTiesInOrder reports whether timers with the same deadline run in the order
// in which they were set.
func (untied) TimerTiesInOrder() bool { return false }

// coarse declares how late its timers may run.
type coarse struct{ design }

// TimerGrain returns the multiple to which deadlines are rounded up.
func (coarse) TimerGrain() time.Duration { return legal.CoarseGrain }
