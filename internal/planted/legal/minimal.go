package legal

import (
	"container/heap"
	"time"

	"reactortest/demux"
)

// Minimal is a loop that can do no more than it must: no steps, no end of its
// own, no functions for closed watches. Its timers are a heap in which one
// that is stopped stays until it comes to the top.
type Minimal struct {
	loop   *Loop
	heap   timerHeap
	serial uint64
}

// MinimalWatch is a watch that can do no more than it must.
type MinimalWatch struct{ watch *Watch }

// OpenMinimal opens a loop that has only what a Reactor must have, and a heap
// of timers in which the stopped ones stay until they come to the top, as in
// asyncio.
func OpenMinimal(h demux.Host) (*Minimal, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	m := &Minimal{loop: l}
	l.arch = l // only Run of Minimal runs it
	return m, nil
}

// Watch calls fn whenever h is ready for want.
func (m *Minimal) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (*MinimalWatch, error) {
	w, err := m.loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return &MinimalWatch{w}, nil
}

// Modify replaces interest and mode, and arms the watch again.
func (w *MinimalWatch) Modify(want demux.Ready, mode demux.Mode) error {
	return w.watch.Modify(want, mode)
}

// Close ends the watch at once. The handle stays the caller's.
func (w *MinimalWatch) Close() error { return w.watch.Close() }

// AfterFunc calls fn once, when d has passed.
func (m *Minimal) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	m.serial++
	t := &timer{at: deadline(m.loop.host.Now(), d), serial: m.serial, pending: true, fn: fn}
	heap.Push(&m.heap, t)
	return func() bool {
		was := t.pending
		t.pending = false
		return was
	}
}

// Post has the loop call fn once, soon, unless the loop is closed before.
func (m *Minimal) Post(fn func()) error { return m.loop.Post(fn) }

// Close ends the loop.
func (m *Minimal) Close() error { return m.loop.Close() }

// Run runs the loop until Close.
func (m *Minimal) Run() error {
	l := m.loop
	for {
		timeout := time.Duration(-1)
		if t := m.top(); t != nil {
			timeout = max(t.at-l.host.Now(), 0)
		}
		got, err := l.demux.Wait(l.events[:], timeout)
		if err != nil {
			return ignoreClosed(err)
		}
		l.runPosted(all)
		l.dispatch(l.events[:got])
		m.runDue(l.host.Now())
		l.closing = nil // there is nobody to tell
	}
}

// top returns the next timer that runs, nil if there is none.
func (m *Minimal) top() *timer {
	for len(m.heap) > 0 && !m.heap[0].pending {
		heap.Pop(&m.heap)
	}
	if len(m.heap) == 0 {
		return nil
	}
	return m.heap[0]
}

func (m *Minimal) runDue(now time.Duration) {
	last := m.serial
	for t := m.top(); t != nil && t.at <= now && t.serial <= last && !m.loop.closed.Load(); t = m.top() {
		t.pending = false
		t.fn()
	}
}

// timerHeap is a heap.Interface.
type timerHeap []*timer

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].before(h[j]) }
func (h timerHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push is heap.Interface's.
func (h *timerHeap) Push(x any) { *h = append(*h, x.(*timer)) }

// Pop is heap.Interface's.
func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	t := (*h)[last]
	*h = (*h)[:last]
	return t
}
