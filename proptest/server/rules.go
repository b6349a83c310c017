package server

import "reactortest/proptest/internal/core"

// The rules, by index.
const (
	ruleCloseAfterOpen = iota
	ruleSilentAfterClose
	ruleOneHandler
	ruleTimersNotEarly
	ruleCancelledSilent

	ruleTimersRun
	ruleReadyIsServed
	ruleNoLostWakeup
	ruleFairWithinK
	ruleBoundedIteration
	ruleIdleBlocks

	ruleCloseRunsOnce
	ruleOwnsHandles
	ruleNoLeakedHandle
	ruleNoLeakedRegistration
	ruleNoLeakedTimer
	ruleNoLeakedGoroutine
	ruleStopCompletes
	ruleErrorStaysLocal

	ruleBytesIntact
	ruleHalfCloseDrains
	ruleHalfCloseAnswers
	ruleWriteCompletes
	ruleAcceptSurvives
	ruleCount
)

// Numbers in the rules.
const (
	fairWaits   = 8       // of the thread that serves a ready connection,
	fairCalls   = 128     // if it calls back so often for others meanwhile,
	fairBytes   = 8 << 20 // and these bring so much
	turnCalls   = 64      // callbacks of one connection between two waits, while another is ready,
	turnBytes   = 5 << 20 // if they bring so much; engines have budgets of up to 4 MiB and a buffer
	idleCalls   = 200     // system calls in a second in which nothing happens
	spinCalls   = 5_000
	wakeLimitMS = 50
)

// properties has the rules in the order of the constants.
var properties = [ruleCount]core.Property{
	ruleCloseAfterOpen: {
		Name: "close-after-open", Rule: "a connection's first callback is Open, which comes once; Data and Closed come after it",
		Why: "A handler that has not seen Open has no state for the connection.", Must: true,
	},
	ruleSilentAfterClose: {
		Name: "silent-after-close", Rule: "Closed is the last callback of a connection",
		Why: "After Closed the handler has freed what belongs to the connection.", Must: true,
	},
	ruleOneHandler: {
		Name: "one-handler-at-a-time", Rule: "no two threads are in callbacks of the same connection",
		Why: "Handlers hold no locks, because the engine promises to call them one at a time.", Must: true,
	},
	ruleTimersNotEarly: {
		Name: "timers-not-early", Rule: "a timer does not run before its delay has passed",
		Why: "Timeouts of protocols would end connections that are in time.", Must: true,
	},
	ruleCancelledSilent: {
		Name: "cancelled-timer-silent", Rule: "a timer whose stop function returned true does not run",
		Why: "The timer would act on an object that is gone.", Must: true,
	},
	ruleTimersRun: {
		Name: "timers-run", Rule: "a timer runs once, at most 100 ms after its delay has passed",
		Why: "A lost timer is a timeout that never comes.", Must: true,
	},
	ruleReadyIsServed: {
		Name: "ready-is-served", Rule: "when a second has passed in which nothing else happens, no bytes of an open connection and no connection wait to be taken",
		Why: "The peer waits for an answer that does not come.", Must: true,
	},
	ruleNoLostWakeup: {
		Name: "no-lost-wakeup", Rule: "bytes that Async accepts are sent, and a Wake leads to Woken, within 50 ms and without another event",
		Why: "The engine sleeps although there is work to do, until another event happens to wake it.", Must: true,
	},
	ruleFairWithinK: {
		Name: "fair-within-k", Rule: "while a connection is ready, the thread that serves it waits for events at most 8 times before it serves it, or it calls back for others at most 128 times or with 8 MiB meanwhile",
		Why: "One busy peer would stop the service for all others.", Must: true,
	},
	ruleBoundedIteration: {
		Name: "bounded-iteration", Rule: "between two waits for events, a thread calls back at most 64 times, or with 5 MiB, in a row for one connection while another of its connections is ready",
		Why: "A loop that reads until there is nothing left never ends with a peer that sends fast enough.", Must: true,
	},
	ruleIdleBlocks: {
		Name: "idle-blocks", Rule: "in a second in which nothing happens an engine makes at most 200 system calls, and it never polls without end",
		Why: "A server that spins takes a whole processor for nothing.", Must: true,
	},
	ruleCloseRunsOnce: {
		Name: "close-runs-once", Rule: "Closed is called once for a connection that the handler closes or whose peer is gone",
		Why: "Without it the handler's state leaks; a second one frees it twice.", Must: true,
	},
	ruleOwnsHandles: {
		Name: "owns-its-handles", Rule: "the engine uses and closes only handles that it has open, and the handle of a connection stays its own until Closed has returned",
		Why: "The number of a closed handle may name something else by then.", Must: true,
	},
	ruleNoLeakedHandle: {
		Name: "no-leaked-handle", Rule: "the handle of a connection is closed when Closed has returned, and all handles are closed when Stop has returned",
		Why: "Sooner or later accept fails with EMFILE.", Must: true,
	},
	ruleNoLeakedRegistration: {
		Name: "no-leaked-registration", Rule: "an engine on package demux deregisters a handle before it closes it, or does not wait on that demultiplexer any more",
		Why: "The next handle with that number gets the events of the old one, or cannot be registered (W14 of package demux).", Must: true,
	},
	ruleNoLeakedTimer: {
		Name: "no-leaked-timer", Rule: "no timer runs when Stop has returned",
		Why: "Its function uses what the program has taken down.", Must: true,
	},
	ruleNoLeakedGoroutine: {
		Name: "no-leaked-goroutine", Rule: "a second after Stop has returned every thread of the engine has ended",
		Why: "A thread that is left behind keeps its memory and its handles.", Must: true,
	},
	ruleStopCompletes: {
		Name: "stop-completes", Rule: "Stop, Serve and every call that waits return, each open connection gets Closed, and no callback comes after that",
		Why: "A server that cannot be stopped hangs its program at shutdown.", Must: true,
	},
	ruleErrorStaysLocal: {
		Name: "error-stays-local", Rule: "whatever happens to one connection, Serve goes on, other connections stay open, and new ones are served",
		Why: "One peer that misbehaves would end the service for all.", Must: true,
	},
	ruleBytesIntact: {
		Name: "bytes-intact", Rule: "what a peer sends reaches Data, and what the handler sends reaches the peer: in order, once, and not on another connection",
		Why: "Protocols on a stream cannot notice a byte that is missing or doubled.", Must: true,
	},
	ruleHalfCloseDrains: {
		Name: "half-close-drains", Rule: "everything that a peer has sent before it ended its direction or closed reaches Data before Closed",
		Why: "The last message of every connection that ends properly would be lost now and then.", Must: true,
	},
	ruleHalfCloseAnswers: {
		Name: "half-close-answers", Rule: "a peer that has ended its direction gets all that was accepted for it",
		Why: "Clients that send a request and shut down their side, as printf | nc does, get half an answer.", Must: false,
	},
	ruleWriteCompletes: {
		Name: "write-completes-or-fails", Rule: "bytes that the engine has accepted are sent, or Closed or Lost reports that they were not",
		Why: "The handler believes that its answer was sent.", Must: true,
	},
	ruleAcceptSurvives: {
		Name: "accept-survives-exhaustion", Rule: "when descriptors were short and are there again, connections are served",
		Why: "The listener is dead until the server is restarted, although the shortage is over.", Must: true,
	},
}

// Properties returns the rules that TestEngine judges by, besides the ways in
// which a run can break down: deadlock, livelock, panic, run-error and hang.
func Properties() []core.Property { return append([]core.Property(nil), properties[:]...) }
