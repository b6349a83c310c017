package scheduler

import "time"

// Timer is one deadline in virtual time. Make it with NewTimer; arming it
// again does not allocate.
type Timer struct {
	at    time.Duration
	seq   uint64 // breaks ties: the one armed first fires first
	index int    // in the heap, -1 if not armed
	task  *Task
	do    func()
}

// NewTimer returns a timer that calls do when it fires. do runs between the
// steps of tasks and must not block.
func (s *Tasks) NewTimer(do func()) *Timer {
	return &Timer{index: -1, do: do}
}

// At calls do when virtual time reaches at. If at has passed, it calls do the next
// time that no task is runnable.
func (s *Tasks) At(at time.Duration, do func()) *Timer {
	t := s.NewTimer(do)
	s.arm(t, at)
	return t
}

// Arm sets t to fire at the virtual time at. It replaces an earlier setting.
func (s *Tasks) Arm(t *Timer, at time.Duration) {
	s.disarm(t)
	s.arm(t, at)
}

// Disarm keeps t from firing. It reports whether t was armed.
func (s *Tasks) Disarm(t *Timer) bool {
	armed := t.index >= 0
	s.disarm(t)
	return armed
}

func (s *Tasks) arm(t *Timer, at time.Duration) {
	s.timerSeq++
	t.at, t.seq = at, s.timerSeq
	s.timers.push(t)
}

func (s *Tasks) disarm(t *Timer) {
	if t.index >= 0 {
		s.timers.remove(t)
	}
}

// timerHeap is a binary heap by (at, seq).
type timerHeap []*Timer

func (h timerHeap) min() *Timer {
	if len(h) == 0 {
		return nil
	}
	return h[0]
}

func (h timerHeap) less(i, j int) bool {
	if h[i].at != h[j].at {
		return h[i].at < h[j].at
	}
	return h[i].seq < h[j].seq
}

func (h timerHeap) swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *timerHeap) push(t *Timer) {
	t.index = len(*h)
	*h = append(*h, t)
	h.up(t.index)
}

func (h *timerHeap) remove(t *Timer) {
	last := len(*h) - 1
	i := t.index
	h.swap(i, last)
	(*h)[last] = nil
	*h = (*h)[:last]
	t.index = -1
	if i < last {
		h.up(i)
		h.down(i)
	}
}

func (h timerHeap) up(i int) {
	for i > 0 && h.less(i, (i-1)/2) {
		h.swap(i, (i-1)/2)
		i = (i - 1) / 2
	}
}

func (h timerHeap) down(i int) {
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h.less(child+1, child) {
			child++
		}
		if !h.less(child, i) {
			return
		}
		h.swap(i, child)
		i = child
	}
}

func (h *timerHeap) clear() {
	for _, t := range *h {
		t.index = -1
	}
	clear(*h)
	*h = (*h)[:0]
}
