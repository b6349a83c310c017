package proptest

import "time"

// ruleID indexes rules.
type ruleID uint8

const (
	ruleNoStaleDispatch ruleID = iota
	ruleNoSpuriousDispatch
	ruleOneHandler
	ruleOrderWithinHandle
	ruleTimersNotEarly
	ruleTimersInOrder
	ruleCanceledTimerSilent
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
	ruleNoLeakedRegistration
	ruleNoLeakedTimer
	ruleAliveWhileWork
	ruleCount
)

// Bounds of the rules that count. A correct loop stays well below each.
const (
	fairDispatches = 8               // dispatches of one watch while another is ready all the time
	boundedLinks   = 4               // links of a chain that run between two Waits
	idlePolls      = 16              // Waits without progress in a row
	quiescence     = 5 * time.Second // of virtual time, after which a run is closed
	coarsest       = time.Second     // that a deadline may be rounded up by
)

// Property is a written rule that subjects are judged by.
type Property struct {
	Name string // of the rule and of its subtest
	Rule string // the sentence
	Why  string // what goes wrong without it
	Must bool   // a violation fails; false: it is reported
}

var properties = [ruleCount]Property{
	ruleNoStaleDispatch: {
		"no-stale-dispatch", "a handler gets only events that the demultiplexer reported for its own registration",
		"A batch is older than what handlers did since: after a close and a reopen the number of a handle names another " +
			"object, and an event of the old one must not reach the new one's handler.", true,
	},
	ruleNoSpuriousDispatch: {
		"no-spurious-dispatch", "a handler gets only conditions that it wants, or Hangup and Failed, and only after they were reported",
		"A handler that is called for what it did not ask for makes calls that its state does not expect.", true,
	},
	ruleOneHandler: {
		"one-handler-at-a-time", "no function that the loop calls runs inside or beside another",
		"Handlers are written for one thread and without re-entrance: a post that runs at once runs in the middle of its caller.", true,
	},
	ruleOrderWithinHandle: {
		"order-within-handle", "data that was reported with a hang-up is dispatched no later than the hang-up",
		"The peer writes and closes: who hears of the hang-up first drops the data.", true,
	},
	ruleTimersNotEarly: {
		"timers-not-early", "a timer does not run before its delay has passed",
		"A deadline that is rounded down or taken for passed ends operations that had time left.", true,
	},
	ruleTimersInOrder: {
		"timers-in-order", "timers run in the order of their deadlines, those with the same deadline in the order they were set",
		"Programs sequence work by delays; an order that depends on the layout of a heap cannot be relied on.", true,
	},
	ruleCanceledTimerSilent: {
		"cancelled-timer-silent", "a timer whose stop reported true never runs",
		"What the timer would touch is gone once it is stopped.", true,
	},
	rulePostedFIFO: {
		"posted-fifo", "functions that one goroutine posted run in the order of the posts",
		"Posts carry the order of one sender's messages.", true,
	},
	rulePostedOnce: {
		"posted-runs-once", "a function whose post was accepted runs exactly once",
		"A dropped post loses a message and its resources, a doubled one frees twice.", true,
	},
	ruleNoLostWakeup: {
		"no-lost-wakeup", "an accepted post runs before the loop sleeps",
		"Between the look at the queue and the wait a post must not fall through: it would wait for an unrelated event.", true,
	},
	ruleReadyIsServed: {
		"ready-is-served", "a watch whose condition holds and is armed is dispatched before the loop sleeps",
		"A re-arm that is forgotten or skipped stalls the connection for ever.", true,
	},
	ruleIdleBlocks: {
		"idle-blocks", "the loop does not wait again and again without progress",
		"A wait that returns at once for nothing burns a core.", true,
	},
	ruleFair: {
		"fair-within-k", "while a watch is ready no other is dispatched more than 8 times",
		"One flooding peer must not starve the others.", true,
	},
	ruleBoundedIteration: {
		"bounded-iteration", "work that posted functions and timers add for themselves waits for the next iteration",
		"A function that posts itself, or a timer without delay that sets itself, would keep the loop from its handles.", true,
	},
	ruleCloseOnce: {
		"close-runs-once", "the function of an accepted CloseFunc runs exactly once",
		"It releases what the watch held.", true,
	},
	ruleSilentAfterClose: {
		"silent-after-close", "after a watch is closed its handler is not called, and after Run has returned nothing is",
		"What the handler works on was released with the watch.", true,
	},
	ruleOwnsHandles: {
		"owns-its-handles", "the loop makes no call on a handle that was closed, and closes none that it did not open",
		"The number may belong to somebody else already.", true,
	},
	ruleNoLeakedHandle: {
		"no-leaked-handle", "every handle that the loop opened is closed when the loop is closed and Run has returned",
		"A program that starts and stops loops runs out of descriptors.", true,
	},
	ruleNoLeakedRegistration: {
		"no-leaked-registration", "when a watch is closed its handle is not registered any more",
		"The registration would live on in a duplicate, and report for whoever gets the number.", true,
	},
	ruleNoLeakedTimer: {
		"no-leaked-timer", "a stopped timer does not determine how long the loop sleeps",
		"Stopped timers that stay in the heap wake the loop for nothing and hold what they refer to.", true,
	},
	ruleAliveWhileWork: {
		"alive-while-work", "a loop ends by itself if and only if no watch, timer or posted function is left; otherwise only by Close",
		"A count that is wrong by one ends the program early, or never.", true,
	},
}

// Properties returns the rules that TestReactor judges by, in a fixed order.
func Properties() []Property { return append([]Property(nil), properties[:]...) }

// ruleName returns the name of a rule.
func ruleName(r ruleID) string { return properties[r].Name }

// Names of failures that are none of the rules: the run itself broke down.
const (
	failDeadlock = "deadlock"
	failLivelock = "livelock"
	failPanic    = "panic"
	failRun      = "run-error"
)

// breakdowns explains the failures that are none of the rules.
var breakdowns = []Property{
	{failDeadlock, "a run does not end in a deadlock", "Every task is blocked, no timer is set and nothing is on its way: Close did not end Run, or a lock is held.", true},
	{failLivelock, "a run ends within its budgets", "The loop goes on without getting anywhere.", true},
	{failPanic, "nothing panics", "A panic, Goexit or FailNow in a task ended the run.", true},
	{failRun, "making the reactor, Run and Close succeed", "The subject returned an error that the workload gives no reason for.", true},
}

// LookupProperty returns the rule called name, among those of Properties and
// the breakdowns of a run: deadlock, livelock, panic, run-error.
func LookupProperty(name string) (Property, bool) {
	for _, p := range properties {
		if p.Name == name {
			return p, true
		}
	}
	for _, p := range breakdowns {
		if p.Name == name {
			return p, true
		}
	}
	return Property{}, false
}
