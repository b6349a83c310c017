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

// put puts an entry that a timer has at i.
func (t *timers) put(i int, e entry) {
	t.heap[i] = e
	t.slots[e.slot].place = uint32(i + 1)
}

// move moves the entry at from to i, whoever has it.
func (t *timers) move(i, from int) {
	e := t.heap[from]
	t.heap[i] = e
	if s := &t.slots[e.slot]; s.place == uint32(from+1) {
		s.place = uint32(i + 1)
	}
}

// drop drops the root, which no timer has any more. The last entry that a timer has
// closes the gap, and those behind it go.
func (t *timers) drop() {
	for end := len(t.heap) - 1; end > 0; end-- {
		last := t.heap[end]
		t.heap = t.heap[:end]
		if t.slots[last.slot].place == uint32(end+1) {
			t.down(0, last)
			return
		}
	}
	t.heap = t.heap[:0]
}

// up puts e, which a timer has, at i, or nearer to the root.
func (t *timers) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&t.heap[parent]) {
			break
		}
		t.move(i, parent)
		i = parent
	}
	t.put(i, e)
}

// down puts e, which a timer has, at i, or further from the root.
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
		t.move(i, first+child)
		i = first + child
	}
	t.put(i, e)
}

// rebuild drops the entries that are nobody's, makes the others true, and puts them in
// order.
func (t *timers) rebuild() {
	kept := t.heap[:0]
	for i, e := range t.heap {
		s := &t.slots[e.slot]
		switch {
		case s.place != uint32(i+1):
			continue
		case s.fresh != 0: // begin gives it another entry
			s.place = 0
			continue
		}
		kept = append(kept, entry{s.deadline, s.seq, e.slot})
		s.place = uint32(len(kept))
	}
	t.heap = kept
	for i := (len(kept)+2)/4 - 1; i >= 0; i-- {
		t.down(i, kept[i])
	}
}
