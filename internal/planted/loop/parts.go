package loop

import (
	"time"

	"reactortest/demux"
)

// Parts are the replaceable parts of the loop. A planted bug replaces one of them.
type Parts struct {
	// Demux is what the loop waits on.
	Demux demux.Demux

	// Table finds the watch that an event is for.
	Table Table
	// Register registers a new watch with the demux.
	Register func(w *Watch) error
	// Modify changes an open watch and its registration.
	Modify func(w *Watch, want demux.Ready, mode demux.Mode) error
	// Deregister ends the registration of a watch that is being closed.
	Deregister func(w *Watch) error
	// CloseWatch closes a watch. It queues onClose, which may be nil.
	CloseWatch func(w *Watch, onClose func()) error

	// Deadline returns the time at which a timer set now for d is due.
	Deadline func(d time.Duration) time.Duration
	// Timers keeps the timers that are set.
	Timers Timers
	// SetTimer sets a timer that is not pending.
	SetTimer func(t *Timer, d time.Duration)
	// StopTimer stops a timer and reports whether it was pending.
	StopTimer func(t *Timer) bool
	// ResetTimer sets a timer anew and reports whether it was pending.
	ResetTimer func(t *Timer, d time.Duration) bool
	// RunTimers runs the timers that are due. It returns how many.
	RunTimers func() int
	// Fire calls the function of a timer that Timers has given out.
	Fire func(t *Timer)

	// Post queues a function and wakes the loop.
	Post func(fn func()) error
	// Push queues a function, or returns ErrClosed.
	Push func(fn func()) error
	// Waker is the agreement by which a Post wakes the loop.
	Waker Waker
	// Take empties the queue of posted functions and returns them.
	Take func() []func()
	// RunPosted runs the functions that are queued. It returns how many.
	RunPosted func() int

	// Timeout returns for how long Wait may block: at most limit.
	Timeout func(limit time.Duration) time.Duration
	// Wait waits for events and stores them in Loop.Events.
	Wait func(timeout time.Duration) (int, error)

	// Order puts a batch into the order in which it is dispatched.
	Order func(batch []demux.Event) []demux.Event
	// Dispatch calls the handlers for a batch. It returns how many calls.
	Dispatch func(batch []demux.Event) int
	// Filter returns the part of ready that a watch is told.
	Filter func(w *Watch, ready demux.Ready) demux.Ready
	// Call calls the handler of a watch.
	Call func(w *Watch, ev demux.Event)

	// RunClosing calls the close callbacks that are queued. It returns how many.
	RunClosing func() int
	// Close ends the loop.
	Close func() error

	// Alive reports whether RunWhileAlive has anything left to run for.
	Alive func() bool
	// Step runs one iteration of a loop that is not closed.
	Step func(limit time.Duration) (int, error)
	// Run runs iterations until the loop is closed, or is no longer alive if
	// ends is set.
	Run func(ends bool) error
}

// Table has the open watches.
type Table interface {
	Add(w *Watch)               // gives w its token
	Remove(w *Watch)            // is called once for each Add
	Get(tok demux.Token) *Watch // nil if no open watch has this token
	All() []*Watch              // the open watches; nil entries are free
}

// Timers is a queue of timers. Timers that are due come out by deadline, and
// those with equal deadlines in the order in which they were set.
type Timers interface {
	Add(t *Timer)
	Remove(t *Timer)
	// Due takes the first timer that is due at now and was set no later than
	// last. It returns nil if there is none.
	Due(now time.Duration, last uint64) *Timer
	// Next returns the first timer, nil if there is none.
	Next() *Timer
}

// Waker is the protocol by which posters wake the loop: no post is missed, and not
// every post costs a Wake.
type Waker interface {
	Signal() error // a poster has queued a function
	Clear()        // the loop is about to take the queue
	Sleep()        // the loop is about to wait
	Awake()        // the loop has waited
}

// correct returns the parts that keep every rule.
func (l *Loop) correct(d demux.Demux) Parts {
	return Parts{
		Demux: d, Table: &Slots{},
		Register: l.register, Modify: l.modify, Deregister: l.deregister, CloseWatch: l.closeWatch,
		Deadline: l.deadline, Timers: &Queue{Before: Before},
		SetTimer: l.setTimer, StopTimer: l.stopTimer, ResetTimer: l.resetTimer, RunTimers: l.runTimers, Fire: l.fire,
		Post: l.post, Push: l.push, Waker: &flag{l}, Take: l.take, RunPosted: l.runPosted,
		Timeout: l.timeout, Wait: l.wait,
		Order: l.order, Dispatch: l.dispatch, Filter: l.filter, Call: l.call,
		RunClosing: l.runClosing, Close: l.close,
		Alive: l.alive, Step: l.step, Run: l.run,
	}
}
