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
	"reactortest/internal/planted/legal"
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
	"reactortest/proptest"
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
	// Needs is what it cannot do without. The broken ones, and the twin, need
	// nothing that not every kernel has.
	Needs Needs
}

// All returns the planted subjects, the broken ones in the order of their
// rules, then the legal one.
func All() []Subject { return append([]Subject(nil), subjects...) }

// Legal returns the subjects of package legal: correct reactors that are built
// otherwise than the twin. To report one is a false alarm.
func Legal() []Subject { return append([]Subject(nil), legals...) }

// Twin returns the correct subject that the others differ from.
func Twin() Subject {
	return Subject{Name: "twin", Why: "keeps every rule.", New: adapt(twin.Open), Legal: true}
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

// legals keep every rule.
var legals = []Subject{
	{
		Name: "legal-poll-first", Legal: true,
		Why: "poll, dispatch, timers, posted, closing, and the clock is read once an iteration, as libuv " +
			"does it: timers compare with a time that stands still.",
		New: adapt(legal.PollFirst),
	},
	{
		Name: "legal-lazy-interest", Legal: true,
		Why: "Watch and Modify only take note, the demux is told right before the wait, as in libuv's " +
			"watcher queue. What there was no room for is tried again.",
		New: adapt(legal.LazyInterest),
	},
	{
		Name: "legal-self-pipe", Legal: true, Needs: NeedsPipe,
		Why: "a pipe of its own wakes it, the trick of every loop before eventfd. Posters that are about " +
			"to write are waited for at the end, as libuv does.",
		New: adapt(legal.SelfPipe),
	},
	{
		Name: "legal-reregister", Legal: true,
		Why: "deregisters and registers in place of Modify, and does not register what wants nothing, as " +
			"loops over select and poll do, which have no hang-up to tell of either.",
		New: adapt(legal.Reregister),
	},
	{
		Name: "legal-edge-inside", Legal: true, Needs: NeedsEdge,
		Why: "registers everything edge-triggered, as the pollers of Go and Tokio do, and arms a level " +
			"watch again after its handler.",
		New: adapt(legal.EdgeInside),
	},
	{
		Name: "legal-oneshot-inside", Legal: true,
		Why: "a level watch is a oneshot registration that is armed again after its handler, as in loops " +
			"that several threads wait in.",
		New: adapt(legal.OneshotInside),
	},
	{
		Name: "legal-spin", Legal: true,
		Why: "polls three times when it has run out of work before it blocks, as loops built for latency do.",
		New: adapt(legal.AdaptiveSpin),
	},
	{
		Name: "legal-tick", Legal: true,
		Why: "never waits for more than 100 ms at once, as Redis with its cron.",
		New: adapt(legal.Tick),
	},
	{
		Name: "legal-wheel", Legal: true,
		Why: "a timer wheel, as Netty has it: deadlines are rounded up to a tick of 1 ms. Within a tick the " +
			"order is that of the deadlines.",
		New: adapt(legal.Wheel),
	},
	{
		Name: "legal-posted-limit", Legal: true,
		Why: "runs two posted functions an iteration and wakes itself for the rest, as loops with a budget " +
			"for tasks do (Netty, Chromium).",
		New: adapt(legal.PostedLimit),
	},
	{
		Name: "legal-one-by-one", Legal: true,
		Why: "keeps a queue of ready watches, dispatches one an iteration and polls in between: a design " +
			"for fairness.",
		New: adapt(legal.OneByOne),
	},
	{
		Name: "legal-one-slot", Legal: true,
		Why: "takes one event from the demux at a time and follows a full batch up with a poll, up to four " +
			"an iteration, as libuv does.",
		New: adapt(legal.OneSlot),
	},
	{
		Name: "legal-invalidate", Legal: true,
		Why: "has no generations: the close of a watch strikes its events from the batch, as in libuv.",
		New: adapt(legal.Invalidate),
	},
	{
		Name: "legal-by-handle", Legal: true,
		Why: "looks watches up by handle, as asyncio does, with a generation in the token.",
		New: adapt(legal.ByHandle),
	},
	{
		Name: "legal-insist", Legal: true,
		Why: "goes back to sleep when a Wait has returned nothing and there is no work, and runs its timers " +
			"last in an iteration.",
		New: adapt(legal.Insist),
	},
	{
		Name: "legal-sleep-flag", Legal: true,
		Why: "posters wake it only when it sleeps or is about to, as in Netty; one lock has the queue and " +
			"the flag, and is held over Wake.",
		New: adapt(legal.SleepFlag),
	},
	{
		Name: "legal-quit-flag", Legal: true,
		Why: "Close sets a flag and wakes; the loop's own goroutine runs what was posted before and closes " +
			"the demux, as loops with a stop flag do (libuv, Qt).",
		New: adapt(legal.QuitFlag),
	},
	{
		Name: "legal-duplicates", Legal: true,
		Why: "registers a duplicate of each handle, which it owns, as AnyEvent does for backends that take a " +
			"handle once.",
		New: adapt(legal.Duplicates),
	},
	{
		Name: "legal-timer-thread", Legal: true,
		Why: "a thread of its own sleeps for the timers and posts the ones that are due, like Go's " +
			"time.AfterFunc in front of a loop.",
		New: adapt(legal.TimerThread),
	},
	{
		Name: "legal-poll-thread", Legal: true,
		Why: "a thread of its own waits and passes the batch on, as Electron does to live in a foreign loop.",
		New: adapt(legal.PollThread),
	},
	{
		Name: "legal-minimal", Legal: true,
		Why: "has only what a Reactor must have, and a heap of timers in which the stopped ones stay until " +
			"they come to the top, as asyncio's do.",
		New: adaptMinimal,
	},
	{
		Name: "legal-level-only", Legal: true,
		Why: "offers level-triggered watches only and refuses the other modes with errors.ErrUnsupported, as " +
			"libuv has nothing else.",
		New: adapt(legal.LevelOnly),
	},
	{
		Name: "legal-edge-only", Legal: true, Needs: NeedsEdge,
		Why: "offers edge-triggered watches only and refuses the other modes with errors.ErrUnsupported, as " +
			"Mio has nothing else.",
		New: adapt(legal.EdgeOnly),
	},
	{
		Name: "legal-both-ways", Legal: true, Needs: NeedsEdge,
		Why: "registers every handle for both directions, edge-triggered, as Go's netpoller does, and drops " +
			"what nobody wants; oneshot is its own affair.",
		New: adapt(legal.BothWays),
	},
	{
		Name: "legal-split", Legal: true,
		Why: "calls a handler once for each direction, the writing one first, takes a batch from its end, and " +
			"tells of closed watches at the start of the next iteration.",
		New: adapt(legal.Split),
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

// adaptMinimal is adapt for the subject that can do less.
func adaptMinimal(tb testing.TB, h demux.Host) proptest.Reactor {
	tb.Helper()
	l, err := legal.OpenMinimal(h)
	if err != nil {
		tb.Fatalf("planted: %v", err)
	}
	return minimal{l}
}

// minimal is legal.Minimal with a Watch that returns an interface.
type minimal struct{ *legal.Minimal }

func (m minimal) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := m.Minimal.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return w, nil
}
