package kqueue

import (
	"math"

	"reactortest/demux"
)

// slot is what the Demux knows of one registration.
type slot struct {
	handle demux.Handle
	token  demux.Token
	next   uint32 // while free: the next free slot
	fired  uint32 // oneshot, in the report in progress: its event's index in dst, and one
	want   demux.Ready
	armed  demux.Ready // the directions that have a knote
	mode   demux.Mode
}

const (
	noSlot     = math.MaxUint32 // ends the list of free slots
	wakeData   = math.MaxUint32 // the user data of the wake's knote; a slot's is its index. 32 bits: a pointer's width
	maxChanges = 4              // of one Register, Modify or Deregister
)

// directions are what a registration may have a knote for.
var directions = [...]demux.Ready{demux.Readable, demux.Writable}

// Register starts to watch h, under the name tok.
func (d *Demux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := d.traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	return d.leave(d.register(h, tok, want, mode))
}

func (d *Demux) register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if _, registered := d.byHandle[h]; registered {
		return demux.ErrExists
	}
	// The kernel's descriptors are C ints: a larger handle would be cut to
	// the number of another one, so it is not open.
	if h > math.MaxInt32 {
		return EBADF.Err("kevent")
	}
	if want == 0 {
		if err := d.probe(h); err != nil {
			return err
		}
	}
	i := d.takeSlot()
	s := &d.slots[i]
	*s = slot{handle: h, token: tok, want: want, armed: want, mode: mode}
	d.changes = d.changes[:0]
	for _, dir := range directions {
		if want&dir != 0 {
			d.add(h, i, dir, mode)
		}
	}
	if e := d.apply(d.changes); e != 0 {
		d.deleteEach(h, want)
		d.freeSlot(i)
		return e.Err("kevent")
	}
	d.byHandle[h] = i
	return nil
}

// probe returns an error if h is not open. To find that a knote does not exist
// the kernel looks the descriptor up first: EBADF says that it is not open,
// ENOENT that it is.
func (d *Demux) probe(h demux.Handle) error {
	d.changes = d.changes[:0]
	d.delete(h, demux.Readable)
	if e := d.apply(d.changes); e != 0 && e != ENOENT {
		return e.Err("kevent")
	}
	return nil
}

// Modify replaces token, interest and mode of the registration of h.
func (d *Demux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := d.traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	return d.leave(d.modify(h, tok, want, mode))
}

func (d *Demux) modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	i, ok := d.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	s := &d.slots[i]
	d.changes = d.changes[:0]
	// First the knotes that are new: they are what may fail, for want of
	// memory, and until then nothing else has changed.
	for _, dir := range directions {
		if (want&^s.armed)&dir != 0 {
			d.add(h, i, dir, mode)
		}
	}
	for _, dir := range directions {
		switch {
		case s.armed&dir == 0:
		case want&dir == 0:
			d.delete(h, dir)
		default:
			if flags(s.mode) != flags(mode) {
				d.delete(h, dir)
			}
			d.add(h, i, dir, mode) // again: the filter is run, a condition that holds is reported (W5)
		}
	}
	if len(d.changes) > 0 {
		if e := d.apply(d.changes); e != 0 {
			return d.undo(h, i, want, mode, e)
		}
	}
	s.token, s.want, s.armed, s.mode = tok, want, want, mode
	return nil
}

// undo takes back a Modify of slot i that failed with e, and returns the
// error. If h was closed, nothing is left to take back.
func (d *Demux) undo(h demux.Handle, i uint32, want demux.Ready, mode demux.Mode, e Errno) error {
	s := &d.slots[i]
	if e == ENOENT || e == EBADF {
		// h was closed without Deregister. What was added belongs to
		// another object by now, if the number was used again.
		d.deleteEach(h, want|s.armed)
		d.forget(h, i)
		return demux.ErrNotFound
	}
	d.deleteEach(h, want&^s.armed)
	if flags(s.mode) != flags(mode) {
		d.deleteEach(h, want&s.armed)
	}
	for _, dir := range directions {
		if s.armed&dir != 0 {
			d.changes = d.changes[:0]
			d.add(h, i, dir, s.mode)
			if d.apply(d.changes) != 0 {
				s.armed &^= dir // it was deleted, and there is no memory: a Modify that succeeds mends it
			}
		}
	}
	return e.Err("kevent")
}

// Deregister ends the registration of h.
func (d *Demux) Deregister(h demux.Handle) error {
	if !d.enter() {
		return demux.ErrClosed
	}
	return d.leave(d.deregister(h))
}

func (d *Demux) deregister(h demux.Handle) error {
	i, ok := d.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	armed := d.slots[i].armed
	d.changes = d.changes[:0]
	for _, dir := range directions {
		if armed&dir != 0 {
			d.delete(h, dir)
		}
	}
	var e Errno
	if len(d.changes) > 0 {
		e = d.apply(d.changes)
	}
	switch {
	case e == ENOENT || e == EBADF:
		// h was closed without Deregister, which ended its knotes.
		d.deleteEach(h, armed)
		d.forget(h, i)
		return demux.ErrNotFound
	case e != 0:
		return e.Err("kevent")
	default:
		d.forget(h, i)
		return nil
	}
}

// flags returns the flags of a knote in the given mode. A oneshot knote is
// deleted by the kernel when it fires: unlike EV_DISPATCH every system has that,
// and there is no more to do for its direction.
func flags(mode demux.Mode) uint32 {
	switch {
	case mode&demux.Oneshot != 0:
		return Oneshot
	case mode&demux.Edge != 0:
		return Clear
	default:
		return 0
	}
}

// filter returns the filter of a direction.
func (d *Demux) filter(dir demux.Ready) int32 {
	if dir == demux.Writable {
		return d.profile.Write
	}
	return d.profile.Read
}

// add and delete append a change to d.changes.
func (d *Demux) add(h demux.Handle, i uint32, dir demux.Ready, mode demux.Mode) {
	d.changes = append(d.changes, Kevent{
		Ident: uint64(h), Filter: d.filter(dir), Flags: Add | Enable | flags(mode), Udata: uint64(i),
	})
}

func (d *Demux) delete(h demux.Handle, dir demux.Ready) {
	d.changes = append(d.changes, Kevent{Ident: uint64(h), Filter: d.filter(dir), Flags: Delete})
}

// deleteEach deletes the knotes of dirs that there are.
func (d *Demux) deleteEach(h demux.Handle, dirs demux.Ready) {
	for _, dir := range directions {
		if dirs&dir != 0 {
			d.changes = d.changes[:0]
			d.delete(h, dir)
			_ = d.apply(d.changes) // ENOENT: it is not there
		}
	}
}

func (d *Demux) forget(h demux.Handle, i uint32) {
	delete(d.byHandle, h)
	d.freeSlot(i)
}

// takeSlot returns a slot that is not in use.
func (d *Demux) takeSlot() uint32 {
	if i := d.free; i != noSlot {
		d.free = d.slots[i].next
		return i
	}
	d.slots = append(d.slots, slot{})
	return uint32(len(d.slots) - 1)
}

func (d *Demux) freeSlot(i uint32) {
	d.slots[i] = slot{token: demux.NoToken, next: d.free}
	d.free = i
}
