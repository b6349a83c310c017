package ports

import (
	"fmt"
	"net/netip"
	"slices"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// OperationKind is what an overlapped operation does.
type OperationKind uint8

// The kinds of operations.
const (
	OperationPoll OperationKind = iota
	OperationRecv
	OperationSend
	OperationAccept
	OperationConnect
	OperationDisconnect
	operationKinds
)

// String returns the kind as reports have it.
func (n OperationKind) String() string {
	return [...]string{"poll", "recv", "send", "accept", "connect", "disconnect"}[n]
}

// operationState says whose the memory of an operation is.
type operationState uint8

// The states of an operation.
const (
	OperationFree operationState = iota // not acquired
	OperationHeld                       // the caller's
	OperationBusy                       // the kernel's: in flight
	OperationDone                       // the kernel's: finished, its packet is queued or on its way
)

// Operation is what the kernel has of an iocp.Operation.
type Operation struct {
	User   iocp.Operation // what the caller has of it
	ports  *Ports
	kernel *objects.System
	index  int // in ports.acquired
	State  operationState

	// Of the operation that was started last.
	number    uint64 // from 1, in this run
	Kind      OperationKind
	Call      string
	Task      string
	Handle    demux.Handle
	via       *machine.Description // the handle's
	canceling bool                 // a cancel is on its way

	On       *machine.Description // accept: what becomes the connection
	accepted bool                 // accept: on is connected, and data are to come
	Reuse    bool                 // disconnect: the socket is to be a new one
	Flags    uint32               // recv and send
	From     netip.AddrPort       // recv of a datagram: who sent it; send: to whom; accept: the client
	local    netip.AddrPort       // accept: where the client has connected to
	Room     []byte               // accept: where the two addresses go

	Addressed bool // recv of a datagram: the caller wants to know who sent it

	asked   iocp.PollInfo    // poll
	List    *iocp.PollList   // poll of several: the caller's
	Before  *iocp.PollList   // poll of several: what the caller asked for
	Targets []pollTarget     // poll: the sockets
	Timeout int64            // poll: in 100 ns
	timer   *scheduler.Timer // poll

	Exclusive bool // poll
	deaf      bool // poll: its condition has ended another poll, and it does not end by itself

	Buf    []byte
	count  int    // bytes moved
	digest uint64 // of what the kernel alone may change
	told   bool   // a violation was reported
	result outcome
}

// pendingOverlapped is what the kernel has in an OVERLAPPED in flight.
var pendingOverlapped = iocp.Overlapped{Internal: uintptr(iocp.StatusPending)}

// Acquire makes an operation, the caller's.
func (k *Ports) Acquire() *Operation {
	var o *Operation
	if n := len(k.spareOperations); n > 0 {
		o = k.spareOperations[n-1]
		k.spareOperations = k.spareOperations[:n-1]
	} else {
		o = k.operations.Get()
	}
	*o = Operation{
		ports: k, kernel: k.kernel, index: len(k.Acquired), State: OperationHeld, Call: "Acquire", Task: k.kernel.TaskName(),
		timer: o.timer, Targets: o.Targets[:0], Before: o.Before,
	}
	o.User.Owner = o
	k.Acquired = append(k.Acquired, o)
	return o
}

// Free gives an operation back, which must be the caller's.
func (k *Ports) Free(op *iocp.Operation) {
	o, _ := op.Owner.(*Operation)
	switch {
	case o == nil || o.ports != k || o.State == OperationFree:
		panic("fakedemux: Release of an Operation that Acquire did not return, or of one that was released")
	case o.State != OperationHeld:
		o.violated("its Operation was released")
		return
	}
	last := len(k.Acquired) - 1
	k.Acquired[o.index] = k.Acquired[last]
	k.Acquired[o.index].index = o.index
	k.Acquired = k.Acquired[:last]
	o.State = OperationFree
	k.spareOperations = append(k.spareOperations, o)
}

// Start begins an operation with the memory of op. It returns nil if op is not
// the caller's to give.
func (k *Ports) Start(op *iocp.Operation, kind OperationKind, call string, h demux.Handle, via *machine.Description) *Operation {
	if op == nil {
		return nil
	}
	o, _ := op.Owner.(*Operation)
	switch {
	case o == nil || o.ports != k || o.State == OperationFree:
		return nil
	case o.State != OperationHeld:
		o.violated("its Operation was given to " + call)
		return nil
	}
	k.Started++
	o.number, o.Kind, o.Call, o.Handle, o.via = k.Started, kind, call, h, via
	o.canceling, o.On, o.Buf, o.count, o.told, o.Task = false, nil, nil, 0, false, k.kernel.TaskName()
	o.accepted, o.Reuse, o.Addressed, o.deaf, o.Flags, o.From = false, false, false, false, 0, netip.AddrPort{}
	o.local, o.Room = netip.AddrPort{}, nil
	o.List, o.Targets = nil, o.Targets[:0]
	o.result.published = false
	op.Overlapped = pendingOverlapped
	return o
}

// Own is what the handle of o has of operations.
func (o *Operation) Own() *overlapped { return o.ports.Of(o.via) }

// Pend makes o the kernel's until it has finished.
func (o *Operation) Pend() {
	o.State = OperationBusy
	v := o.Own()
	v.inFlight = append(v.inFlight, o)
	o.seal()
}

// AtOnce ends an operation in the call that started it, with success, and
// returns what the call does. There is a packet also then, unless the handle has
// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS; SetFileCompletionNotificationModes.
func (o *Operation) AtOnce() iocp.Errno { return o.AtOnceWith(0) }

// finish ends an operation that was in flight, and is no poll. Its packet may
// come a little later than its end. An operation that fails has no bytes, also if a part
// was sent; OVERLAPPED, InternalHigh: it is set if the request is completed without errors.
func (o *Operation) finish(status iocp.Errno) {
	o.leave()
	if status != 0 && status != iocp.StatusBufferOverflow {
		o.count = 0
	}
	o.ends(status, o.count)
	if k := o.kernel; k.Fault(machine.FaultPacket) {
		o.State = OperationDone
		o.seal()
		k.Later("packet", o.via, o.queue)
		return
	}
	o.queue()
}

// queue queues the packet of o, which has finished. Without a port there is
// nothing to queue.
func (o *Operation) queue() {
	v := o.Own()
	if v.Port == nil {
		o.publish()
		o.State = OperationHeld
		return
	}
	o.State = OperationDone
	o.seal()
	v.Port.Push(Packet{v.Key, o, uint32(o.result.information)})
}

// dequeued makes o the caller's again.
func (o *Operation) dequeued() {
	o.inspect()
	o.publish()
	o.State = OperationHeld
	o.Buf, o.Room, o.via, o.On = nil, nil, nil, nil
}

// leave takes o off the lists that it is in.
func (o *Operation) leave() {
	v := o.Own()
	v.inFlight = machine.Without(v.inFlight, o)
	o.leavePolls()
	if o.On != nil {
		if to := o.ports.Of(o.On); to.Accept == o {
			to.Accept = nil
		}
	}
	if o.Kind != OperationPoll { // nothing waits for a poll to end
		v.mark()
	}
	if o.timer != nil {
		o.kernel.Tasks.Disarm(o.timer)
	}
}

// cancel asks that o end. It reports false if o is not in flight, or was asked
// to end before. The end may come later, and o finish first; CancelIoEx,
// Remarks.
func (o *Operation) cancel() bool {
	if o.State != OperationBusy || o.canceling {
		return false
	}
	o.canceling = true
	k, number := o.kernel, o.number
	if k.Fault(machine.FaultCancel) {
		k.Later("cancel", o.via, func() {
			if o.State == OperationBusy && o.number == number {
				o.canceled()
			}
		})
		return true
	}
	o.canceled()
	return true
}

// canceled ends an operation that has found nothing.
func (o *Operation) canceled() { o.stopped(iocp.StatusCancelled) }

// stopped ends an operation that has found nothing, with a status.
func (o *Operation) stopped(status iocp.Errno) {
	if o.Kind == OperationPoll {
		o.finishPoll(status)
		return
	}
	o.inspect()
	o.finish(status)
}

// String names the operation in reports.
func (o *Operation) String() string {
	s := fmt.Sprintf("%s on handle %d", o.Call, o.Handle)
	if o.Task != "" {
		s += ", started by task " + o.Task
	}
	return s
}

func (o *Operation) violated(what string) {
	if !o.told {
		o.told = true
		o.kernel.Tasks.Fail(o.ports.misuse(o.String(), what))
	}
}

// seal notes what the memory of o looks like from now on. The buffer of a Recv
// in flight has a pattern of its own: who reads it too soon finds that, and what
// is written there shows.
func (o *Operation) seal() {
	switch {
	case o.Kind == OperationPoll: // it has no buffer
		return
	case o.Kind == OperationRecv && o.State == OperationBusy:
		for i := range o.Buf {
			o.Buf[i] = o.pattern(i)
		}
		return
	}
	o.digest = digest(o.Buf)
}

func (o *Operation) pattern(i int) byte { return byte(uint64(i)*167 + o.number*59) }

// inspect looks whether the memory of o is as the kernel has left it.
func (o *Operation) inspect() {
	intact := o.result.published || o.User.Overlapped == pendingOverlapped
	if o.Kind == OperationPoll {
		intact = intact && o.intactPoll()
	}
	if !intact {
		o.violated("its Operation was written to")
		return
	}
	if o.Kind == OperationPoll { // it has no buffer
		return
	}
	if o.Kind != OperationRecv || o.State != OperationBusy {
		intact = digest(o.Buf) == o.digest
	} else {
		for i := range o.Buf {
			intact = intact && o.Buf[i] == o.pattern(i)
		}
	}
	if !intact {
		o.violated("its buffer was written to")
	}
}

// digest is FNV-1a.
func digest(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

// Cancel asks that op, which was started through d, end; nil means all that were.
func (k *Ports) Cancel(d *machine.Description, op *iocp.Operation) bool {
	if op == nil {
		found := false
		v := k.find(d)
		if v == nil {
			return false
		}
		for _, o := range slices.Clone(v.inFlight) {
			found = o.cancel() || found
		}
		return found
	}
	o, _ := op.Owner.(*Operation)
	return o != nil && o.ports == k && o.via == d && o.cancel()
}
