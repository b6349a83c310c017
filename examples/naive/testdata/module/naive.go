// Package naive is an event loop as one writes it on the first day.
package naive

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// Loop calls functions when handles are ready, when time has passed and when
// they were posted. Post and Close may be called by any goroutine.
type Loop struct {
	host    demux.Host
	demux   demux.Demux
	watches map[demux.Handle]*Watch
	timers  []*timer // the earliest first
	set     int      // how many timers have been set
	closing bool
	closed  atomic.Bool
	mu      sync.Mutex
	posted  []func() // guarded by mu
}

// Watch is one handle that the loop watches.
type Watch struct {
	loop   *Loop
	handle demux.Handle
	want   demux.Ready
	fn     func(demux.Event)
	closed bool
}

type timer struct {
	at      time.Duration
	number  int // of the timers that have been set, in their order
	pending bool
	fn      func()
}

// Open makes a loop on a demultiplexer of h.
func Open(h demux.Host) (*Loop, error) {
	d, err := h.Open()
	if err != nil {
		return nil, err
	}
	return &Loop{host: h, demux: d, watches: map[demux.Handle]*Watch{}}, nil
}

// Watch calls fn whenever h is ready for want.
func (l *Loop) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*Watch, error) {
	w := &Watch{loop: l, handle: h, want: want, fn: fn}
	if err := l.demux.Register(h, demux.Token(h), want, mode); err != nil {
		return nil, err
	}
	l.watches[h] = w
	return w, nil
}

// Modify replaces interest and mode, and arms the watch again.
func (w *Watch) Modify(want demux.Ready, mode demux.Mode) error {
	if w.closed {
		return demux.ErrNotFound
	}
	if err := w.loop.demux.Modify(w.handle, demux.Token(w.handle), want, mode); err != nil {
		return err
	}
	w.want = want
	return nil
}

// Close ends the watch. The handle stays the caller's.
func (w *Watch) Close() error {
	if w.closed {
		return demux.ErrNotFound
	}
	w.closed = true
	delete(w.loop.watches, w.handle)
	return ignoreClosed(w.loop.demux.Deregister(w.handle))
}

// AfterFunc calls fn once, when d has passed.
func (l *Loop) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	l.set++
	t := &timer{at: l.host.Now() + d.Truncate(time.Millisecond), number: l.set, pending: true, fn: fn}
	i := len(l.timers)
	for i > 0 && l.timers[i-1].at > t.at {
		i--
	}
	l.timers = append(l.timers[:i], append([]*timer{t}, l.timers[i:]...)...)
	return func() bool {
		was := t.pending
		t.pending = false
		for i, other := range l.timers {
			if other == t {
				l.timers = append(l.timers[:i:i], l.timers[i+1:]...)
				break
			}
		}
		return was
	}
}

// Post has the loop call fn once, soon.
func (l *Loop) Post(fn func()) error {
	l.host.Yield("post")
	l.mu.Lock()
	if l.closed.Load() {
		l.mu.Unlock()
		return demux.ErrClosed
	}
	l.posted = append(l.posted, fn)
	l.mu.Unlock()
	l.host.Yield("posted")
	return ignoreClosed(l.demux.Wake())
}

// Run runs the loop until Close.
func (l *Loop) Run() error {
	events := make([]demux.Event, 64)
	for !l.closed.Load() {
		l.runTimers()
		l.runPosted()
		l.host.Yield("wait")
		n, err := l.demux.Wait(events, l.timeout())
		if err != nil {
			return ignoreClosed(err)
		}
		for _, ev := range events[:n] {
			l.dispatch(ev)
		}
	}
	return nil
}

// Close ends the loop.
func (l *Loop) Close() error {
	if l.closed.Swap(true) {
		return demux.ErrClosed
	}
	return l.demux.Wake()
}

func (l *Loop) dispatch(ev demux.Event) {
	w := l.watches[demux.Handle(ev.Token)]
	if w == nil || l.closed.Load() {
		return
	}
	ev.Ready &= w.want | demux.Hangup | demux.Failed
	if ev.Ready != 0 {
		w.fn(ev)
	}
}

// runTimers runs the timers that are due. Those that they set wait for the next
// iteration.
func (l *Loop) runTimers() {
	now, last := l.host.Now(), l.set
	for len(l.timers) > 0 && l.timers[0].at <= now && l.timers[0].number <= last && !l.closed.Load() {
		t := l.timers[0]
		l.timers = l.timers[1:]
		t.pending = false
		t.fn()
	}
}

// runPosted runs what was posted, until nothing is left.
func (l *Loop) runPosted() {
	for {
		l.mu.Lock()
		if len(l.posted) == 0 || l.closed.Load() {
			l.mu.Unlock()
			return
		}
		fn := l.posted[0]
		l.posted = l.posted[1:]
		l.mu.Unlock()
		fn()
	}
}

func (l *Loop) timeout() time.Duration {
	if len(l.timers) == 0 {
		return -1
	}
	return max(l.timers[0].at-l.host.Now(), 0)
}

func ignoreClosed(err error) error {
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}
