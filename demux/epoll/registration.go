package epoll

import (
	"math"

	"reactortest/demux"
)

// Register adds h to the set.
func (b *backend) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	i := b.slots.Take()
	// The map is not asked first. Only the kernel knows whether a number
	// that is in it still names the object that was registered.
	if e := b.control(CtlAdd, h, i, want, mode); e != 0 {
		b.freeSlot(i)
		if e == EEXIST {
			return demux.ErrExists
		}
		return e.Err("epoll_ctl")
	}
	// If the map has h, the caller has closed that handle without Deregister
	// and the number came back. The old slot is a ghost from here on.
	b.byHandle[h] = i
	*b.slots.At(i) = slot{token: tok, want: want}
	return nil
}

// Modify changes the registration of h.
func (b *backend) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	i, ok := b.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	if e := b.control(CtlMod, h, i, want, mode); e != 0 {
		return b.lost(h, e)
	}
	*b.slots.At(i) = slot{token: tok, want: want}
	return nil
}

// Deregister takes h out of the set.
func (b *backend) Deregister(h demux.Handle) error {
	i, ok := b.byHandle[h]
	if !ok {
		return demux.ErrNotFound
	}
	if e := b.control(CtlDel, h, i, 0, demux.Level); e != 0 {
		return b.lost(h, e)
	}
	delete(b.byHandle, h)
	b.freeSlot(i)
	return nil
}

// lost returns the error of a call about h, which the map has. If the kernel
// does not know h, it was closed without Deregister: the map forgets it, and
// its slot stays for what the kernel may still report (W14).
func (b *backend) lost(h demux.Handle, e Errno) error {
	if e == ENOENT || e == EBADF {
		delete(b.byHandle, h)
		return demux.ErrNotFound
	}
	return e.Err("epoll_ctl")
}

// control calls EpollCtl for h. The kernel's descriptors are C ints: a larger
// handle would be cut to the number of another one, so it is not open.
func (b *backend) control(op int, h demux.Handle, i uint32, want demux.Ready, mode demux.Mode) Errno {
	if h > math.MaxInt32 {
		return EBADF
	}
	b.interest = Event{Events: interest(want, mode), Data: uint64(i)}
	return b.sys.EpollCtl(b.epfd, op, int(h), &b.interest)
}

func (b *backend) freeSlot(i uint32) {
	*b.slots.At(i) = slot{token: demux.NoToken}
	b.slots.Free(i)
}
