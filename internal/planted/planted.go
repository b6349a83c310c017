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

// Subject is a reactor to be judged.
type Subject struct {
	Name string
	Rule string // that it breaks; of a legal one, that it might be thought to break; of the twin, none
	Why  string // what is wrong, and when it shows
	New  proptest.NewReactor
	// Legal says that it breaks no rule: to report it is a false alarm.
	Legal bool
	// Needs is what it cannot do without. The broken ones, and the twin, need
	// nothing that not every kernel has.
	Needs Needs
}

// All returns the planted subjects: the broken ones in the order of their
// rules, then the legal one.
func All() []Subject { return subjects(bugs) }

// Legal returns the subjects of package legal: correct reactors that are built
// otherwise than the twin. To report one is a false alarm.
func Legal() []Subject { return append([]Subject(nil), legals...) }

// Twin returns the correct subject that the others differ from.
func Twin() Subject {
	return Subject{Name: "twin", Why: "keeps every rule.", New: planted(nil), Legal: true}
}

// Lookup returns the subject called name, the twin too, and whether there is
// one.
func Lookup(name string) (Subject, bool) {
	for _, s := range append(append(All(), legals...), Twin()) {
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
}

var bugs = []bug{
	{name: "stale-event", rule: "no-stale-dispatch", plant: dispatch.StaleEvent},
	{name: "unwanted-event", rule: "no-spurious-dispatch", plant: dispatch.UnwantedEvent},
	{name: "post-runs-inline", rule: "one-handler-at-a-time", plant: posting.RunsInline},
	{name: "hangup-first", rule: "order-within-handle", plant: dispatch.HangupFirst},
	{name: "timer-rounded-down", rule: "timers-not-early", plant: timers.RoundedDown},
	{name: "timer-after-idle-wait", rule: "timers-not-early", plant: timers.AfterIdleWait},
	{name: "timer-ties-reversed", rule: "timers-in-order", plant: timers.TiesReversed},
	{name: "stopped-timer-fires", rule: "cancelled-timer-silent", plant: timers.StoppedFires},
	{name: "posted-lifo", rule: "posted-fifo", plant: posting.LIFO},
	{name: "posted-runs-twice", rule: "posted-runs-once", plant: posting.RunsTwice},
	{name: "lost-wakeup-check-before-set", rule: "no-lost-wakeup", plant: posting.CheckBeforeSet},
	{name: "lost-wakeup-flag-before-push", rule: "no-lost-wakeup", plant: posting.FlagBeforePush},
	{name: "lost-wakeup-late-clear", rule: "no-lost-wakeup", plant: posting.LateClear},
	{name: "rearm-skipped", rule: "ready-is-served", plant: interest.RearmSkipped},
	{name: "busy-poll", rule: "idle-blocks", plant: waiting.BusyPoll},
	{name: "busy-after-stop", rule: "idle-blocks", plant: timers.BusyAfterStop},
	{name: "one-event-a-batch", rule: "fair-within-k", plant: dispatch.OneEventABatch},
	{name: "posted-drained", rule: "bounded-iteration", plant: posting.Drained},
	{name: "timer-same-pass", rule: "bounded-iteration", plant: timers.SamePass},
	{name: "close-queued-twice", rule: "close-runs-once", plant: closing.QueuedTwice},
	{name: "event-after-close", rule: "silent-after-close", plant: dispatch.EventAfterClose},
	{name: "deferred-deregister", rule: "owns-its-handles", plant: cleanup.DeferredDeregister},
	{name: "closes-on-hangup", rule: "owns-its-handles", plant: cleanup.ClosesOnHangup},
	{name: "close-in-dispatch-leaks", rule: "no-leaked-handle", plant: closing.InDispatchLeaks},
	{name: "paused-watch-leaks", rule: "no-leaked-registration", plant: cleanup.PausedWatchLeaks},
	{name: "stopped-timer-sleeps", rule: "no-leaked-timer", plant: timers.StoppedSleeps},
	{name: "timer-counted-twice", rule: "alive-while-work", plant: timers.CountedTwice},
	{name: "post-wakes-under-lock", rule: "no-lost-wakeup", plant: posting.WakesUnderLock, legal: true},
}

// sources are the files that the bugs are written in.
//
//go:embed */*.go
var sources embed.FS

// subjects makes the subjects of a list.
func subjects(list []bug) []Subject {
	all := make([]Subject, len(list))
	for i, b := range list {
		all[i] = Subject{Name: b.name, Rule: b.rule, Why: comment(b.plant), New: planted(b.plant), Legal: b.legal}
	}
	return all
}

// planted makes a factory of loops in which plant has planted its bug.
func planted(plant func(*loop.Loop)) proptest.NewReactor {
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		tb.Helper()
		l, err := loop.Open(h, plant)
		if err != nil {
			tb.Fatalf("planted: %v", err)
		}
		return parts{l}
	}
}

// parts is a Loop whose Watch returns an interface.
type parts struct{ *loop.Loop }

func (p parts) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := p.Loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return w, nil
}
