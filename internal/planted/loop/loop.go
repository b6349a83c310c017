// Package loop is a small reactor that keeps every rule, made of parts that
// can be replaced one at a time. The unchanged loop is the correct twin; each
// planted bug is the same loop with one wrong part:
//
//	func LIFO(l *loop.Loop) {
//		take := l.Parts.Take
//		l.Parts.Take = func() []func() { fns := take(); slices.Reverse(fns); return fns }
//	}
//
// Parts call each other through Loop.Parts, so a replaced part is used
// everywhere. A part may call the one that it replaces.
package loop

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop is a reactor. Any goroutine may call Post and Close. Only the goroutine
// that runs the loop may call the other methods. The exported fields are for
// the parts.
type Loop struct {
	Parts   Parts
	Host    demux.Host
	Events  [64]demux.Event
	Closing []*Watch // closed; their callbacks run in the closing phase
	Serial  uint64   // the serial number of the timer that was set last
	Work    int      // watches and timers: RunWhileAlive ends when it is 0
	Called  int      // functions called in this iteration
	Ends    bool     // RunWhileAlive is running
	Phase   atomic.Int32
	Closed  atomic.Bool
	Waking  atomic.Bool // a Wake is under way for everything in Posted
	Mu      sync.Mutex
	Posted  []func() // guarded by Mu
}

// The values of Loop.Phase.
const (
	Outside  int32 = iota
	InTimers       // a timer's function may be running
	Stopped        // Run has returned
)

// Watch is one registration.
type Watch struct {
	Loop    *Loop
	Handle  demux.Handle
	Token   demux.Token
	Want    demux.Ready
	Mode    demux.Mode
	Fn      func(demux.Event)
	Closed  bool
	OnClose func()
}

// Timer is one timer.
type Timer struct {
	At      time.Duration
	Serial  uint64 // Loop.Serial when the timer was set
	Pending bool   // set, and neither run nor stopped
	Fn      func()
}

// Open makes a loop on a demux of h, with bug planted in it; nil plants
// nothing.
func Open(h demux.Host, bug func(*Loop)) (*Loop, error) {
	d, err := h.Open()
	if err != nil {
		return nil, err
	}
	l := &Loop{Host: h}
	l.Parts = l.correct(d)
	if bug != nil {
		bug(l)
	}
	return l, nil
}

// Watch calls fn whenever h is ready for want.
func (l *Loop) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*Watch, error) {
	w := &Watch{Loop: l, Handle: h, Want: want, Mode: mode, Fn: fn}
	l.Parts.Table.Add(w)
	if err := l.Parts.Register(w); err != nil {
		l.Parts.Table.Remove(w)
		return nil, err
	}
	l.Work++
	return w, nil
}

// Modify replaces interest and mode, and arms the watch again.
func (w *Watch) Modify(want demux.Ready, mode demux.Mode) error {
	if w.Closed {
		return demux.ErrNotFound
	}
	return w.Loop.Parts.Modify(w, want, mode)
}

// Close ends the watch at once. The handle still belongs to the caller.
func (w *Watch) Close() error { return w.Loop.Parts.CloseWatch(w, nil) }

// CloseFunc does what Close does, and the loop calls fn once in the next closing
// phase.
func (w *Watch) CloseFunc(fn func()) error { return w.Loop.Parts.CloseWatch(w, fn) }

// AfterFunc calls fn once, when d has passed. The returned function stops the
// timer and reports whether it kept fn from running.
func (l *Loop) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	t := &Timer{Fn: fn}
	l.Parts.SetTimer(t, d)
	return func() bool { return l.Parts.StopTimer(t) }
}

// NewTimer makes a timer that is not set. Reset sets it to call fn once, when
// the delay has passed, whether it was set before or not. Reset and Stop report
// whether they kept an earlier call of fn from happening.
func (l *Loop) NewTimer(fn func()) interface {
	Reset(d time.Duration) bool
	Stop() bool
} {
	return settable{l, &Timer{Fn: fn}}
}

type settable struct {
	loop  *Loop
	timer *Timer
}

func (s settable) Reset(d time.Duration) bool { return s.loop.Parts.ResetTimer(s.timer, d) }
func (s settable) Stop() bool                 { return s.loop.Parts.StopTimer(s.timer) }

// Post makes the loop call fn once, soon, unless the loop is closed first.
func (l *Loop) Post(fn func()) error { return l.Parts.Post(fn) }

// Run runs the loop until Close.
func (l *Loop) Run() error { return l.Parts.Run(false) }

// RunWhileAlive runs the loop as Run does, and also ends when no watch, timer or
// posted function is left.
func (l *Loop) RunWhileAlive() error { return l.Parts.Run(true) }

// RunOnce runs one iteration, in which it waits for at most limit.
func (l *Loop) RunOnce(limit time.Duration) (int, error) {
	if l.Closed.Load() {
		return l.Parts.RunClosing(), demux.ErrClosed
	}
	return l.Parts.Step(limit)
}

// Close ends the loop. After it, only functions given to CloseFunc are called.
func (l *Loop) Close() error { return l.Parts.Close() }

// IgnoreClosed returns nil if err says that the loop is closed, otherwise err.
func IgnoreClosed(err error) error {
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}
