// Code generated from twin/loop.go and timer-rounded-down.patch; DO NOT EDIT.

// Package loop is a small reactor that keeps every rule: the correct twin of
// the planted subjects, each of which is this file and a patch.
package loop

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop is a reactor. Post and Close may be called by any goroutine, everything
// else only by the one that runs the loop.
type Loop struct {
	host    demux.Host
	demux   demux.Demux
	events  [64]demux.Event
	slots   []*Watch // by the index in the token; nil is free
	opened  uint32   // watches there were: the generation in the token
	closing []*Watch // closed, to be told in the closing phase
	timers  []*timer // in the order they are due
	serial  uint64   // of the timer that was set last
	work    int      // watches and timers: what keeps RunWhileAlive going
	ends    bool     // in RunWhileAlive
	mu      sync.Mutex
	posted  []func() // guarded by mu
	closed  atomic.Bool
	waking  atomic.Bool // a Wake is under way for all that is posted
}

// Watch is one registration.
type Watch struct {
	loop    *Loop
	handle  demux.Handle
	token   demux.Token
	want    demux.Ready
	mode    demux.Mode
	fn      func(demux.Event)
	closed  bool
	onClose func()
}

type timer struct {
	at      time.Duration
	serial  uint64
	pending bool
	fn      func()
}

// Open makes a loop on a demux of h.
func Open(h demux.Host) (*Loop, error) {
	d, err := h.Open()
	if err != nil {
		return nil, err
	}
	return &Loop{host: h, demux: d}, nil
}

// Watch calls fn whenever h is ready for want.
func (l *Loop) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*Watch, error) {
	i := slices.Index(l.slots, nil)
	if i < 0 {
		i = len(l.slots)
		l.slots = append(l.slots, nil)
	}
	l.opened++
	w := &Watch{loop: l, handle: h, token: demux.Token(l.opened)<<32 | demux.Token(i), want: want, mode: mode, fn: fn}
	if err := l.demux.Register(h, w.token, want, mode); err != nil {
		return nil, err
	}
	l.slots[i] = w
	l.work++
	return w, nil
}

// Modify replaces interest and mode, and arms the watch again.
func (w *Watch) Modify(want demux.Ready, mode demux.Mode) error {
	if w.closed {
		return demux.ErrNotFound
	}
	if err := w.loop.demux.Modify(w.handle, w.token, want, mode); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return nil
}

// Close ends the watch at once. The handle stays the caller's.
func (w *Watch) Close() error { return w.CloseFunc(nil) }

// CloseFunc is Close, and fn is called once in the next closing phase.
func (w *Watch) CloseFunc(fn func()) error {
	if w.closed {
		return demux.ErrNotFound
	}
	w.closed, w.onClose = true, fn
	w.loop.slots[uint32(w.token)] = nil
	w.loop.closing = append(w.loop.closing, w)
	return ignoreClosed(w.loop.demux.Deregister(w.handle))
}

// AfterFunc calls fn once, when d has passed.
func (l *Loop) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	at := l.host.Now() + max(d, 0)
	if at < 0 {
		at = 1<<63 - 1
	}
	if d > 4*time.Millisecond {
		at = at.Truncate(4 * time.Millisecond) // long timers share a tick
	}
	l.serial++
	t := &timer{at: at, serial: l.serial, pending: true, fn: fn}
	i := len(l.timers)
	for i > 0 && l.timers[i-1].at > at {
		i--
	}
	l.timers = slices.Insert(l.timers, i, t)
	l.work++
	return func() bool {
		if !t.pending {
			return false
		}
		t.pending = false
		l.work--
		l.timers = slices.DeleteFunc(l.timers, func(other *timer) bool { return other == t })
		return true
	}
}

// Post has the loop call fn once, soon, unless the loop is closed before.
func (l *Loop) Post(fn func()) error {
	l.host.Yield("post")
	l.mu.Lock()
	if l.closed.Load() {
		l.mu.Unlock()
		return demux.ErrClosed
	}
	l.posted = append(l.posted, fn)
	l.mu.Unlock()
	l.host.Yield("post-queued")
	waking := l.waking.Swap(true)
	l.host.Yield("post-flag")
	if waking {
		return nil
	}
	return ignoreClosed(l.demux.Wake())
}

// Run runs the loop until Close.
func (l *Loop) Run() error { return l.run(false) }

// RunWhileAlive is Run, and ends when no watch, timer or posted function is left.
func (l *Loop) RunWhileAlive() error { return l.run(true) }

func (l *Loop) run(ends bool) error {
	l.ends = ends
	defer func() { l.ends = false }()
	for !ends || l.alive() {
		if _, err := l.RunOnce(-1); err != nil {
			return ignoreClosed(err)
		}
	}
	return nil
}

func (l *Loop) alive() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.work > 0 || len(l.posted) > 0
}

// RunOnce runs one iteration, in which it waits for limit at the most.
func (l *Loop) RunOnce(limit time.Duration) (int, error) {
	if l.closed.Load() {
		return l.runClosing(), demux.ErrClosed
	}
	n := l.runTimers()
	n += l.runPosted()
	timeout := l.timeout(limit)
	l.host.Yield("wait")
	got, err := l.demux.Wait(l.events[:], timeout)
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}

// Close ends the loop. Only what CloseFunc was given is called after it.
func (l *Loop) Close() error {
	if l.closed.Swap(true) {
		return demux.ErrClosed
	}
	return l.demux.Close()
}

func (l *Loop) runTimers() (n int) {
	now, last := l.host.Now(), l.serial
	for len(l.timers) > 0 && l.timers[0].at <= now && l.timers[0].serial <= last && !l.closed.Load() {
		t := l.timers[0]
		l.timers = slices.Delete(l.timers, 0, 1)
		t.pending = false
		l.work--
		n++
		t.fn()
	}
	return n
}

func (l *Loop) runPosted() (n int) {
	l.waking.Store(false)
	l.host.Yield("posted-flag")
	l.mu.Lock()
	posted := l.posted
	l.posted = nil
	l.mu.Unlock()
	for _, fn := range posted {
		if !l.closed.Load() {
			n++
			fn()
		}
	}
	return n
}

func (l *Loop) dispatch(batch []demux.Event) (n int) {
	for _, ev := range batch {
		w := l.slots[uint32(ev.Token)]
		if w == nil || w.token != ev.Token || l.closed.Load() { // closed since Wait returned
			continue
		}
		ev.Ready &= w.want | demux.Hangup | demux.Failed
		if ev.Ready != 0 { // something of it is still wanted
			n++
			w.fn(ev)
		}
	}
	return n
}

func (l *Loop) runClosing() (n int) {
	closing := l.closing
	l.closing = nil
	for _, w := range closing {
		l.work--
		if w.onClose != nil {
			n++
			w.onClose()
		}
	}
	return n
}

// timeout returns how long Wait may block.
func (l *Loop) timeout(limit time.Duration) time.Duration {
	if len(l.closing) > 0 || l.ends && !l.alive() {
		return 0
	}
	if len(l.timers) > 0 {
		if until := max(l.timers[0].at-l.host.Now(), 0); limit < 0 || until < limit {
			return until
		}
	}
	return limit
}

func ignoreClosed(err error) error {
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}
