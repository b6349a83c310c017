package watcher

import (
	"time"

	"reactortest/proptest/internal/core"
)

// The rules, as indexes of properties.
const (
	ruleNoStaleDispatch = iota
	ruleNoSpuriousDispatch
	ruleOneHandler
	ruleOrderWithinHandle
	ruleTimersNotEarly
	ruleTimersRun
	ruleTimersStop
	ruleTimersInOrder
	ruleTimersTiedInOrder
	rulePostedFIFO
	rulePostedOnce
	ruleNoLostWakeup
	ruleReadyIsServed
	ruleIdleBlocks
	ruleFair
	ruleBoundedIteration
	ruleCloseOnce
	ruleSilentAfterClose
	ruleOwnsHandles
	ruleNoLeakedHandle
	ruleNoLeakedOp
	ruleNoLeakedRegistration
	ruleNoLeakedTimer
	ruleAliveWhileWork
	rulePostedAfterClose
	ruleStopCompletes
	ruleModeIsKept
	rulePanicLeavesRun
	ruleCount
)

// Bounds of the rules that count. A correct loop stays well below each.
const (
	fairDispatches = 8                // dispatches of one watch while another is ready all the time
	boundedLinks   = 4                // links of a chain that run between two Waits
	idlePolls      = 16               // Waits without progress in a row
	idlePoll       = time.Millisecond // that such a Wait is asked for, at the most
	quiescence     = 5 * time.Second  // of virtual time, after which a run is closed
	coarsest       = time.Second      // that a deadline may be rounded up by
)

var properties = [ruleCount]core.Property{
	ruleNoStaleDispatch: {
		Name: "no-stale-dispatch", Rule: "a handler gets only events that the demultiplexer reported for its own registration",
		Why: "A batch is older than what handlers did since: after a close and a reopen the number of a handle names another " +
			"object, and an event of the old one must not reach the new one's handler.", Must: true,
	},
	ruleNoSpuriousDispatch: {
		Name: "no-spurious-dispatch", Rule: "a handler gets only conditions that it wants, or Hangup and Failed, and only after they were reported",
		Why: "A handler that is called for what it did not ask for makes calls that its state does not expect.", Must: true,
	},
	ruleOneHandler: {
		Name: "one-handler-at-a-time", Rule: "no function that the loop calls runs inside or beside another",
		Why: "Handlers are written for one thread and without re-entrance: a post that runs at once runs in the middle of its caller.", Must: true,
	},
	ruleOrderWithinHandle: {
		Name: "order-within-handle", Rule: "data that was reported with a hang-up is dispatched no later than the hang-up",
		Why: "The peer writes and closes: who hears of the hang-up first drops the data.", Must: true,
	},
	ruleTimersNotEarly: {
		Name: "timers-not-early", Rule: "a timer does not run before its delay has passed",
		Why: "A deadline that is rounded down or taken for passed ends operations that had time left.", Must: true,
	},
	ruleTimersRun: {
		Name: "timers-run", Rule: "a timer that was set and not stopped runs once while the loop lives, and the loop asks in time to be woken for it: when it " +
			"sleeps, one of its Waits ends no later than the earliest deadline plus the grain, rounded up to the demultiplexer's resolution",
		Why: "A timeout that never comes leaves its connection open for ever. A timer that is late by the loop's own doing is late on every kernel.", Must: true,
	},
	ruleTimersStop: {
		Name: "timers-stop", Rule: "a timer whose Stop reported true never runs; one whose Stop reported false has run, was stopped before, or runs " +
			"(Reset stops a timer too; after Close nothing is promised)",
		Why: "What the timer would touch is gone once it is stopped. A caller that hears false waits for the call.", Must: true,
	},
	ruleTimersInOrder: {
		Name: "timers-in-order", Rule: "timers whose deadlines are further apart than the grain run in the order of their deadlines",
		Why: "Programs sequence work by delays; an order that depends on the layout of a heap cannot be relied on.", Must: true,
	},
	ruleTimersTiedInOrder: {
		Name: "timers-tied-in-order", Rule: "timers with the same deadline run in the order in which they were set, unless the loop declares that they do not",
		Why: "A program that sets two timers with one delay expects the first one first.", Must: true,
	},
	rulePostedFIFO: {
		Name: "posted-fifo", Rule: "functions that one goroutine posted run in the order of the posts",
		Why: "Posts carry the order of one sender's messages.", Must: true,
	},
	rulePostedOnce: {
		Name: "posted-runs-once", Rule: "an accepted post runs at most once, and it does run if the loop slept between the post and the call of Close",
		Why: "A dropped post loses a message and its resources, a doubled one frees twice.", Must: true,
	},
	ruleNoLostWakeup: {
		Name: "no-lost-wakeup", Rule: "an accepted post runs before the loop sleeps",
		Why: "Between the look at the queue and the wait a post must not fall through: it would wait for an unrelated event.", Must: true,
	},
	ruleReadyIsServed: {
		Name: "ready-is-served", Rule: "a watch whose condition holds and is armed is dispatched before the loop sleeps",
		Why: "A re-arm that is forgotten or skipped stalls the connection for ever.", Must: true,
	},
	ruleIdleBlocks: {
		Name: "idle-blocks", Rule: "while no timer is pending and nothing happens, the loop does not wait more than 16 times in a row for 1 ms or less, " +
			"nor does a Wait report events that call no function more than 16 times in a row",
		Why: "A loop that polls, or that is woken again and again for nothing, burns a core.", Must: true,
	},
	ruleFair: {
		Name: "fair-within-k", Rule: "while a watch is ready no other is dispatched more than 8 times",
		Why: "One flooding peer must not starve the others.", Must: true,
	},
	ruleBoundedIteration: {
		Name: "bounded-iteration", Rule: "work that posted functions and timers add for themselves waits for the next iteration",
		Why: "A function that posts itself, or a timer without delay that sets itself, would keep the loop from its handles.", Must: true,
	},
	ruleCloseOnce: {
		Name: "close-runs-once", Rule: "the function of a CloseFunc that was accepted before Close runs exactly once, and before Run returns; " +
			"one that was accepted later runs at most once",
		Why: "It releases what the watch held.", Must: true,
	},
	ruleSilentAfterClose: {
		Name: "silent-after-close", Rule: "after a watch is closed its handler is not called, and after Run has returned nothing is",
		Why: "What the handler works on was released with the watch.", Must: true,
	},
	ruleOwnsHandles: {
		Name: "owns-its-handles", Rule: "the loop makes no call on a handle that was closed, closes none that it did not open, and waits for none " +
			"of its own that it has closed",
		Why: "The number may belong to somebody else already.", Must: true,
	},
	ruleNoLeakedHandle: {
		Name: "no-leaked-handle", Rule: "every handle that the loop opened is closed when the loop is closed and Run has returned",
		Why: "A program that starts and stops loops runs out of descriptors.", Must: true,
	},
	ruleNoLeakedOp: {
		Name: "no-leaked-op", Rule: "when the loop is closed and Run has returned, the kernel has given back the memory of every operation",
		Why: "The kernel writes to the memory of an operation until it ends, whoever has that memory by then.", Must: true,
	},
	ruleNoLeakedRegistration: {
		Name: "no-leaked-registration", Rule: "when a watch is closed its handle is not registered any more",
		Why: "The registration would live on in a duplicate, and report for whoever gets the number.", Must: true,
	},
	ruleNoLeakedTimer: {
		Name: "no-leaked-timer", Rule: "a stopped timer does not determine how long the loop sleeps",
		Why: "Stopped timers that stay in the heap wake the loop for nothing and hold what they refer to.", Must: true,
	},
	ruleAliveWhileWork: {
		Name: "alive-while-work", Rule: "a loop ends by itself if and only if no watch, timer or posted function is left; otherwise only by Close",
		Why: "A count that is wrong by one ends the program early, or never.", Must: true,
	},
	rulePostedAfterClose: {
		Name: "posted-after-close-refused", Rule: "a Post that is called after Close has returned returns an error",
		Why: "Nobody runs the function any more: a poster that is told so can do without, one that is not waits for ever.", Must: true,
	},
	ruleStopCompletes: {
		Name: "stop-completes", Rule: "after Close was called, before Run or during it, Close returns, and Run returns nil within 5 seconds",
		Why: "A program that cannot stop its loop hangs at shutdown.", Must: true,
	},
	ruleModeIsKept: {
		Name: "mode-is-kept", Rule: "a watch is called as its mode says, the last one that Watch or Modify was given: in level mode again and " +
			"again while the condition holds, in edge mode once for each thing that happens to the handle, in oneshot mode once until " +
			"Modify; a mode that is refused is refused every time",
		Why: "Handlers are written for one mode: a oneshot handler that is called twice runs in two threads, an edge handler that is " +
			"called for nothing spins, and a level handler that is not called again stalls.", Must: true,
	},
	rulePanicLeavesRun: {
		Name: "panic-leaves-run", Rule: "the panic of a handler leaves Run, or the other events of its batch are dispatched",
		Why: "A loop that recovers and drops the rest of the batch stalls connections that have nothing to do with the failure.", Must: true,
	},
}

// Properties returns the rules that TestReactor judges by, in a fixed order.
func Properties() []core.Property { return append([]core.Property(nil), properties[:]...) }
