package fakedemux

import (
	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
)

// driver returns the description of a handle that polls are made through, or why
// not. A socket is a handle of the same driver.
func (w windowsCalls) driver(h demux.Handle) (*machine.Description, iocp.Errno) {
	d := w.k.lookupHandle(h)
	if d == nil {
		return nil, iocp.StatusInvalidHandle
	}
	switch d.Object.(type) {
	case ports.AFD, *objects.Stream, *objects.Listener, *objects.Datagram:
		return d, 0
	default:
		return nil, iocp.StatusObjectTypeMismatch
	}
}

// pollable returns the socket that a poll asks about, or why it can not.
func (w windowsCalls) pollable(h demux.Handle, events uint32) (*machine.Description, iocp.Errno) {
	d := w.k.lookupHandle(h)
	if d == nil {
		return nil, iocp.StatusInvalidHandle
	}
	switch d.Object.(type) {
	case *objects.Stream, *objects.Listener, *objects.Datagram:
	default:
		return nil, iocp.StatusObjectTypeMismatch
	}
	if events&^ports.PollsKnown != 0 {
		return nil, w.k.notSimulated(ports.PollText(events &^ ports.PollsKnown))
	}
	return d, 0
}

// poll begins a poll whose arguments are right. There may be no memory for it: then
// the driver fails with STATUS_INSUFFICIENT_RESOURCES or STATUS_NO_MEMORY, which
// AfdSelect of ReactOS returns (drivers/network/afd/afd/select.c). Only the first poll
// about a socket is denied memory, the one that registers it.
func (w windowsCalls) poll(o *ports.Operation) iocp.Errno {
	v := w.k.ports.Of(o.Targets[0].On)
	if !v.Known && w.k.system.Which(machine.FaultNoSpace, 2) != 0 {
		return iocp.StatusInsufficientResource
	}
	v.Known = true
	e := o.Poll()
	if e == 0 {
		w.k.system.Progress()
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
	if e := w.refuses(op, ports.OperationPoll); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, ports.OperationPoll, "NtDeviceIoControlFile", list.Handles[0].Handle, via)
	if o == nil {
		return iocp.StatusInvalidParameter
	}
	for _, t := range list.Handles[:n] {
		o.About(w.k.lookupHandle(t.Handle), t.Handle, t.Events)
	}
	if o.Before == nil {
		o.Before = new(iocp.PollList)
	}
	o.List, *o.Before = list, *list
	o.Timeout, o.Exclusive = list.Timeout, list.Exclusive != 0
	return w.poll(o)
}
