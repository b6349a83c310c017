package eventloop

import "time"

// timers are the timers of a loop. A slot has what there is to know of a timer, and a
// heap has the deadlines.
//
// An entry of the heap belongs to a timer if the timer's slot has its place. Such an
// entry is never later than its timer, but it may be earlier: a timer that is set again
// to a later time keeps its entry, which is put right when it comes to the root. A
// timeout that is set again with each request costs a move in the heap only when the
// time is over that it was set to first. After settle, the entry at the root is true,
// and it is the first.
//
// A timer that is stopped leaves an entry that is nobody's, and so does one that is set
// again to an earlier time. To find an entry in a large heap costs more than all the
// rest of these calls, so they do not look: rebuild drops such entries together, once
// they are more than the timers.
type timers struct {
	slots []timerSlot
	free  []uint32  // indexes, used from the end
	live  int       // slots that are taken
	fresh []setting // timers that are not in the heap yet, in the order they were set
	heap  []entry
	seq   uint32 // of the timer that has come to the heap last
}

// timerSlot is one timer, or free.
type timerSlot struct {
	fn         func() // nil if free
	deadline   time.Duration
	seq        uint32 // breaks ties: what was set first fires first
	place      uint32 // in the heap, from 1; 0 if it is not there
	generation uint32 // grows each time the slot is given up
	fresh      uint32 // its place in fresh, from 1; 0 if it is not there
}

// setting is a timer that is not in the heap yet. If the timer was stopped or set again
// since, its slot does not have this place in fresh.
type setting struct {
	deadline time.Duration
	slot     uint32
}

const noSlot = ^uint32(0) // of a timer that is not set

// take takes a slot for fn.
func (t *timers) take(fn func()) (slot, generation uint32) {
	if n := len(t.free); n > 0 {
		slot = t.free[n-1]
		t.free = t.free[:n-1]
	} else {
		slot = uint32(len(t.slots))
		t.slots = append(t.slots, timerSlot{})
	}
	t.live++
	s := &t.slots[slot]
	s.fn = fn
	return slot, s.generation
}

// isSet reports whether the slot is still taken by the timer that has got it with
// the generation.
func (t *timers) isSet(slot, generation uint32) bool {
	if uint64(slot) >= uint64(len(t.slots)) {
		return false
	}
	// A free slot has a generation that nobody has got yet.
	return t.slots[slot].generation == generation
}

// remove gives up a slot.
func (t *timers) remove(slot uint32) {
	s := &t.slots[slot]
	s.fn = nil
	s.place = 0
	s.fresh = 0
	s.generation++
	t.free = append(t.free, slot)
	t.live--
	t.tidy()
}

// tidy keeps the heap in proportion to the timers. A rebuild takes a time in proportion
// to the heap, and half as many calls as the heap has entries come before the next.
func (t *timers) tidy() {
	if len(t.heap) > 2*t.live+64 {
		t.rebuild()
	}
}

// again sets a timer to a deadline if it was the last one that was set and is not in the
// heap yet. Otherwise it reports false.
func (t *timers) again(slot uint32, deadline time.Duration) bool {
	n := len(t.fresh)
	if n == 0 || t.slots[slot].fresh != uint32(n) {
		return false
	}
	t.fresh[n-1].deadline = deadline
	return true
}

// add sets the timer in slot to a deadline. It can fire after the next begin.
func (t *timers) add(slot uint32, deadline time.Duration) {
	s := &t.slots[slot]
	if len(t.fresh) > 2*t.live+64 {
		t.compact()
	}
	t.fresh = append(t.fresh, setting{deadline, slot})
	s.fresh = uint32(len(t.fresh))
}

// compact drops from fresh what was stopped or set again.
func (t *timers) compact() {
	kept := t.fresh[:0]
	for i, d := range t.fresh {
		if s := &t.slots[d.slot]; s.fresh == uint32(i+1) {
			kept = append(kept, d)
			s.fresh = uint32(len(kept))
		}
	}
	t.fresh = kept
}

// begin puts the timers that were set into the heap.
func (t *timers) begin() {
	if len(t.fresh) == 0 {
		return
	}
	for i := range t.fresh {
		d := &t.fresh[i]
		if s := &t.slots[d.slot]; s.fresh == uint32(i+1) {
			s.fresh = 0
			t.insert(d.slot, d.deadline)
		}
	}
	t.fresh = t.fresh[:0]
}

// insert puts the timer in slot into the heap, or sets it to another deadline there.
func (t *timers) insert(slot uint32, deadline time.Duration) {
	s := &t.slots[slot]
	later := s.place != 0 && deadline >= s.deadline
	t.seq++
	s.deadline, s.seq = deadline, t.seq
	if later {
		return
	}
	t.heap = append(t.heap, entry{})
	t.up(len(t.heap)-1, entry{deadline, t.seq, slot})
	t.tidy()
}

// settle puts the root right until it is the first timer in the heap. It reports
// false if there is none.
func (t *timers) settle() bool {
	for moves := 0; len(t.heap) > 0; moves++ {
		if moves >= 64+len(t.heap)/8 {
			t.rebuild() // cheaper than as many moves again; it may leave nothing
			moves = 0
			continue
		}
		root := &t.heap[0]
		s := &t.slots[root.slot]
		switch {
		case s.place != 1: // nobody's
			t.drop()
		case s.fresh != 0: // begin gives it another entry
			s.place = 0
			t.drop()
		case s.seq != root.seq || s.deadline != root.deadline: // set again, to a later time
			t.down(0, entry{s.deadline, s.seq, root.slot})
		default:
			return true
		}
	}
	return false
}

// min returns the first deadline, never if the heap has no timer.
func (t *timers) min() time.Duration {
	if !t.settle() {
		return never
	}
	return t.heap[0].deadline
}

// takeDue gives up the slot of the first timer and returns what it had, if that
// timer is due by now. Otherwise fn is nil.
func (t *timers) takeDue(now time.Duration) (fn func(), deadline time.Duration) {
	// A root that is not due needs no care: it is no later than its timer.
	if len(t.heap) == 0 || t.heap[0].deadline > now || !t.settle() {
		return nil, 0
	}
	root := t.heap[0]
	if root.deadline > now {
		return nil, 0
	}
	s := &t.slots[root.slot]
	fn, s.place = s.fn, 0
	t.drop()
	t.remove(root.slot)
	return fn, root.deadline
}
