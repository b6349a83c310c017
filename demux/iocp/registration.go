package iocp

import "reactortest/demux"

// Register starts to watch h, under the name tok.
func (d *Demux) Register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	return d.leave(d.register(h, tok, want, mode))
}

func (d *Demux) register(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if old := d.byHandle[h]; old != nil {
		// The caller may have closed that handle without Deregister, and the
		// number came back (W14). Then the packet of its poll is here.
		if err := d.drain(); err != nil {
			return err
		}
		if !old.closed {
			return demux.ErrExists
		}
	}
	base, e := d.sys.BaseSocket(h)
	if e == WSAENOTSOCK || e == ErrorInvalidHandle {
		e = WSAEBADF // what is no socket and what is not open have one error
	}
	if e != 0 {
		return e.Err("WSAIoctl")
	}
	r := d.newRegistration()
	*r = registration{handle: h, base: base, token: tok, want: want, mode: mode}
	r.work.reg = r
	if err := d.join(r); err != nil {
		d.spareRegs = append(d.spareRegs, r)
		return err
	}
	r.op = d.acquire(&r.work)
	// Asked now, a handle that is closed too soon ends this poll. Should it be
	// ready already, Wait asks again: by then it may be more.
	events, e := d.ask(r)
	if e != 0 {
		d.drop(r)
		if e == StatusInvalidHandle {
			e = WSAEBADF
		}
		return e.Err("NtDeviceIoControlFile")
	}
	if r.state == idle {
		r.closed = events&PollLocalClose != 0
		d.queue.push(&r.work)
	}
	d.byHandle[h] = r
	return nil
}

func (d *Demux) newRegistration() *registration {
	if n := len(d.spareRegs); n > 0 {
		r := d.spareRegs[n-1]
		d.spareRegs = d.spareRegs[:n-1]
		return r
	}
	return new(registration)
}

// Modify replaces token, interest and mode of the registration of h.
func (d *Demux) Modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := traits.CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	return d.leave(d.modify(h, tok, want, mode))
}

func (d *Demux) modify(h demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	r := d.byHandle[h]
	if r == nil || r.closed {
		return demux.ErrNotFound
	}
	r.token, r.want, r.mode = tok, want, mode
	switch {
	case r.state == idle:
		d.queue.push(&r.work)
	case interest(want)&^r.asked != 0:
		d.recall(r) // its packet brings r back into the queue
	}
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
	r := d.byHandle[h]
	if r == nil {
		return demux.ErrNotFound
	}
	delete(d.byHandle, h)
	if r.state == idle {
		d.drop(r)
		return nil
	}
	d.recall(r)
	r.gone = true
	d.canceled-- // Wait need not await its packet
	return nil
}
