package eventloop

import "time"

// entry is a deadline of a timer. The heap has four entries below each: it is half as
// deep as a binary one, and four entries are 64 bytes, which is a cache line.
type entry struct {
	deadline time.Duration
	seq      uint32
	slot     uint32
}

// before is the order of the heap. The numbers of timers wrap around.
func (e *entry) before(f *entry) bool {
	return e.deadline < f.deadline || e.deadline == f.deadline && int32(e.seq-f.seq) < 0
}

// put puts e at i.
func (t *timers) put(i int, e entry) {
	t.heap[i] = e
	if e.slot != noSlot {
		t.slots[e.slot].place = uint32(i + 1)
	}
}

// cut drops the entry at i, whose slot does not know it any more. The last entry,
// which closes the gap, belongs somewhere above or below it.
func (t *timers) cut(i int) {
	end := len(t.heap) - 1
	for ; end > i && t.heap[end].slot == noSlot; end-- { // nobody's, too
	}
	last := t.heap[end]
	t.heap = t.heap[:end]
	switch {
	case i == end:
	case i > 0 && last.before(&t.heap[(i-1)/4]):
		t.up(i, last)
	default:
		t.down(i, last)
	}
}

// up puts e at i, or nearer to the root.
func (t *timers) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&t.heap[parent]) {
			break
		}
		t.put(i, t.heap[parent])
		i = parent
	}
	t.put(i, e)
}

// down puts e at i, or further from the root.
func (t *timers) down(i int, e entry) {
	for {
		first := 4*i + 1
		if first >= len(t.heap) {
			break
		}
		below := t.heap[first:min(first+4, len(t.heap))]
		child := 0
		for c := 1; c < len(below); c++ {
			if below[c].before(&below[child]) {
				child = c
			}
		}
		if !below[child].before(&e) {
			break
		}
		t.put(i, below[child])
		i = first + child
	}
	t.put(i, e)
}

// rebuild makes all entries true, and puts them in order.
func (t *timers) rebuild() {
	kept := t.heap[:0]
	for _, e := range t.heap {
		if e.slot == noSlot {
			continue
		}
		s := &t.slots[e.slot]
		s.place = 0
		if s.fresh != 0 {
			continue // it gets another entry when it counts
		}
		kept = append(kept, entry{s.deadline, s.seq, e.slot})
		s.place = uint32(len(kept))
	}
	t.heap = kept
	for i := (len(kept)+2)/4 - 1; i >= 0; i-- {
		t.down(i, kept[i])
	}
}
