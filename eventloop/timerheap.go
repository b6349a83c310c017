package eventloop

import "time"

// timerHeap is a heap of values with four children to a node: half as deep as a
// binary heap, and four children are 64 bytes, which is a cache line.
type timerHeap []entry

// entry is a deadline of a timer.
type entry struct {
	deadline time.Duration
	seq      uint32
	slot     uint32
}

// before is the order of the heap. The numbers of timers wrap around.
func (e *entry) before(f *entry) bool {
	return e.deadline < f.deadline || e.deadline == f.deadline && int32(e.seq-f.seq) < 0
}

func (h *timerHeap) push(e entry) {
	*h = append(*h, e)
	h.up(len(*h)-1, e)
}

// remove closes the gap at i with the last entry, which belongs somewhere above or
// below it.
func (h *timerHeap) remove(i int) {
	end := len(*h) - 1
	last := (*h)[end]
	*h = (*h)[:end]
	if i == end {
		return
	}
	if i > 0 && last.before(&(*h)[(i-1)/4]) {
		h.up(i, last)
		return
	}
	h.down(i, last)
}

// up puts e at i, or nearer to the root.
func (h *timerHeap) up(i int, e entry) {
	heap := *h
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&heap[parent]) {
			break
		}
		heap[i] = heap[parent]
		i = parent
	}
	heap[i] = e
}

// down puts e at i, or further from the root.
func (h *timerHeap) down(i int, e entry) {
	heap := *h
	for {
		first := 4*i + 1
		if first >= len(heap) {
			break
		}
		child := first
		for c := first + 1; c < min(first+4, len(heap)); c++ {
			if heap[c].before(&heap[child]) {
				child = c
			}
		}
		if !heap[child].before(&e) {
			break
		}
		heap[i] = heap[child]
		i = child
	}
	heap[i] = e
}
