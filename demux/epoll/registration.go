package epoll

import (
	"math"

	"reactortest/demux"
)

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
	i := d.takeSlot()
	// The map is not asked first. Only the kernel knows whether a number
	// that is in it still names the object that was registered.
	if e := d.control(CtlAdd, h, i, want, mode); e != 0 {
		d.freeSlot(i)
		if e == EEXIST {
			return demux.ErrExists
		}
		return e.Err("epoll_ctl")
	}
	// If the map has h, the caller has closed that handle without Deregister
	// and the number came back. The old slot is a ghost from here on.
	d.byHandle[h] = i
	d.slots[i] = slot{token: tok, want: want}
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
	if e := d.control(CtlMod, h, i, want, mode); e != 0 {
		return d.lost(h, e)
	}
	d.slots[i] = slot{token: tok, want: want}
	return nil
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
	if e := d.control(CtlDel, h, i, 0, demux.Level); e != 0 {
		return d.lost(h, e)
	}
	delete(d.byHandle, h)
	d.freeSlot(i)
	return nil
}

// lost returns the error of a call about h, which the map has. If the kernel
// does not know h, it was closed without Deregister: the map forgets it, and
// its slot stays for what the kernel may still report (W14).
func (d *Demux) lost(h demux.Handle, e Errno) error {
	if e == ENOENT || e == EBADF {
		delete(d.byHandle, h)
		return demux.ErrNotFound
	}
	return e.Err("epoll_ctl")
}

// control calls EpollCtl for h. The kernel's descriptors are C ints: a larger
// handle would be cut to the number of another one, so it is not open.
func (d *Demux) control(op int, h demux.Handle, i uint32, want demux.Ready, mode demux.Mode) Errno {
	if h > math.MaxInt32 {
		return EBADF
	}
	d.interest = Event{Events: interest(want, mode), Data: uint64(i)}
	return d.sys.EpollCtl(d.epfd, op, int(h), &d.interest)
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
