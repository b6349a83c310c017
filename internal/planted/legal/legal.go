// Package legal has reactors that keep every rule. Each is built in another way
// that real loops use. A report about one of them is a false alarm.
//
// They share the parts that do not matter for their architecture: the watches, a
// table of them, a list of timers, a queue of posted functions. Each file is one
// architecture, which replaces some of the methods of Loop.
package legal

import (
	"errors"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop is a reactor. Any goroutine may call Post and Close. Only the goroutine
// that runs the loop may call its other methods.
type Loop struct {
	arch    architecture
	host    demux.Host
	demux   demux.Demux
	events  [64]demux.Event
	table   table
	timers  timerList
	posted  queue
	closing []*Watch // closed, to be told in the closing phase
	ends    bool     // in RunWhileAlive
	closed  atomic.Bool
}

// architecture is what the reactors differ in. The methods of Loop are the
// plain way.
type architecture interface {
	step(limit time.Duration) (int, error) // one iteration
	register(w *Watch) error
	modify(w *Watch, want demux.Ready, mode demux.Mode) error
	deregister(w *Watch) error
	afterFunc(d time.Duration, fn func()) (stop func() bool)
	timersLeft() int
	post(fn func()) error
	enter() error // Run begins
	leave() error // Run ends
	close() error // once, by any goroutine
}

// Watch is one registration.
type Watch struct {
	loop    *Loop
	handle  demux.Handle
	token   demux.Token
	slot    int
	want    demux.Ready
	mode    demux.Mode
	fn      func(demux.Event)
	closed  bool
	onClose func()

	// What some architectures keep besides.
	registered bool        // with the demux
	dirty      bool        // in a list of watches to be registered or modified
	fired      bool        // a oneshot watch that is not armed
	queued     demux.Ready // reported and not dispatched
	duplicate  demux.Handle
}

// newLoop makes the part that the architectures share.
func newLoop(h demux.Host) (*Loop, error) {
	d, err := h.Open()
	if err != nil {
		return nil, err
	}
	return &Loop{host: h, demux: d}, nil
}

// Watch calls fn whenever h is ready for want.
func (l *Loop) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*Watch, error) {
	w := &Watch{loop: l, handle: h, want: want, mode: mode, fn: fn, duplicate: demux.NoHandle}
	l.table.add(w)
	if err := l.arch.register(w); err != nil {
		l.table.remove(w)
		return nil, err
	}
	return w, nil
}

// Modify replaces interest and mode, and arms the watch again.
func (w *Watch) Modify(want demux.Ready, mode demux.Mode) error {
	if w.closed {
		return demux.ErrNotFound
	}
	return w.loop.arch.modify(w, want, mode)
}

// Close ends the watch at once. The handle stays the caller's.
func (w *Watch) Close() error { return w.CloseFunc(nil) }

// CloseFunc is Close, and fn is called once in the next closing phase.
func (w *Watch) CloseFunc(fn func()) error {
	if w.closed {
		return demux.ErrNotFound
	}
	w.closed, w.onClose = true, fn
	w.loop.table.remove(w)
	w.loop.closing = append(w.loop.closing, w)
	return ignoreClosed(w.loop.arch.deregister(w))
}

// AfterFunc calls fn once, when d has passed.
func (l *Loop) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	return l.arch.afterFunc(d, fn)
}

// Post has the loop call fn once, soon, unless the loop is closed before.
func (l *Loop) Post(fn func()) error { return l.arch.post(fn) }

// Run runs the loop until Close.
func (l *Loop) Run() error { return l.run(false) }

// RunWhileAlive is Run, and ends when no watch, timer or posted function is left.
func (l *Loop) RunWhileAlive() error { return l.run(true) }

func (l *Loop) run(ends bool) (err error) {
	defer l.runAllClosing()
	if err := l.arch.enter(); err != nil {
		return ignoreClosed(err)
	}
	l.ends = ends
	for err == nil && (!ends || l.alive()) {
		_, err = l.RunOnce(-1)
	}
	l.ends = false
	return errors.Join(ignoreClosed(err), l.arch.leave())
}

// runAllClosing calls what CloseFunc has queued and the last iteration has not
// called: Close may come before Run, or an iteration may end early.
func (l *Loop) runAllClosing() {
	for len(l.closing) > 0 {
		l.runClosing()
	}
}

// RunOnce runs one iteration, in which it waits for limit at the most.
func (l *Loop) RunOnce(limit time.Duration) (int, error) {
	if l.closed.Load() {
		return l.runClosing(), demux.ErrClosed
	}
	return l.arch.step(limit)
}

// Close ends the loop.
func (l *Loop) Close() error {
	if l.closed.Swap(true) {
		return demux.ErrClosed
	}
	return l.arch.close()
}

// alive reports whether anything is left that RunWhileAlive runs for.
func (l *Loop) alive() bool {
	return l.table.live+len(l.closing)+l.arch.timersLeft()+l.posted.len() > 0
}
