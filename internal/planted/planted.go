// Package planted has the broken reactors that the judge must find. Each is the
// loop of package loop with one wrong part. It keeps its rules on a quiet run
// and breaks one of them only in special orders of events.
//
// To plant a bug, write a file of 10 to 40 lines in the folder of its kind: one
// exported function that replaces one part of a loop. The function's comment is
// the file's first. It says what goes wrong, when that shows, and where such a
// bug was seen. Then add a row to the list below.
package planted

import (
	"embed"
	"slices"
	"testing"

	"reactortest/demux"
	"reactortest/internal/planted/cleanup"
	"reactortest/internal/planted/closing"
	"reactortest/internal/planted/dispatch"
	"reactortest/internal/planted/interest"
	"reactortest/internal/planted/loop"
	"reactortest/internal/planted/posting"
	"reactortest/internal/planted/timers"
	"reactortest/internal/planted/waiting"
	"reactortest/proptest"
)

// Subject is a reactor under test.
type Subject struct {
	Name string
	Rule string // that it breaks; of a legal one, that it might be thought to break; of the twin, none
	Why  string // what is wrong, and when it shows
	New  proptest.NewReactor
	// Legal says that it breaks no rule: to report it is a false alarm.
	Legal bool
	// Plain says that the bug shows in a quiet run too: it takes no search, only
	// somebody who looks.
	Plain bool
	// NeedsWakeSwitches says that the bug shows only in schedules that switch tasks
	// in Wake.
	NeedsWakeSwitches bool
	// Needs is what it cannot do without. A broken one breaks no rule where the kernel
	// does not have what it needs.
	Needs Needs
}

// All returns the planted subjects: the broken ones in the order of their
// rules, then the legal one.
func All() []Subject { return subjects(bugs) }

// Legal returns the subjects of package legal: correct reactors that are built
// differently from the twin. A report about one of them is a false alarm.
func Legal() []Subject { return append(legals(architectures), least()) }

// Twin returns the correct loop; every broken one differs from it in one part.
func Twin() Subject {
	return Subject{Name: "twin", Why: "keeps every rule.", New: planted(nil), Legal: true}
}

// Pending returns the subjects that the judge does not handle correctly yet: broken
// ones whose rule does not exist, and legal ones that a rule would report. All and
// Legal do not include them.
func Pending() []Subject { return append(subjects(pending), legals(pendingArchitectures)...) }

// Lookup returns the subject called name and whether it exists. It also finds the
// twin and the pending subjects.
func Lookup(name string) (Subject, bool) {
	for _, s := range slices.Concat(All(), Legal(), Pending(), []Subject{Twin()}) {
		if s.Name == name {
			return s, true
		}
	}
	return Subject{}, false
}

// bug is a row of the list: a subject, the rule that it breaks, and the function
// that plants the bug. A legal one only looks as if it broke the rule.
type bug struct {
	name, rule string
	plant      func(*loop.Loop)
	legal      bool
	plain      bool
	inWake     bool // it shows only if tasks switch in Wake
	needs      Needs
}

var bugs = []bug{
	{name: "stale-event", rule: "no-stale-dispatch", plant: dispatch.StaleEvent},
	{name: "unwanted-event", rule: "no-spurious-dispatch", plant: dispatch.UnwantedEvent},
	{name: "post-runs-inline", rule: "one-handler-at-a-time", plant: posting.RunsInline},
	{name: "hangup-first", rule: "order-within-handle", plant: dispatch.HangupFirst},
	{name: "timer-rounded-down", rule: "timers-not-early", plant: timers.RoundedDown},
	{name: "timer-after-idle-wait", rule: "timers-not-early", plant: timers.AfterIdleWait},
	{name: "reset-later-ignored", rule: "timers-not-early", plant: timers.ResetLaterIgnored},
	{name: "timer-never-fires", rule: "timers-run", plant: timers.NeverFires, plain: true},
	{name: "timer-fires-twice", rule: "timers-run", plant: timers.FiresTwice},
	{name: "timer-hour-late", rule: "timers-run", plant: timers.HourLate, plain: true},
	{name: "timer-10ms-late", rule: "timers-run", plant: timers.TenMillisecondsLate, plain: true},
	{name: "timers-not-waited-for", rule: "timers-run", plant: waiting.IgnoresTimers, plain: true},
	{name: "timer-armed-once", rule: "timers-run", plant: timers.ArmedOnce},
	{name: "timer-stale-deadline", rule: "timers-run", plant: timers.StaleDeadline},
	{name: "timer-over-5ms-never", rule: "timers-run", plant: timers.Over5msNever},
	{name: "timer-over-1s-never", rule: "timers-run", plant: timers.Over1sNever},
	{name: "timer-wraps", rule: "timers-run", plant: timers.Wraps},
	{name: "timeout-restarts", rule: "timers-run", plant: waiting.RestartsTimeout},
	{name: "stop-removes-another", rule: "timers-run", plant: timers.StopRemovesAnother},
	{name: "reset-earlier-ignored", rule: "timers-run", plant: timers.ResetEarlierIgnored},
	{name: "timers-by-serial", rule: "timers-in-order", plant: timers.BySerial},
	{name: "timer-ties-reversed", rule: "timers-tied-in-order", plant: timers.TiesReversed},
	{name: "stopped-timer-fires", rule: "timers-stop", plant: timers.StoppedFires},
	{name: "stop-says-true", rule: "timers-stop", plant: timers.StopSaysTrue},
	{name: "stop-says-false", rule: "timers-stop", plant: timers.StopSaysFalse},
	{name: "posted-lifo", rule: "posted-fifo", plant: posting.LIFO},
	{name: "posted-runs-twice", rule: "posted-runs-once", plant: posting.RunsTwice},
	{name: "posted-lost-over-sleep", rule: "posted-runs-once", plant: posting.LostOverSleep},
	{name: "lost-wakeup-check-before-set", rule: "no-lost-wakeup", plant: posting.CheckBeforeSet},
	{name: "lost-wakeup-flag-before-push", rule: "no-lost-wakeup", plant: posting.FlagBeforePush},
	{name: "lost-wakeup-late-clear", rule: "no-lost-wakeup", plant: posting.LateClear},
	{name: "wake-before-queue", rule: "no-lost-wakeup", plant: posting.WakeBeforeQueue, inWake: true},
	{name: "rearm-skipped", rule: "ready-is-served", plant: interest.RearmSkipped},
	{name: "modify-drops-writable", rule: "ready-is-served", plant: interest.DropsWritable},
	{name: "handles-from-64", rule: "ready-is-served", plant: interest.HandlesFrom64},
	{name: "table-modulo-64", rule: "ready-is-served", plant: dispatch.TableModulo64},
	{name: "busy-poll", rule: "idle-blocks", plant: waiting.BusyPoll},
	{name: "busy-after-stop", rule: "idle-blocks", plant: timers.BusyAfterStop},
	{name: "polls-each-ms", rule: "idle-blocks", plant: waiting.PollsEachMillisecond},
	{name: "one-event-a-batch", rule: "fair-within-k", plant: dispatch.OneEventABatch},
	{name: "posted-drained", rule: "bounded-iteration", plant: posting.Drained},
	{name: "timer-same-pass", rule: "bounded-iteration", plant: timers.SamePass},
	{name: "close-queued-twice", rule: "close-runs-once", plant: closing.QueuedTwice},
	{name: "close-callback-dropped", rule: "close-runs-once", plant: closing.CallbackDropped},
	{name: "event-after-close", rule: "silent-after-close", plant: dispatch.EventAfterClose},
	{name: "close-callback-after-run", rule: "silent-after-close", plant: closing.CallbackAfterRun},
	{name: "deferred-deregister", rule: "owns-its-handles", plant: cleanup.DeferredDeregister},
	{name: "closes-on-hangup", rule: "owns-its-handles", plant: cleanup.ClosesOnHangup},
	{name: "close-releases-twice", rule: "owns-its-handles", plant: closing.ReleasesTwice},
	{name: "wake-pair-closed", rule: "owns-its-handles", plant: cleanup.WakePairClosed},
	{name: "close-in-dispatch-leaks", rule: "no-leaked-handle", plant: closing.InDispatchLeaks},
	{name: "paused-watch-leaks", rule: "no-leaked-registration", plant: cleanup.PausedWatchLeaks},
	{name: "stopped-timer-sleeps", rule: "no-leaked-timer", plant: timers.StoppedSleeps},
	{name: "timer-counted-twice", rule: "alive-while-work", plant: timers.CountedTwice},
	{name: "post-after-close", rule: "posted-after-close-refused", plant: posting.AfterClose},
	{name: "close-before-run", rule: "stop-completes", plant: closing.BeforeRun},
	{name: "all-level", rule: "mode-is-kept", plant: interest.AllLevel},
	{name: "modify-keeps-mode", rule: "mode-is-kept", plant: interest.KeepsMode},
	{name: "oneshot-rearmed", rule: "mode-is-kept", plant: interest.OneshotRearmed},
	{name: "edge-rearmed", rule: "mode-is-kept", plant: interest.EdgeRearmed, needs: NeedsEdge},
	{name: "panic-swallowed", rule: "panic-leaves-run", plant: dispatch.PanicSwallowed},
	{name: "post-wakes-under-lock", rule: "no-lost-wakeup", plant: posting.WakesUnderLock, legal: true},
	{name: "ticks-each-10ms", rule: "idle-blocks", plant: waiting.TicksEach10ms, legal: true},
	{name: "gathers-one-by-one", rule: "idle-blocks", plant: waiting.GathersOneByOne, legal: true},
	{name: "polls-last-ms", rule: "alive-while-work", plant: waiting.PollsLastMillisecond, legal: true},
}

// pending are bugs that the judge does not report yet.
var pending = []bug{}

// sources are the files that the bugs are written in.
//
//go:embed */*.go
var sources embed.FS

// subjects makes the subjects of a list.
func subjects(list []bug) []Subject {
	all := make([]Subject, len(list))
	for i, b := range list {
		all[i] = Subject{
			Name: b.name, Rule: b.rule, Why: comment(b.plant, ""), New: planted(b.plant), Legal: b.legal, Plain: b.plain,
			NeedsWakeSwitches: b.inWake, Needs: b.needs,
		}
	}
	return all
}

// planted makes a factory of loops in which plant has planted its bug.
func planted(plant func(*loop.Loop)) proptest.NewReactor {
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		tb.Helper()
		return parts{must(tb, h, func(h demux.Host) (*loop.Loop, error) { return loop.Open(h, plant) })}
	}
}

// parts is a Loop whose Watch returns an interface.
type parts struct{ *loop.Loop }

func (p parts) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	return asWatch(p.Loop.Watch(h, want, mode, fn))
}
