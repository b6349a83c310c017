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
	// Event.Ready; the token is the reactor's own affair. A mode that the
	// reactor does not offer it refuses with errors.ErrUnsupported.
	Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (Watch, error)
	// AfterFunc calls fn once, when d has passed. stop reports whether it kept
	// fn from running.
	AfterFunc(d time.Duration, fn func()) (stop func() bool)
	// Post has the loop call fn once, soon. Any goroutine may call it. After
	// Close it returns an error.
	Post(fn func()) error
	// Run runs the loop until Close, and then returns nil.
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
	// RunOnce runs one iteration, waits in it for max at the most (< 0: for
	// ever) and returns how many functions it called.
	RunOnce(max time.Duration) (n int, err error)
}

// SelfEnding is a Reactor that can end by itself.
type SelfEnding interface {
	// RunWhileAlive runs the loop until no watch, no timer and no posted
	// function is left, or until Close.
	RunWhileAlive() error
}
