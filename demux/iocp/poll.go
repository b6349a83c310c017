package iocp

import (
	"errors"

	"reactortest/demux"
)

// registration is what the Demux knows of one registration, and its poll.
type registration struct {
	work   work
	handle demux.Handle // the caller's
	base   demux.Handle // what AFD knows it by
	group  *group
	op     *Operation
	token  demux.Token
	want   demux.Ready
	mode   demux.Mode
	asked  uint32 // the conditions that the pending poll asks for
	state  state
	gone   bool // deregistered: not in byHandle, and nothing of it is reported
	closed bool // its handle was closed too soon: it is reported once more
}

// state is where the poll of a registration is.
type state uint8

const (
	idle     state = iota // the Operation is ours
	pending               // the Operation is the kernel's, and what it finds counts
	canceled              // the Operation is the kernel's, and what it finds does not
)

// group is a handle of AFD with the registrations that are polled through it.
type group struct {
	afd   demux.Handle
	users int
}

// groupSize is how many registrations share a handle of AFD. A handle that all
// share would have all polls in one list, which a cancel searches.
const groupSize = 32

// join gives r a group.
func (d *Demux) join(r *registration) error {
	if len(d.roomy) == 0 {
		g, err := d.openGroup()
		if err != nil {
			return err
		}
		d.roomy = append(d.roomy, g)
	}
	g := d.roomy[len(d.roomy)-1]
	r.group = g
	if g.users++; g.users == groupSize {
		d.roomy = d.roomy[:len(d.roomy)-1]
	}
	return nil
}

// part takes r out of its group.
func (d *Demux) part(r *registration) {
	if r.group.users--; r.group.users == groupSize-1 {
		d.roomy = append(d.roomy, r.group)
	}
	r.group = nil
}

func (d *Demux) openGroup() (*group, error) {
	afd, e := d.sys.OpenAFD()
	if e != 0 {
		return nil, e.Err("NtCreateFile")
	}
	call := "CreateIoCompletionPort"
	if e = d.sys.Associate(d.port, afd, keyPoll); e == 0 {
		call = "SetFileCompletionNotificationModes"
		e = d.sys.SetModes(afd, SkipOnSuccess|SkipSetEvent)
	}
	if e != 0 {
		return nil, errors.Join(e.Err(call), d.sys.CloseHandle(afd).Err("CloseHandle"))
	}
	g := &group{afd: afd}
	d.groups = append(d.groups, g)
	return g, nil
}

func (d *Demux) closeGroups() error {
	var failed []error
	for _, g := range d.groups {
		failed = append(failed, d.sys.CloseHandle(g.afd).Err("CloseHandle"))
	}
	d.groups, d.roomy = nil, nil
	return errors.Join(failed...)
}

// ask polls for what r wants. Afterwards the poll is pending, or it is idle and
// events are what it found, or e tells why not.
func (d *Demux) ask(r *registration) (events uint32, e Errno) {
	r.asked = interest(r.want)
	r.op.Poll = PollInfo{Timeout: NoPollTimeout, NumberOfHandles: 1, Handle: r.base, Events: r.asked}
	e = d.sys.PollAFD(r.group.afd, r.op)
	if e == 0 {
		return r.found(), 0
	}
	if e == StatusPending || e == ErrorIOPending {
		r.state = pending
		d.busy++
		return 0, 0
	}
	return 0, e
}

// found returns what the poll of r, which has finished, has found.
func (r *registration) found() uint32 {
	if r.op.Poll.NumberOfHandles == 0 {
		return 0
	}
	return r.op.Poll.Events
}

// recall cancels the poll of r if it is pending. Whether that comes too late
// makes no difference: the packet comes all the same and counts no more.
func (d *Demux) recall(r *registration) {
	if r.state != pending {
		return
	}
	_ = d.sys.CancelAFD(r.group.afd, r.op)
	r.state = canceled
	d.canceled++
}

// answered takes the packet of r's poll. It returns what is to be reported, 0
// for nothing; then AFD is to be asked again, unless the registration has
// ended. stale says that the packet is from before the Wait.
func (d *Demux) answered(r *registration, stale bool) demux.Ready {
	counts := r.state == pending && !stale
	if r.state == canceled && !r.gone {
		d.canceled--
	}
	r.state = idle
	status, events := Errno(r.op.Overlapped.Internal), r.found()
	switch {
	case r.gone:
		d.drop(r)
		return 0
	case status == 0 && events&PollLocalClose != 0, status == StatusInvalidHandle, status == StatusHandlesClosed:
		r.closed = true // and whoever has its number now is not to be asked about
		if !stale {
			return failed(r.want)
		}
	case !counts:
	case status == 0:
		if found := ready(events, r.want); found != 0 {
			return found
		}
	case status != StatusCancelled && status != StatusTimeout:
		return failed(r.want)
	}
	d.queue.push(&r.work)
	return 0
}

// report puts what was found of r into ev.
func (d *Demux) report(r *registration, found demux.Ready, ev *demux.Event) {
	*ev = demux.Event{Token: r.token, Ready: found}
	switch {
	case r.closed:
		if d.byHandle[r.handle] == r {
			delete(d.byHandle, r.handle)
		}
		d.drop(r)
	case r.mode&demux.Oneshot == 0:
		d.queue.push(&r.work)
	}
}

// drop frees r, whose poll is idle.
func (d *Demux) drop(r *registration) {
	d.queue.remove(&r.work)
	d.forget(r.op)
	d.part(r)
	*r = registration{}
	d.spareRegs = append(d.spareRegs, r)
}

// acquire takes an Operation and makes w what its packets are about.
func (d *Demux) acquire(w *work) *Operation {
	op := d.sys.Acquire()
	if n := len(d.free); n > 0 {
		op.Slot = d.free[n-1]
		d.free = d.free[:n-1]
		d.requests[op.Slot] = w
		return op
	}
	op.Slot = uint32(len(d.requests))
	d.requests = append(d.requests, w)
	return op
}

// forget gives back an Operation, which is not the kernel's.
func (d *Demux) forget(op *Operation) {
	d.requests[op.Slot] = nil
	d.free = append(d.free, op.Slot)
	d.sys.Release(op)
}
