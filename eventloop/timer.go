package eventloop

import "time"

const never = time.Duration(1<<63 - 1)

// Timer is one call in the future. Only the loop's goroutine may call its
// methods.
type Timer struct {
	loop     *Loop
	fn       func()
	deadline time.Duration // in host time
	seq      uint64        // breaks ties: the one set first fires first
	index    int           // in the heap, -1 if not set
}

// AfterFunc calls fn once, in the timers phase of the first iteration that
// begins after d has passed, never before. Timers fire in the order of their
// deadlines; timers with equal deadlines fire in the order in which they were
// set. A timer that a timer's function sets waits for the next iteration even if
// d is 0. A negative d means 0. After Close, AfterFunc returns a timer that is
// not set. It panics if fn is nil.
func (l *Loop) AfterFunc(d time.Duration, fn func()) *Timer {
	if fn == nil {
		panic("eventloop: AfterFunc without a function")
	}
	t := &Timer{loop: l, fn: fn, index: -1}
	t.set(d)
	return t
}

// Stop stops the timer. It returns true if it kept the timer's function from
// being called, and false if the function was called or the timer was stopped
// before. A stopped timer does not end a Wait.
func (t *Timer) Stop() bool {
	if t.index < 0 {
		return false
	}
	t.loop.timers.remove(t)
	return true
}

// Reset sets the timer again, to d from now, whether it has fired, was stopped or
// is still set. It reports whether the timer was still set. Among timers with
// equal deadlines, the timer counts as set now. Reset does not allocate.
func (t *Timer) Reset(d time.Duration) bool {
	was := t.Stop()
	t.set(d)
	return was
}

func (t *Timer) set(d time.Duration) {
	if t.loop.closed.Load() {
		return
	}
	now := t.loop.host.Now()
	t.deadline = never
	if d < never-now {
		t.deadline = now + max(d, 0)
	}
	t.loop.timers.push(t)
}

// runTimers calls the timers that are due. It pops one timer at a time, so that a
// function can stop a timer that is due with it. A timer that was set in this phase is
// never before an older one that is due, so the first of them ends the phase.
func (l *Loop) runTimers() (n int) {
	if len(l.timers.heap) == 0 {
		return 0
	}
	now, last := l.host.Now(), l.timers.seq
	for !l.closed.Load() {
		t := l.timers.min()
		if t == nil || t.deadline > now || t.seq > last {
			break
		}
		l.timers.remove(t)
		if l.observer != nil {
			l.observer(Step{Iteration: l.iteration, Phase: PhaseTimers, Deadline: t.deadline})
		}
		n++
		t.fn()
	}
	return n
}

// timerHeap is a binary heap by (deadline, seq).
type timerHeap struct {
	heap []*Timer
	seq  uint64 // of the timer that was set last
}

func (h *timerHeap) min() *Timer {
	if len(h.heap) == 0 {
		return nil
	}
	return h.heap[0]
}

func (h *timerHeap) push(t *Timer) {
	h.seq++
	t.seq = h.seq
	h.heap = append(h.heap, t)
	h.up(t, len(h.heap)-1)
}

// remove closes the gap that t leaves with the last timer, which belongs
// somewhere above or below it.
func (h *timerHeap) remove(t *Timer) {
	end := len(h.heap) - 1
	last := h.heap[end]
	h.heap[end] = nil
	h.heap = h.heap[:end]
	if last != t {
		h.down(last, t.index)
		h.up(last, last.index)
	}
	t.index = -1
}

// up puts t at i, or nearer to the root.
func (h *timerHeap) up(t *Timer, i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !t.before(h.heap[parent]) {
			break
		}
		h.put(h.heap[parent], i)
		i = parent
	}
	h.put(t, i)
}

// down puts t at i, or further from the root.
func (h *timerHeap) down(t *Timer, i int) {
	for {
		child := 2*i + 1
		if child >= len(h.heap) {
			break
		}
		if child+1 < len(h.heap) && h.heap[child+1].before(h.heap[child]) {
			child++
		}
		if !h.heap[child].before(t) {
			break
		}
		h.put(h.heap[child], i)
		i = child
	}
	h.put(t, i)
}

func (h *timerHeap) put(t *Timer, i int) {
	h.heap[i] = t
	t.index = i
}

func (t *Timer) before(u *Timer) bool {
	if t.deadline != u.deadline {
		return t.deadline < u.deadline
	}
	return t.seq < u.seq
}
