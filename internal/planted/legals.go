package planted

import (
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/legal"
	"reactortest/proptest"
)

// legals keep every rule, and are built otherwise than the twin.
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
	{
		Name: "legal-slow-tick", Legal: true,
		Why: "never waits for more than half a second at once: it wakes at 2 Hz.",
		New: adapt(legal.SlowTick),
	},
	{
		Name: "legal-drops-queue", Legal: true,
		Why: "throws away what is posted when it is closed, even if the loop has had no turn since.",
		New: adapt(legal.DropsQueue),
	},
	{
		Name: "legal-on-its-way", Legal: true,
		Why: "stop reports false for a timer that is due and has not run yet: it is on its way and runs, as " +
			"with Go's time.AfterFunc.",
		New: adapt(legal.OnItsWay),
	},
}

// pendingLegals keep every rule and are reported by rules as they are today.
var pendingLegals = []Subject{
	{
		Name: "legal-untied", Legal: true,
		Why: "keeps its timers in a heap that compares deadlines alone, as asyncio does: equal deadlines run in " +
			"any order. It says so with TimersTied.",
		New: declare(legal.Untied, func(r reactor[*legal.Watch]) proptest.Reactor { return untied{r} }),
	},
	{
		Name: "legal-coarse-wheel", Legal: true,
		Why: "a timer wheel with a tick of 10 ms, which it declares with TimerGrain. Within a tick timers run in " +
			"the order in which they were set.",
		New: declare(legal.CoarseWheel, func(r reactor[*legal.Watch]) proptest.Reactor { return coarse{r} }),
	},
	{
		Name: "legal-long-spin", Legal: true,
		Why: "polls 16 times when it has run out of work before it blocks.",
		New: adapt(legal.LongSpin),
	},
	{
		Name: "legal-no-watches", Legal: true,
		Why: "has timers and posted functions only, as loops of JavaScript runtimes do, and refuses to watch in " +
			"every mode with errors.ErrUnsupported.",
		New: adapt(legal.NoWatches),
	},
}

// untied declares that equal deadlines run in any order.
type untied struct{ reactor[*legal.Watch] }

// TimersTied reports whether timers with the same deadline run in the order in
// which they were set.
func (untied) TimersTied() bool { return false }

// coarse declares how late its timers may run.
type coarse struct{ reactor[*legal.Watch] }

// TimerGrain returns what deadlines are rounded up to.
func (coarse) TimerGrain() time.Duration { return legal.CoarseGrain }

// watch is what the subjects' watches can do.
type watch interface {
	proptest.Watch
	proptest.CloseFuncer
}

// shape is what the subjects look like: a proptest.Reactor, but for Watch.
type shape[W watch] interface {
	Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (W, error)
	AfterFunc(d time.Duration, fn func()) (stop func() bool)
	Post(fn func()) error
	Run() error
	Close() error
	proptest.Stepper
	proptest.SelfEnding
}

// adapt makes a factory of a subject's Open.
func adapt[W watch, L shape[W]](open func(demux.Host) (L, error)) proptest.NewReactor {
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		tb.Helper()
		l, err := open(h)
		if err != nil {
			tb.Fatalf("planted: %v", err)
		}
		return reactor[W]{l}
	}
}

// declare is adapt for a subject that declares something about itself.
func declare(
	open func(demux.Host) (*legal.Loop, error), with func(reactor[*legal.Watch]) proptest.Reactor,
) proptest.NewReactor {
	plain := adapt(open)
	return func(tb testing.TB, h demux.Host) proptest.Reactor {
		tb.Helper()
		return with(plain(tb, h).(reactor[*legal.Watch]))
	}
}

// reactor is a subject whose Watch returns an interface.
type reactor[W watch] struct{ shape[W] }

func (r reactor[W]) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := r.shape.Watch(h, want, mode, fn)
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
