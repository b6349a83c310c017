package ports

import "reactortest/demux/iocp"

// outcome is how an operation has ended.
type outcome struct {
	status      iocp.Errno
	information int           // bytes: of what was moved, or of what a poll returns
	poll        iocp.PollInfo // of a poll
	published   bool          // the caller's memory has it
}

// ends notes how o has ended. The caller's memory does not have it yet.
func (o *Operation) ends(status iocp.Errno, information int) {
	o.result.status, o.result.information, o.result.published = status, information, false
}

// AtOnceWith ends an operation in the call that started it: the status is 0, or a
// warning, which has a packet as a success has. The status is in the OVERLAPPED
// when the call returns.
func (o *Operation) AtOnceWith(status iocp.Errno) iocp.Errno {
	if o.Kind != OperationPoll {
		o.ends(status, o.count)
	} else {
		o.result.published = false
	}
	o.publish()
	if o.Own().Modes&iocp.SkipOnSuccess == 0 {
		o.queue()
	}
	return 0
}

// publish writes the result into the caller's memory, once.
//
// An operation that was pending, on a handle with a port, is completed by the thread
// that dequeues its packet: until then the OVERLAPPED says STATUS_PENDING, and the
// memory of a poll is as the caller left it. The bytes of a receive are there earlier:
// the driver writes them into the locked buffer. Without a port, and in the call that
// starts it, an operation is completed at once. This is told of Windows since Vista;
// no document of Microsoft was found that says it, and older systems write the status
// in the thread that has started the operation. Wine 8.0 does either, now and then.
func (o *Operation) publish() {
	r := &o.result
	if r.published {
		return
	}
	r.published = true
	o.User.Overlapped.Internal, o.User.Overlapped.InternalHigh = uintptr(r.status), uintptr(r.information)
	switch o.Kind {
	case OperationPoll:
		if o.List == nil {
			o.User.Poll = r.poll
		} else {
			o.fillList(o.List)
		}
	case OperationRecv:
		o.User.Flags = 0
		if o.Addressed {
			o.putFrom()
		}
	case OperationAccept:
		if r.status == 0 {
			half := len(o.Room) / 2
			putAddress(o.Room[:half], o.local)
			putAddress(o.Room[half:], o.From)
		}
	case OperationSend, OperationConnect, OperationDisconnect, operationKinds:
	}
}

// intactPoll reports whether the memory of a poll is as the kernel has left it.
func (o *Operation) intactPoll() bool {
	switch {
	case o.List != nil:
		return o.User.Poll == o.asked && *o.List == *o.expectedList()
	case o.State == OperationDone && o.result.published:
		return o.User.Poll == o.result.poll
	default:
		return o.User.Poll == o.asked
	}
}

// expectedList is what the list of a poll of several handles is if only the kernel
// wrote to it.
func (o *Operation) expectedList() *iocp.PollList {
	if o.State != OperationDone || !o.result.published {
		return o.Before
	}
	after := *o.Before
	o.fillList(&after)
	return &after
}

// Finished returns what op says once its packet has been dequeued, and whether the
// operation has ended at all.
func (k *Ports) Finished(op *iocp.Operation) (after iocp.Operation, ended bool) {
	o, _ := op.Owner.(*Operation)
	if o == nil || o.ports != k || o.State == OperationBusy {
		return *op, false
	}
	after = *op
	if o.State == OperationDone && !o.result.published {
		after.Overlapped.Internal, after.Overlapped.InternalHigh = uintptr(o.result.status), uintptr(o.result.information)
		if o.Kind == OperationPoll {
			after.Poll = o.result.poll
		}
	}
	return after, true
}
