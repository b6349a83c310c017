package watcher

import (
	"testing"
	"time"

	"reactortest/demux"
)

// NewReactor makes the reactor under test. It is called once per case, in the
// task that will run the reactor; h.Open gives the demux of the dialect, or of
// the real kernel. It fails the case with t.
type NewReactor func(t testing.TB, h demux.Host) Reactor

// Reactor is a watcher-shaped subject: a loop that calls functions when
// handles are ready, when time has passed and when they were posted.
//
// Watch, AfterFunc and the methods of a Watch are called in the loop's own
// goroutine: before Run, or by a function that the loop calls.
type Reactor interface {
	// Watch calls fn whenever h is ready for want. fn gets the conditions in
	// Event.Ready; the token is the reactor's own affair. The reactor refuses a
	// mode that it does not offer with errors.ErrUnsupported, every time. A
	// reactor that refuses every mode is judged by its timers and posted
	// functions.
	Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (Watch, error)
	// AfterFunc calls fn once, when d has passed. stop reports whether it kept
	// fn from running.
	AfterFunc(d time.Duration, fn func()) (stop func() bool)
	// Post has the loop call fn once, soon. Any goroutine may call it. After
	// Close it returns an error.
	Post(fn func()) error
	// Run runs the loop until Close, and then returns nil. A function that the loop
	// calls may call Run again. A reactor may refuse that with an error or a panic;
	// if it runs the loop, the rest of the run is not judged.
	Run() error
	// Close ends the loop. Any goroutine may call it, at any time: before Run,
	// in a function that the loop calls, and when another has called it. What
	// the second call returns is not judged.
	Close() error
}

// Watch is one registration of a Reactor.
type Watch interface {
	// Modify replaces interest and mode, and arms the watch again. If it fails
	// the watch may be silent until a Modify succeeds.
	Modify(want demux.Ready, mode demux.Mode) error
	// Close ends the watch: its function is not called any more. The handle
	// stays the caller's, who may close it at once.
	Close() error
}

// CloseFuncer is a Watch that tells when it is closed for good.
type CloseFuncer interface {
	// CloseFunc is Close, and has the loop call fn once, later, when nothing
	// of the watch is left.
	CloseFunc(fn func()) error
}

// Stepper is a Reactor that can run one iteration.
type Stepper interface {
	// RunOnce runs one iteration, waits in it for max at the most (< 0:
	// forever) and returns how many functions it called.
	RunOnce(max time.Duration) (n int, err error)
}

// SelfEnding is a Reactor that can end by itself.
type SelfEnding interface {
	// RunWhileAlive runs the loop until no watch, no timer and no posted
	// function is left, or until Close.
	RunWhileAlive() error
}

// Timer is a timer that can be set again.
type Timer = interface {
	// Reset sets the timer to call its function once, when d has passed, whether it
	// was set before or not. It reports whether it kept an earlier call from
	// happening. If it reports false, an earlier call has happened, was stopped
	// before, or is on its way.
	Reset(d time.Duration) bool
	// Stop reports whether it kept the function from being called.
	Stop() bool
}

// TimerMaker is a Reactor whose timers can be set again. Its timers are judged
// like those of AfterFunc. For other Reactors the suite stops a timer and calls
// AfterFunc.
type TimerMaker interface {
	// NewTimer returns a timer that is not set. Like AfterFunc, it is called in the
	// loop's own goroutine, and so are the methods of the timer.
	NewTimer(fn func()) Timer
}

// TimerGrainer is a Reactor whose timers are coarse, as those of a timer wheel
// are.
type TimerGrainer interface {
	// TimerGrain returns how much later than its deadline a timer may run: the tick
	// of the wheel. It is 0 to MaxTimerGrain. What is below DefaultTimerGrain counts
	// as DefaultTimerGrain, which a Reactor without the method has. Timers whose
	// deadlines are no further apart than the grain may run in any order, unless the
	// deadlines are equal. No timer may run early.
	TimerGrain() time.Duration
}

// TieBreaker is a Reactor that says what happens to timers with equal deadlines.
type TieBreaker interface {
	// TimerTiesInOrder reports whether timers with the same deadline run in the order
	// in which they were set. A Reactor without the method promises that they do.
	TimerTiesInOrder() bool
}

// What a Reactor may declare as the grain of its timers.
const (
	DefaultTimerGrain = time.Millisecond
	MaxTimerGrain     = time.Second
)
