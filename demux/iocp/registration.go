package iocp

import "reactortest/demux"

// Register asks AFD about h.
func (b *backend) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if old := b.byHandle[h]; old != nil {
		// The caller may have closed that handle without Deregister, and the
		// number came back (W14). Then the packet of its poll is here.
		if err := b.drain(); err != nil {
			return err
		}
		if !old.closed {
			return demux.ErrExists
		}
	}
	base, e := b.sys.BaseSocket(h)
	if e == WSAENOTSOCK || e == ErrorInvalidHandle {
		e = WSAEBADF // what is no socket and what is not open have one error
	}
	if e != 0 {
		return e.Err("WSAIoctl")
	}
	if err := b.awaitGhosts(base); err != nil {
		return err
	}
	r := b.spareRegs.Take()
	*r = registration{handle: h, base: base, token: tok, want: want, mode: mode}
	r.work.reg = r
	if err := b.join(r); err != nil {
		b.spareRegs.Give(r)
		return err
	}
	r.op = b.acquire(&r.work)
	// Asked now, a handle that is closed too soon ends this poll. Should it be
	// ready already, Wait asks again: by then it may be more.
	events, e := b.ask(r)
	if e != 0 {
		b.drop(r)
		if e == StatusInvalidHandle {
			e = WSAEBADF
		}
		return e.Err("NtDeviceIoControlFile")
	}
	if r.state == idle {
		r.closed = events&PollLocalClose != 0
		b.queue.push(&r.work)
	}
	b.byHandle[h] = r
	return nil
}

// Modify changes what AFD is asked about h.
func (b *backend) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	r := b.byHandle[h]
	if r == nil || r.closed {
		return demux.ErrNotFound
	}
	r.token, r.want, r.mode = tok, want, mode
	switch {
	case r.state == idle:
		b.queue.push(&r.work)
	case interest(want)&^r.asked != 0:
		b.recall(r) // its packet brings r back into the queue
	}
	return nil
}

// Deregister ends the poll of h.
func (b *backend) Deregister(h demux.Handle) error {
	r := b.byHandle[h]
	if r == nil {
		return demux.ErrNotFound
	}
	delete(b.byHandle, h)
	if r.state == idle {
		b.drop(r)
		return nil
	}
	b.recall(r)
	r.gone = true
	b.canceled-- // Wait need not await its packet
	b.ghosts[r.base]++
	return nil
}
