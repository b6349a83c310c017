package legal

import (
	"container/heap"
	"time"

	"reactortest/demux"
)

// untied keeps its timers in a heap that compares deadlines alone, as asyncio
// does. Timers with equal deadlines run in the order that the heap happens to
// have.
type untied struct {
	*Loop
	heap   untiedHeap
	serial uint64
	left   int
}

// untiedHeap is a heap.Interface.
type untiedHeap struct{ timerHeap }

// Less is heap.Interface's.
func (h untiedHeap) Less(i, j int) bool { return h.timerHeap[i].at < h.timerHeap[j].at }

// Untied opens a loop that keeps its timers in a heap that compares deadlines
// alone, as asyncio does: equal deadlines run in any order, which it declares.
func Untied(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &untied{Loop: l}
	return l, nil
}

func (l *untied) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	l.serial++
	t := &timer{at: deadline(l.host.Now(), d), serial: l.serial, pending: true, fn: fn}
	heap.Push(&l.heap, t)
	l.left++
	return func() bool { return l.end(t) }
}

// end reports whether t was to run, and sees to it that it does not any more.
func (l *untied) end(t *timer) bool {
	if !t.pending {
		return false
	}
	t.pending = false
	l.left--
	return true
}

func (l *untied) timersLeft() int { return l.left }

// top returns the next timer, nil if there is none.
func (l *untied) top() *timer {
	for l.heap.Len() > 0 && !l.heap.timerHeap[0].pending {
		heap.Pop(&l.heap)
	}
	if l.heap.Len() == 0 {
		return nil
	}
	return l.heap.timerHeap[0]
}

func (l *untied) runDue(now time.Duration) (n int) {
	last := l.serial
	for t := l.top(); t != nil && t.at <= now && t.serial <= last && !l.closed.Load(); t = l.top() {
		l.end(t)
		t.fn()
		n++
	}
	return n
}

func (l *untied) step(limit time.Duration) (n int, err error) {
	n = l.runDue(l.host.Now())
	n += l.runPosted(all)
	now := l.host.Now()
	timeout := l.timeout(limit, now)
	if t := l.top(); t != nil {
		timeout = sooner(timeout, max(t.at-now, 0))
	}
	got, err := l.demux.Wait(l.events[:], timeout)
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
