package engine

import "reactortest/internal/planted/engine/bugs"

// The categories of bugs.
const (
	ordering  = "ordering"
	fairness  = "fairness or starvation"
	handles   = "leak of a handle"
	leaks     = "leak of a handler, a registration or a goroutine"
	aliasing  = "aliasing of a buffer"
	lifetime  = "use after close, or double close"
	stale     = "stale event, or reuse of a handle"
	wakeups   = "lost wakeup, or missed edge"
	spinning  = "busy loop"
	reentrant = "reentrancy"
	timing    = "timers"
	posting   = "post by another thread"
	stopping  = "shutdown"
	errorness = "errors of calls"
	draining  = "drain of edge and oneshot registrations"
	hangups   = "mapping of hang-ups"
	kqueues   = "specific to kqueue"
	ports     = "specific to completion ports"
)

var onKqueue = []string{"kqueue"}

// merged are the kernels that report both directions in one event.
var merged = []string{"epoll", "iocp"}

// list has the broken engines.
var list = []bug{
	{"hangup-first", "half-close-drains", "level", hangups, bugs.HangupFirst, nil},
	{"one-read-after-hangup", "half-close-drains", "level", hangups, bugs.OneReadAfterHangup, nil},
	{"eof-flag-closes", "half-close-drains", "level", kqueues, bugs.EOFFlagCloses, onKqueue},
	{"end-ignored", "idle-blocks", "level", spinning, bugs.EndIgnored, nil},
	{"reads-wait-for-writes", "ready-is-served", "level", fairness, bugs.ReadsWaitForWrites, nil},
	{"no-budget", "bounded-iteration", "edge", fairness, bugs.NoBudget, nil},
	{"budget-forgets", "ready-is-served", "edge", draining, bugs.BudgetForgets, nil},
	{"reads-on-after-close", "owns-its-handles", "edge", reentrant, bugs.ReadsOnAfterClose, nil},
	{"write-half-after-close", "owns-its-handles", "level", reentrant, bugs.WriteHalfAfterClose, merged},
	{"shared-buffer", "bytes-intact", "pool", aliasing, bugs.SharedBuffer, nil},
	{"reset-ends-loop", "error-stays-local", "level", errorness, bugs.ResetEndsLoop, nil},

	{"keeps-callers-bytes", "bytes-intact", "level", aliasing, bugs.KeepsCallersBytes, nil},
	{"output-replaced", "bytes-intact", "level", ordering, bugs.OutputReplaced, nil},
	{"output-overtakes", "bytes-intact", "level", ordering, bugs.OutputOvertakes, nil},
	{"writable-not-armed", "write-completes-or-fails", "level", wakeups, bugs.WritableNotArmed, nil},
	{"writable-kept", "idle-blocks", "level", spinning, bugs.WritableKept, nil},
	{"short-write-dropped", "bytes-intact", "level", errorness, bugs.ShortWriteDropped, nil},
	{"closes-before-sent", "write-completes-or-fails", "level", errorness, bugs.ClosesBeforeSent, nil},
	{"end-drops-answer", "half-close-answers", "level", hangups, bugs.EndDropsAnswer, nil},
	{"one-write-an-edge", "write-completes-or-fails", "edge", draining, bugs.OneWriteAnEdge, nil},

	{"handle-closed-first", "owns-its-handles", "level", lifetime, bugs.HandleClosedFirst, nil},
	{"closed-twice", "close-runs-once", "level", lifetime, bugs.ClosedTwice, nil},
	{"closes-stranger", "owns-its-handles", "level", stale, bugs.ClosesStranger, nil},
	{"registration-stays", "no-leaked-registration", "level", leaks, bugs.RegistrationStays, nil},
	{"close-gives-up", "close-runs-once", "pool", leaks, bugs.CloseGivesUp, nil},
	{"closed-inline", "one-handler-at-a-time", "level", posting, bugs.ClosedInline, nil},
	{"hangup-overtakes", "close-after-open", "pool", ordering, bugs.HangupOvertakes, nil},
	{"stop-forgets-closed", "stop-completes", "level", stopping, bugs.StopForgetsClosed, nil},
	{"stop-does-not-wake", "stop-completes", "level", stopping, bugs.StopDoesNotWake, nil},
	{"worker-forgotten", "no-leaked-goroutine", "pool", leaks, bugs.WorkerForgotten, nil},

	{"accept-error-ends", "error-stays-local", "level", errorness, bugs.AcceptErrorEnds, nil},
	{"accept-spins", "idle-blocks", "level", spinning, bugs.AcceptSpins, nil},
	{"second-pause-skipped", "idle-blocks", "level", errorness, bugs.SecondPauseSkipped, nil},
	{"listener-stays-off", "accept-survives-exhaustion", "level", wakeups, bugs.ListenerStaysOff, nil},
	{"accepted-leaks", "no-leaked-handle", "level", handles, bugs.AcceptedLeaks, nil},
	{"handed-over-leaks", "no-leaked-handle", "handover", handles, bugs.HandedOverLeaks, nil},
	{"open-by-acceptor", "close-after-open", "handover", ordering, bugs.OpenByAcceptor, nil},

	{"flag-cleared-late", "no-lost-wakeup", "level", wakeups, bugs.FlagClearedLate, nil},
	{"wakes-first", "no-lost-wakeup", "level", wakeups, bugs.WakesFirst, nil},
	{"queue-drained", "bounded-iteration", "edge", fairness, bugs.QueueDrained, nil},
	{"first-event-only", "fair-within-k", "level", fairness, bugs.FirstEventOnly, nil},
	{"batch-dropped", "stop-completes", "level", posting, bugs.BatchDropped, nil},
	{"woken-after-closed", "silent-after-close", "level", posting, bugs.WokenAfterClosed, nil},
	{"woken-inline", "one-handler-at-a-time", "level", posting, bugs.WokenInline, nil},

	{"rounded-down", "timers-not-early", "level", timing, bugs.RoundedDown, nil},
	{"stopped-runs", "cancelled-timer-silent", "level", timing, bugs.StoppedRuns, nil},
	{"stop-removes-another", "timers-run", "level", timing, bugs.StopRemovesAnother, nil},
	{"timer-threads", "no-leaked-timer", "level", timing, bugs.TimerThreads, nil},
	{"timer-threads-stay", "no-leaked-goroutine", "level", leaks, bugs.TimerThreadsStay, nil},

	{"not-armed-after-flush", "write-completes-or-fails", "pool", draining, bugs.NotArmedAfterFlush, nil},
	{"one-side-armed", "write-completes-or-fails", "pool", draining, bugs.OneSideArmed, nil},
	{"two-readers", "one-handler-at-a-time", "pool", draining, bugs.TwoReaders, nil},

	{"stale-completion", "bytes-intact", "completion", ports, bugs.StaleCompletion, nil},
	{"buffer-reused", "bytes-intact", "completion", ports, bugs.BufferReused, nil},
	{"in-flight-changed", "bytes-intact", "completion", ports, bugs.InFlightChanged, nil},
	{"accept-at-stop-leaks", "no-leaked-handle", "completion", ports, bugs.AcceptAtStopLeaks, nil},
}

// pending are bugs that the judge does not find yet.
var pending = []bug{
	{"write-error-swallowed", "write-completes-or-fails", "level", errorness, bugs.WriteErrorSwallowed, nil},
	{"posted-dropped", "write-completes-or-fails", "level", posting, bugs.PostedDropped, nil},
	{"ended-accepts", "write-completes-or-fails", "level", stopping, bugs.EndedAccepts, nil},
	{"blocked-write-stays", "stop-completes", "blocking", stopping, bugs.BlockedWriteStays, nil},
	{"earlier-not-woken", "timers-run", "level", timing, bugs.EarlierNotWoken, nil},
	{"aborted-ends", "error-stays-local", "level", errorness, bugs.AbortedEnds, nil},
}
