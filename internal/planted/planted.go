// Package planted has the broken reactors that the judge must find. Each is the
// correct twin with a patch of at most ten lines, keeps its rules on a quiet
// run and breaks one of them in special orders only.
//
// A subject NAME is NAME.patch, applied to twin/loop.go by go generate. To
// change one, edit its loop.go, write the patch anew with
//
//	diff -U2 --label twin/loop.go --label FOLDER/loop.go twin/loop.go FOLDER/loop.go
//
// (without the first two lines of the generated file) and generate.
package planted

import (
	"testing"
	"time"

	"reactortest/demux"
	busyafterstop "reactortest/internal/planted/busyafterstop"
	busypoll "reactortest/internal/planted/busypoll"
	closeindispatchleaks "reactortest/internal/planted/closeindispatchleaks"
	closequeuedtwice "reactortest/internal/planted/closequeuedtwice"
	closesonhangup "reactortest/internal/planted/closesonhangup"
	deferredderegister "reactortest/internal/planted/deferredderegister"
	eventafterclose "reactortest/internal/planted/eventafterclose"
	hangupfirst "reactortest/internal/planted/hangupfirst"
	lostwakeupcheckbeforeset "reactortest/internal/planted/lostwakeupcheckbeforeset"
	lostwakeupflagbeforepush "reactortest/internal/planted/lostwakeupflagbeforepush"
	lostwakeuplateclear "reactortest/internal/planted/lostwakeuplateclear"
	oneeventabatch "reactortest/internal/planted/oneeventabatch"
	pausedwatchleaks "reactortest/internal/planted/pausedwatchleaks"
	posteddrained "reactortest/internal/planted/posteddrained"
	postedlifo "reactortest/internal/planted/postedlifo"
	postedrunstwice "reactortest/internal/planted/postedrunstwice"
	postrunsinline "reactortest/internal/planted/postrunsinline"
	postwakesunderlock "reactortest/internal/planted/postwakesunderlock"
	rearmskipped "reactortest/internal/planted/rearmskipped"
	staleevent "reactortest/internal/planted/staleevent"
	stoppedtimerfires "reactortest/internal/planted/stoppedtimerfires"
	stoppedtimersleeps "reactortest/internal/planted/stoppedtimersleeps"
	timerafteridlewait "reactortest/internal/planted/timerafteridlewait"
	timercountedtwice "reactortest/internal/planted/timercountedtwice"
	timerroundeddown "reactortest/internal/planted/timerroundeddown"
	timersamepass "reactortest/internal/planted/timersamepass"
	timertiesreversed "reactortest/internal/planted/timertiesreversed"
	twin "reactortest/internal/planted/twin"
	unwantedevent "reactortest/internal/planted/unwantedevent"
	"reactortest/proptest" //nolint:depguard // the list hands subjects to the judge; they know nothing of it
)

//go:generate go run ./internal/gen

// Subject is a reactor to be judged.
type Subject struct {
	Name string
	Rule string // that it breaks; of a legal one, that it might be thought to break; of the twin, none
	Why  string // what is wrong, and when it shows
	New  proptest.NewReactor
	// Legal says that it breaks no rule: to report it is a false alarm.
	Legal bool
}

// All returns the planted subjects, the broken ones in the order of their
// rules, then the legal one.
func All() []Subject { return append([]Subject(nil), subjects...) }

// Twin returns the correct subject that the others differ from.
func Twin() Subject {
	return Subject{Name: "twin", Why: "keeps every rule.", New: adapt(twin.Open), Legal: true}
}

// Lookup returns the subject called name, the twin too, and whether there is
// one.
func Lookup(name string) (Subject, bool) {
	for _, s := range append(subjects, Twin()) {
		if s.Name == name {
			return s, true
		}
	}
	return Subject{}, false
}

var subjects = []Subject{
	{
		Name: "stale-event", Rule: "no-stale-dispatch",
		Why: "events are looked up by slot and the generation is not compared: after a close and a new " +
			"watch in one batch, the newcomer gets the event of the watch that had its slot. Loops that " +
			"look handlers up by descriptor have it.",
		New: adapt(staleevent.Open),
	},
	{
		Name: "unwanted-event", Rule: "no-spurious-dispatch",
		Why: "the interest is not looked at again at dispatch: a neighbor that pauses a watch in the same " +
			"batch does not keep the event from it. A write handler that was just taken off runs once " +
			"more.",
		New: adapt(unwantedevent.Open),
	},
	{
		Name: "post-runs-inline", Rule: "one-handler-at-a-time",
		Why: "a function that is posted while a timer runs is called at once, inside that timer, and in " +
			"the poster's thread. The shortcut \"we are in the loop already\", without asking which thread " +
			"we are.",
		New: adapt(postrunsinline.Open),
	},
	{
		Name: "hangup-first", Rule: "order-within-handle",
		Why: "a hang-up is for the writing side first: a watch that wants to write as well gets it without " +
			"the data that came with it, which it takes for lost. The classic of a peer that writes and " +
			"closes at once.",
		New: adapt(hangupfirst.Open),
	},
	{
		Name: "timer-rounded-down", Rule: "timers-not-early",
		Why: "the deadlines of long timers are rounded to a coarse tick so that they fire together, and " +
			"rounded down. Loops that count in ticks or milliseconds have it.",
		New: adapt(timerroundeddown.Open),
	},
	{
		Name: "timer-after-idle-wait", Rule: "timers-not-early",
		Why: "a Wait that returned nothing is taken for one that has timed out, and the earliest timer for " +
			"due. A late wake, whose function has run already, is enough.",
		New: adapt(timerafteridlewait.Open),
	},
	{
		Name: "timer-ties-reversed", Rule: "timers-in-order",
		Why: "a timer is put before the ones with the same deadline: equal deadlines fire last set, first " +
			"fired.",
		New: adapt(timertiesreversed.Open),
	},
	{
		Name: "stopped-timer-fires", Rule: "cancelled-timer-silent",
		Why: "the timers that are due are collected before the first is called: one that another stops " +
			"meanwhile fires all the same.",
		New: adapt(stoppedtimerfires.Open),
	},
	{
		Name: "posted-lifo", Rule: "posted-fifo",
		Why: "the queue is a stack that is taken in one exchange and not turned round: two functions " +
			"posted in one iteration run in the wrong order.",
		New: adapt(postedlifo.Open),
	},
	{
		Name: "posted-runs-twice", Rule: "posted-runs-once",
		Why: "the queue is cleared after it has run, if nothing came meanwhile: a function that posts " +
			"makes all of it run again.",
		New: adapt(postedrunstwice.Open),
	},
	{
		Name: "lost-wakeup-check-before-set", Rule: "no-lost-wakeup",
		Why: "the flag says that the loop is awake, and the poster looks at it before the loop has set it " +
			"to asleep: the loop goes to sleep on a queue that it has not seen.",
		New: adapt(lostwakeupcheckbeforeset.Open),
	},
	{
		Name: "lost-wakeup-flag-before-push", Rule: "no-lost-wakeup",
		Why: "the flag is set before the function is queued: a second poster trusts a wake that the loop " +
			"has consumed before the second function was there.",
		New: adapt(lostwakeupflagbeforepush.Open),
	},
	{
		Name: "lost-wakeup-late-clear", Rule: "no-lost-wakeup",
		Why: "the flag is cleared after the queue was taken: who posts in between finds it set and wakes " +
			"nobody.",
		New: adapt(lostwakeuplateclear.Open),
	},
	{
		Name: "rearm-skipped", Rule: "ready-is-served",
		Why: "a Modify that changes nothing is optimized away: a oneshot watch is never armed again, an " +
			"edge is not reported anew.",
		New: adapt(rearmskipped.Open),
	},
	{
		Name: "busy-poll", Rule: "idle-blocks",
		Why: "a watch that wants nothing counts as work at hand: as long as one is paused the loop polls " +
			"instead of blocking.",
		New: adapt(busypoll.Open),
	},
	{
		Name: "busy-after-stop", Rule: "idle-blocks",
		Why: "a stopped timer asks for a look at the timers that only a timer that fires takes back: until " +
			"then every Wait is a poll.",
		New: adapt(busyafterstop.Open),
	},
	{
		Name: "one-event-a-batch", Rule: "fair-within-k",
		Why: "one level-triggered event of a batch is dispatched, in the order of slots, and the rest is " +
			"left to be reported again: a busy low slot starves the others.",
		New: adapt(oneeventabatch.Open),
	},
	{
		Name: "posted-drained", Rule: "bounded-iteration",
		Why: "the queue is run until it is empty: a function that posts itself keeps the loop from its " +
			"handles.",
		New: adapt(posteddrained.Open),
	},
	{
		Name: "timer-same-pass", Rule: "bounded-iteration",
		Why: "timers that timers set run in the same pass if they are due: one that sets itself with no " +
			"delay keeps the loop from its handles.",
		New: adapt(timersamepass.Open),
	},
	{
		Name: "close-queued-twice", Rule: "close-runs-once",
		Why: "a watch is queued for its callback before the look whether it is closed already: two parties " +
			"that close it make the callback run twice.",
		New: adapt(closequeuedtwice.Open),
	},
	{
		Name: "event-after-close", Rule: "silent-after-close",
		Why: "handlers are looked up for the whole batch before the first is called: a watch that a " +
			"neighbor closes still gets its event.",
		New: adapt(eventafterclose.Open),
	},
	{
		Name: "deferred-deregister", Rule: "owns-its-handles",
		Why: "a watch that is closed with a callback ends in the closing phase, right before it: the " +
			"caller may have closed the handle by then, and opened another with its number.",
		New: adapt(deferredderegister.Open),
	},
	{
		Name: "closes-on-hangup", Rule: "owns-its-handles",
		Why: "a handle that hangs up while its watch is paused is closed by the loop, which would spin on " +
			"it otherwise. It is the caller's, who closes it too: the second close may hit a stranger " +
			"with the same number.",
		New: adapt(closesonhangup.Open),
	},
	{
		Name: "close-in-dispatch-leaks", Rule: "no-leaked-handle",
		Why: "Close leaves the demux to the loop, which closes it when a Wait returns: closed by a " +
			"handler, it never comes to one.",
		New: adapt(closeindispatchleaks.Open),
	},
	{
		Name: "paused-watch-leaks", Rule: "no-leaked-registration",
		Why: "a watch that wants nothing at its close is not deregistered: nothing is armed, but hang-ups " +
			"are still reported, and the registration stays.",
		New: adapt(pausedwatchleaks.Open),
	},
	{
		Name: "stopped-timer-sleeps", Rule: "no-leaked-timer",
		Why: "a stopped timer stays in the list and still says when the loop has to wake up.",
		New: adapt(stoppedtimersleeps.Open),
	},
	{
		Name: "timer-counted-twice", Rule: "alive-while-work",
		Why: "a timer that stops itself in its own function is counted down twice: the loop ends while " +
			"another is pending.",
		New: adapt(timercountedtwice.Open),
	},
	{
		Name: "post-wakes-under-lock", Rule: "no-lost-wakeup",
		Legal: true,
		Why: "Post holds its lock over Wake. That is slow and no error: Wake never blocks, and this must " +
			"not be reported.",
		New: adapt(postwakesunderlock.Open),
	},
}

// watch is what the subjects' watches can do.
type watch interface {
	proptest.Watch
	proptest.CloseFuncer
}

// loop is the shape of the subjects: a proptest.Reactor, but for Watch.
type loop[W watch] interface {
	Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (W, error)
	AfterFunc(d time.Duration, fn func()) (stop func() bool)
	Post(fn func()) error
	Run() error
	Close() error
	proptest.Stepper
	proptest.SelfEnding
}

// adapt makes a factory of a subject's Open.
func adapt[W watch, L loop[W]](open func(demux.Host) (L, error)) proptest.NewReactor {
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		tb.Helper()
		l, err := open(h)
		if err != nil {
			tb.Fatalf("planted: %v", err)
		}
		return reactor[W]{l}
	}
}

// reactor is a subject whose Watch returns an interface.
type reactor[W watch] struct{ loop[W] }

func (r reactor[W]) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := r.loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return w, nil
}
