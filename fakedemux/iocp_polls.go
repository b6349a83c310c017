package fakedemux

import (
	"reactortest/demux"
	"reactortest/demux/iocp"
)

// pollsKnown are the conditions that a poll may ask for.
const pollsKnown = iocp.PollReceive | iocp.PollExpedited | iocp.PollSend | iocp.PollDisconnect | iocp.PollAbort |
	iocp.PollLocalClose | iocp.PollConnect | iocp.PollAccept | iocp.PollConnectFail

// driver returns the description of a handle that polls are made through, or why
// not. A socket is a handle of the same driver.
func (w windowsCalls) driver(h demux.Handle) (*description, iocp.Errno) {
	d := w.k.lookupHandle(h)
	if d == nil {
		return nil, iocp.StatusInvalidHandle
	}
	switch d.object.(type) {
	case afdInstance, *stream, *listener, *datagram:
		return d, 0
	default:
		return nil, iocp.StatusObjectTypeMismatch
	}
}

// pollable returns the socket that a poll asks about, or why it can not.
func (w windowsCalls) pollable(h demux.Handle, events uint32) (*description, iocp.Errno) {
	d := w.k.lookupHandle(h)
	if d == nil {
		return nil, iocp.StatusInvalidHandle
	}
	switch d.object.(type) {
	case *stream, *listener, *datagram:
	default:
		return nil, iocp.StatusObjectTypeMismatch
	}
	if events&^pollsKnown != 0 {
		return nil, w.k.notSimulated(pollText(events &^ pollsKnown))
	}
	return d, 0
}

// about adds a socket to those that a poll asks about.
func (o *operation) about(d *description, h demux.Handle, events uint32) {
	o.targets = append(o.targets, pollTarget{handle: h, on: d, asked: events})
}

// poll begins a poll whose arguments are right. There may be no memory for it: then
// the driver fails with STATUS_INSUFFICIENT_RESOURCES or STATUS_NO_MEMORY, which
// AfdSelect of ReactOS returns (drivers/network/afd/afd/select.c). Only the first poll
// about a socket is denied memory, the one that registers it.
func (w windowsCalls) poll(o *operation) iocp.Errno {
	v := &o.targets[0].on.overlapped
	if !v.known && w.k.which(faultNoSpace, 2) != 0 {
		return iocp.StatusInsufficientResource
	}
	v.known = true
	e := o.poll()
	if e == 0 {
		w.k.polls = 0
	}
	return e
}

// PollMany is IOCTL_AFD_POLL about several sockets. It finishes with the sockets
// that something holds for, in the order of the list. A poll that waits finishes
// with the first socket that something happens to; complete_async_polls, Wine
// server/sock.c.
func (w windowsCalls) PollMany(afd demux.Handle, op *iocp.Operation, list *iocp.PollList) iocp.Errno {
	if op == nil || list == nil {
		return iocp.StatusInvalidParameter
	}
	w.enter("NtDeviceIoControlFile", list.Handles[0].Handle)
	via, e := w.driver(afd)
	if e != 0 {
		return e
	}
	n := list.NumberOfHandles
	if n == 0 || n > iocp.MaxPollHandles {
		return iocp.StatusInvalidParameter
	}
	for _, t := range list.Handles[:n] {
		if _, e := w.pollable(t.Handle, t.Events); e != 0 {
			return e
		}
	}
	if e := w.refuses(op, operationPoll); e != 0 {
		return e
	}
	o := w.k.start(op, operationPoll, "NtDeviceIoControlFile", list.Handles[0].Handle, via)
	if o == nil {
		return iocp.StatusInvalidParameter
	}
	for _, t := range list.Handles[:n] {
		o.about(w.k.lookupHandle(t.Handle), t.Handle, t.Events)
	}
	if o.before == nil {
		o.before = new(iocp.PollList)
	}
	o.list, *o.before = list, *list
	o.timeout, o.exclusive = list.Timeout, list.Exclusive != 0
	return w.poll(o)
}

// fillList writes the outcome of a poll of several sockets into l, which still has what
// the caller asked for.
func (o *operation) fillList(l *iocp.PollList) {
	if o.result.status == iocp.StatusCancelled {
		return
	}
	n := 0
	for i := range o.targets {
		if t := &o.targets[i]; t.found != 0 {
			l.Handles[n] = iocp.PollHandle{Handle: t.handle, Events: t.found}
			n++
		}
	}
	l.NumberOfHandles = uint32(n)
}

// advancePolls finishes the polls about d that something holds for.
func (d *description) advancePolls() {
	v := &d.overlapped
	for i := 0; i < len(v.polls); {
		o := v.polls[i]
		events := uint32(0)
		if !o.deaf {
			events = o.holds(d)
		}
		switch {
		case events == 0:
			i++
		case d.mixesUp(i, events):
			i = 0 // an earlier one is over, and o never will be
		default:
			o.report(d, events)
		}
	}
}

// holds returns the conditions of d that o has waited for.
func (o *operation) holds(d *description) uint32 {
	if len(o.targets) == 1 {
		return pollEvents(d.object) & o.targets[0].asked
	}
	asked := uint32(0)
	for i := range o.targets {
		if o.targets[i].on == d {
			asked |= o.targets[i].asked
		}
	}
	return pollEvents(d.object) & asked
}

// report finishes a poll with what holds for d.
func (o *operation) report(d *description, events uint32) {
	for i := range o.targets {
		t := &o.targets[i]
		if t.found = 0; t.on == d {
			t.found = events & t.asked
		}
	}
	o.finishPoll(0)
}

// mixesUp asks whether what the i-th poll about d has waited for ends an earlier poll
// that was made through the same handle of AFD. Windows may do so: with a poll for
// SEND in flight and a later one for RECEIVE, data end the one for SEND, with RECEIVE,
// and the one for RECEIVE does not end until it is canceled. Measured, with the
// output, in notes-to-self/afd-lab.py of Trio; wepoll, issue 35, and mio, pull request
// 1140, give one poll for each socket and port as the rule. Two polls through two
// handles of AFD, or of two duplicates of a socket, are not known to be mixed up.
func (d *description) mixesUp(i int, events uint32) bool {
	if i == 0 {
		return false
	}
	v := &d.overlapped
	o := v.polls[i]
	for _, earlier := range v.polls[:i] {
		if earlier.via != o.via || earlier.deaf || earlier == o || !earlier.sameHandle(o, d) {
			continue
		}
		if !d.kernel.fault(faultPolls) {
			return false
		}
		o.deaf = true
		for j := range earlier.targets {
			t := &earlier.targets[j]
			if t.found = 0; t.on == d {
				t.found = events
			}
		}
		earlier.finishPoll(0)
		return true
	}
	return false
}

// sameHandle reports whether two polls name d by the same handle.
func (o *operation) sameHandle(p *operation, d *description) bool {
	for i := range o.targets {
		for j := range p.targets {
			if t, u := &o.targets[i], &p.targets[j]; t.on == d && u.on == d && t.handle == u.handle {
				return true
			}
		}
	}
	return false
}

// closed ends the poll of a socket whose last handle was closed, asked for or not;
// observed on Wine 8.0.
func (o *operation) closed(d *description) {
	for i := range o.targets {
		t := &o.targets[i]
		if t.found = 0; t.on == d {
			t.found = iocp.PollLocalClose
		}
	}
	o.finishPoll(0)
}
