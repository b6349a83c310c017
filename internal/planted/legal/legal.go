// Package legal has reactors that keep every rule and are built in as many
// ways as there are loops in the world: to report one of them is a false alarm.
//
// They share what is not their point: the watches, a table of them, a list of
// timers, a queue of posted functions. Each file is one architecture, which
// replaces some of the methods of Loop.
package legal

import (
	"errors"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop is a reactor. Post and Close may be called by any goroutine, everything
// else only by the one that runs the loop.
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

// The plain way of everything.

func (l *Loop) register(w *Watch) error {
	return l.demux.Register(w.handle, w.token, w.want, w.mode)
}

func (l *Loop) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.demux.Modify(w.handle, w.token, want, mode); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return nil
}

func (l *Loop) deregister(w *Watch) error { return l.demux.Deregister(w.handle) }

func (l *Loop) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	t := l.timers.add(deadline(l.host.Now(), d), fn)
	return func() bool { return l.timers.stop(t) }
}

func (l *Loop) timersLeft() int { return len(l.timers.list) }

// post wakes the loop for every function: the demux coalesces.
func (l *Loop) post(fn func()) error {
	if err := l.push(fn); err != nil {
		return err
	}
	return ignoreClosed(l.demux.Wake())
}

// push queues fn.
func (l *Loop) push(fn func()) error {
	l.host.Yield("post")
	if l.closed.Load() {
		return demux.ErrClosed
	}
	l.posted.push(fn)
	l.host.Yield("post-queued")
	return nil
}

func (l *Loop) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}

func (l *Loop) enter() error { return nil }

func (l *Loop) leave() error { return nil }

func (l *Loop) close() error { return l.demux.Close() }

// runTimers runs the timers that were due at now when it began.
func (l *Loop) runTimers(now time.Duration) (n int) {
	for last := l.timers.serial; !l.closed.Load(); n++ {
		t := l.timers.due(now, last)
		if t == nil {
			break
		}
		t.fn()
	}
	return n
}

// runPosted runs what is posted, most functions at the most.
func (l *Loop) runPosted(most int) (n int) {
	for _, fn := range l.posted.take(most) {
		if !l.closed.Load() {
			fn()
			n++
		}
	}
	return n
}

// dispatch calls the handlers of a batch.
func (l *Loop) dispatch(batch []demux.Event) (n int) {
	for _, ev := range batch {
		if w := l.table.get(ev.Token); w != nil {
			n += l.deliver(w, ev.Ready)
		}
	}
	return n
}

// deliver calls the handler of w if something of ready is still wanted, and
// returns how many functions it called.
func (l *Loop) deliver(w *Watch, ready demux.Ready) int {
	ready &= w.want | demux.Hangup | demux.Failed
	if w.closed || ready == 0 || l.closed.Load() {
		return 0
	}
	w.fn(demux.Event{Token: w.token, Ready: ready})
	return 1
}

func (l *Loop) runClosing() (n int) {
	closing := l.closing
	l.closing = nil
	for _, w := range closing {
		if w.onClose != nil {
			w.onClose()
			n++
		}
	}
	return n
}

// timeout returns how long a Wait at now may block.
func (l *Loop) timeout(limit, now time.Duration) time.Duration {
	if len(l.closing) > 0 || l.ends && !l.alive() {
		return 0
	}
	if at, set := l.timers.next(); set {
		return sooner(limit, max(at-now, 0))
	}
	return limit
}
