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
	ruleNoLeakedGoroutine
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
		Name: "no-stale-dispatch",
		Rule: "a handler gets only events that the demultiplexer reported for its own registration",
		Why: "Between the Wait that reports a batch and the dispatch of its last event, other handlers run. If one of them closes a handle " +
			"and opens another, the new handle can have the same number. An event of the old handle must not reach the new handler.", Must: true,
	},
	ruleNoSpuriousDispatch: {
		Name: "no-spurious-dispatch",
		Rule: "a handler gets only conditions that it asked for, or Hangup and Failed, and only after the demultiplexer reported them",
		Why:  "A handler that is called for a condition it did not ask for makes calls that its state does not expect.", Must: true,
	},
	ruleOneHandler: {
		Name: "one-handler-at-a-time",
		Rule: "the loop calls one function at a time: none starts before the previous one has returned",
		Why: "Handlers are written for one thread and are not reentrant. A posted function that runs at once runs in the middle of its " +
			"caller.", Must: true,
	},
	ruleOrderWithinHandle: {
		Name: "order-within-handle",
		Rule: "data that was reported with a hang-up is dispatched no later than the hang-up",
		Why:  "A peer writes and closes. A handler that sees the hang-up first drops the data.", Must: true,
	},
	ruleTimersNotEarly: {
		Name: "timers-not-early",
		Rule: "a timer does not run before its delay has passed",
		Why:  "A deadline that is rounded down ends operations that had time left.", Must: true,
	},
	ruleTimersRun: {
		Name: "timers-run",
		Rule: "a timer that was set and not stopped runs once while the loop lives, and the loop wakes up in time for it: when the loop " +
			"sleeps, one of its Waits ends no later than the earliest deadline plus the grain, rounded up to the demultiplexer's resolution",
		Why: "An operation whose timeout never comes holds its connection open forever. A timer that is late because of the loop is late " +
			"on every kernel.", Must: true,
	},
	ruleTimersStop: {
		Name: "timers-stop",
		Rule: "a timer whose Stop returned true never runs; a timer whose Stop returned false has run, was stopped before, or will run " +
			"(Reset counts as Stop; after Close nothing is promised)",
		Why: "The code that stops a timer releases what the timer would use. If Stop returns false, that code waits for the timer to run.", Must: true,
	},
	ruleTimersInOrder: {
		Name: "timers-in-order",
		Rule: "timers whose deadlines are further apart than the grain run in the order of their deadlines",
		Why:  "Programs use delays to put work in sequence. An order that depends on the layout of a heap is of no use to them.", Must: true,
	},
	ruleTimersTiedInOrder: {
		Name: "timers-tied-in-order",
		Rule: "timers with the same deadline run in the order in which they were set, unless the loop declares otherwise",
		Why:  "A program that sets two timers with the same delay expects the first one to run first.", Must: true,
	},
	rulePostedFIFO: {
		Name: "posted-fifo",
		Rule: "functions posted by one goroutine run in the order in which it posted them",
		Why:  "The order of the posts is the order of one sender's messages.", Must: true,
	},
	rulePostedOnce: {
		Name: "posted-runs-once",
		Rule: "an accepted post runs at most once, and it runs if the loop slept between the post and the call of Close",
		Why:  "A post that is lost loses a message and the resources that it holds. A post that runs twice frees them twice.", Must: true,
	},
	ruleNoLostWakeup: {
		Name: "no-lost-wakeup",
		Rule: "an accepted post runs before the loop sleeps",
		Why: "A goroutine can post after the loop has looked at its queue and before the loop waits. Without a wakeup, the posted function " +
			"waits until something unrelated happens.", Must: true,
	},
	ruleReadyIsServed: {
		Name: "ready-is-served",
		Rule: "a watch that is armed and whose condition holds is dispatched before the loop sleeps",
		Why:  "A watch that the loop forgets to arm again stalls its connection forever.", Must: true,
	},
	ruleIdleBlocks: {
		Name: "idle-blocks",
		Rule: "while no timer is pending and nothing happens, the loop makes at most 16 Waits of 1 ms or less in a row, and at most 16 " +
			"Waits in a row that report events again and call no function",
		Why: "A loop that polls, or that wakes up again and again for nothing, uses up a core.", Must: true,
	},
	ruleFair: {
		Name: "fair-within-k",
		Rule: "while a watch is ready, no other watch is dispatched more than 8 times; if the demultiplexer is not fair, this counts " +
			"from when it has reported the watch",
		Why: "One busy peer must not starve the others.", Must: true,
	},
	ruleBoundedIteration: {
		Name: "bounded-iteration",
		Rule: "of a chain of functions, each of which posts the next one or sets it as a timer without delay, at most 4 run between two " +
			"Waits",
		Why: "A function that posts itself, or a timer without delay that sets itself again, would otherwise keep the loop from its " +
			"handles.", Must: true,
	},
	ruleCloseOnce: {
		Name: "close-runs-once",
		Rule: "a function that CloseFunc accepted before Close was called runs exactly once, before Run returns; a function that it " +
			"accepted later runs at most once",
		Why: "The function releases what the watch held.", Must: true,
	},
	ruleSilentAfterClose: {
		Name: "silent-after-close",
		Rule: "no handler is called after its watch is closed, and nothing is called after Run has returned",
		Why:  "Whatever the handler uses was released with the watch.", Must: true,
	},
	ruleOwnsHandles: {
		Name: "owns-its-handles",
		Rule: "the loop makes no call on a handle that is closed, closes only handles that it opened, and does not wait on a handle of its " +
			"own after closing it",
		Why: "The number of a closed handle may already name something else.", Must: true,
	},
	ruleNoLeakedHandle: {
		Name: "no-leaked-handle",
		Rule: "every handle that the loop opened is closed when the loop is closed and Run has returned",
		Why:  "A program that starts and stops loops would run out of descriptors.", Must: true,
	},
	ruleNoLeakedOp: {
		Name: "no-leaked-op",
		Rule: "when the loop is closed and Run has returned, the kernel no longer holds the memory of any operation",
		Why: "The kernel writes to the memory of an operation until the operation ends, even if the program already uses that memory for " +
			"something else.", Must: true,
	},
	ruleNoLeakedRegistration: {
		Name: "no-leaked-registration",
		Rule: "the handle of a closed watch is not registered anymore",
		Why: "A registration that is left behind lives on if the handle has a duplicate, and reports events to the next user of the " +
			"number.", Must: true,
	},
	ruleNoLeakedTimer: {
		Name: "no-leaked-timer",
		Rule: "a stopped timer does not determine how long the loop sleeps",
		Why:  "Stopped timers that stay in the heap wake the loop for nothing and keep alive what they refer to.", Must: true,
	},
	ruleAliveWhileWork: {
		Name: "alive-while-work",
		Rule: "a loop ends by itself if and only if no watch, timer or posted function is left; otherwise only Close ends it",
		Why:  "A count that is off by one ends the program early, or never.", Must: true,
	},
	rulePostedAfterClose: {
		Name: "posted-after-close-refused",
		Rule: "a Post that is called after Close has returned returns an error",
		Why: "Nothing runs the function of such a Post. A caller that gets an error can do something else; a caller that gets none waits " +
			"forever.", Must: true,
	},
	ruleStopCompletes: {
		Name: "stop-completes",
		Rule: "after Close is called, before Run or during it, Close returns, and Run returns nil within 5 seconds",
		Why:  "A program that cannot stop its loop hangs at shutdown.", Must: true,
	},
	ruleModeIsKept: {
		Name: "mode-is-kept",
		Rule: "the last mode given to Watch or Modify decides when a watch is called: in level mode again and again while the condition " +
			"holds, in edge mode at most once for each thing that happens to the handle, in oneshot mode once until Modify; a mode that the " +
			"loop refuses once, it refuses every time",
		Why: "Handlers are written for one mode. A oneshot handler that is called twice may run in two threads. An edge handler that is " +
			"called for nothing spins. A level handler that is not called again stalls.", Must: true,
	},
	rulePanicLeavesRun: {
		Name: "panic-leaves-run",
		Rule: "if a handler panics, the panic leaves Run, or the other events of the batch are still dispatched",
		Why:  "A loop that recovers from a panic and drops the rest of the batch stalls connections that have nothing to do with the panic.", Must: true,
	},
	ruleNoLeakedGoroutine: {
		Name: "no-leaked-goroutine",
		Rule: "when Run and Close have returned, every goroutine that the subject has started has ended",
		Why:  "A goroutine that is left keeps its memory for the life of the process, and may call into a loop that is closed.", Must: true,
	},
}

// Properties returns the rules that TestReactor judges by, in a fixed order.
func Properties() []core.Property { return append([]core.Property(nil), properties[:]...) }
