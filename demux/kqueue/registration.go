package kqueue

import (
	"math"

	"reactortest/demux"
)

// slot is what the Demux knows of one registration.
type slot struct {
	handle demux.Handle
	token  demux.Token
	fired  uint32 // oneshot, in the report in progress: its event's index in dst, and one
	want   demux.Ready
	armed  demux.Ready // the directions that have a knote
	mode   demux.Mode
}

const (
	wakeData   = math.MaxUint32 // the user data of the wake's knote; a slot's is its index. 32 bits: a pointer's width
	maxChanges = 4              // of one Register, Modify or Deregister
)

// directions are what a registration may have a knote for.
var directions = [...]demux.Ready{demux.Readable, demux.Writable}

// Register adds the knotes of h.
func (b *backend) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if _, registered := b.byHandle[h]; registered {
		return demux.ErrExists
	}
	// The kernel's descriptors are C ints: a larger handle would be cut to
	// the number of another one, so it is not open.
	if h > math.MaxInt32 {
		return EBADF.Err("kevent")
	}
	if want == 0 {
		if err := b.probe(h); err != nil {
			return err
		}
	}
	i := b.slots.Take()
	s := b.slots.At(i)
	*s = slot{handle: h, token: tok, want: want, armed: want, mode: mode}
	b.changes = b.changes[:0]
	for _, dir := range directions {
		if want&dir != 0 {
			b.add(h, i, dir, mode)
		}
	}
	if e := b.apply(b.changes); e != 0 {
		b.deleteEach(h, want)
		b.freeSlot(i)
		return e.Err("kevent")
	}
	b.byHandle[h] = i
	return nil
}

// probe returns an error if h is not open. To find that a knote does not exist
// the kernel looks the descriptor up first: EBADF says that it is not open,
// ENOENT that it is.
// Where EnoentFirst holds, only a knote that is added tells; it is disabled, and
// deleted at once.
func (b *backend) probe(h demux.Handle) error {
	b.changes = b.changes[:0]
	if b.profile.EnoentFirst {
		b.changes = append(b.changes, Kevent{Ident: uint64(h), Filter: b.profile.Read, Flags: Add | Disable})
	}
	b.delete(h, demux.Readable)
	if e := b.apply(b.changes); e != 0 && e != ENOENT {
		return e.Err("kevent")
	}
	return nil
}

// Modify changes the knotes of h, all or none.
func (b *backend) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	i, ok := b.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	s := b.slots.At(i)
	b.changes = b.changes[:0]
	// First the knotes that are new: they are what may fail, for want of
	// memory, and until then nothing else has changed.
	for _, dir := range directions {
		if (want&^s.armed)&dir != 0 {
			b.add(h, i, dir, mode)
		}
	}
	for _, dir := range directions {
		switch {
		case s.armed&dir == 0:
		case want&dir == 0:
			b.delete(h, dir)
		default:
			if flags(s.mode) != flags(mode) {
				b.delete(h, dir)
			}
			b.add(h, i, dir, mode) // again: the filter is run, a condition that holds is reported (W5)
		}
	}
	if len(b.changes) > 0 {
		if e := b.apply(b.changes); e != 0 {
			return b.undo(h, i, want, mode, e)
		}
	}
	s.token, s.want, s.armed, s.mode = tok, want, want, mode
	return nil
}

// undo takes back a Modify of slot i that failed with e, and returns the
// error. If h was closed, nothing is left to take back.
func (b *backend) undo(h demux.Handle, i uint32, want demux.Ready, mode demux.Mode, e Errno) error {
	s := b.slots.At(i)
	if e == ENOENT || e == EBADF {
		// h was closed without Deregister. What was added belongs to
		// another object by now, if the number was used again.
		b.deleteEach(h, want|s.armed)
		b.forget(h, i)
		return demux.ErrNotFound
	}
	b.deleteEach(h, want&^s.armed)
	if flags(s.mode) != flags(mode) {
		b.deleteEach(h, want&s.armed)
	}
	for _, dir := range directions {
		if s.armed&dir != 0 {
			b.changes = b.changes[:0]
			b.add(h, i, dir, s.mode)
			if b.apply(b.changes) != 0 {
				s.armed &^= dir // it was deleted, and there is no memory: a Modify that succeeds mends it
			}
		}
	}
	return e.Err("kevent")
}

// Deregister deletes the knotes of h.
func (b *backend) Deregister(h demux.Handle) error {
	i, ok := b.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	armed := b.slots.At(i).armed
	b.changes = b.changes[:0]
	for _, dir := range directions {
		if armed&dir != 0 {
			b.delete(h, dir)
		}
	}
	var e Errno
	if len(b.changes) > 0 {
		e = b.apply(b.changes)
	}
	switch {
	case e == ENOENT || e == EBADF:
		// h was closed without Deregister, which ended its knotes.
		b.deleteEach(h, armed)
		b.forget(h, i)
		return demux.ErrNotFound
	case e != 0:
		return e.Err("kevent")
	default:
		b.forget(h, i)
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
func (b *backend) filter(dir demux.Ready) int32 {
	if dir == demux.Writable {
		return b.profile.Write
	}
	return b.profile.Read
}

// add and delete append a change to b.changes.
func (b *backend) add(h demux.Handle, i uint32, dir demux.Ready, mode demux.Mode) {
	b.changes = append(b.changes, Kevent{
		Ident: uint64(h), Filter: b.filter(dir), Flags: Add | Enable | flags(mode), Udata: uint64(i),
	})
}

func (b *backend) delete(h demux.Handle, dir demux.Ready) {
	b.changes = append(b.changes, Kevent{Ident: uint64(h), Filter: b.filter(dir), Flags: Delete})
}

// deleteEach deletes the knotes of dirs that there are.
func (b *backend) deleteEach(h demux.Handle, dirs demux.Ready) {
	for _, dir := range directions {
		if dirs&dir != 0 {
			b.changes = b.changes[:0]
			b.delete(h, dir)
			_ = b.apply(b.changes) // ENOENT: it is not there
		}
	}
}

func (b *backend) forget(h demux.Handle, i uint32) {
	delete(b.byHandle, h)
	b.freeSlot(i)
}

func (b *backend) freeSlot(i uint32) {
	*b.slots.At(i) = slot{token: demux.NoToken}
	b.slots.Free(i)
}
