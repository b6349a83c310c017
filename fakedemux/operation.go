package fakedemux

import (
	"fmt"
	"net/netip"
	"slices"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/scheduler"
)

// operationKind is what an overlapped operation does.
type operationKind uint8

const (
	operationPoll operationKind = iota
	operationRecv
	operationSend
	operationAccept
	operationConnect
	operationDisconnect
	operationKinds
)

// String returns the kind as reports have it.
func (n operationKind) String() string {
	return [...]string{"poll", "recv", "send", "accept", "connect", "disconnect"}[n]
}

// operationState says whose the memory of an operation is.
type operationState uint8

const (
	operationFree operationState = iota // not acquired
	operationHeld                       // the caller's
	operationBusy                       // the kernel's: in flight
	operationDone                       // the kernel's: finished, its packet is queued or on its way
)

// operation is what the kernel has of an iocp.Operation.
type operation struct {
	user   iocp.Operation // what the caller has of it
	ports  *ports
	kernel *system
	index  int // in ports.acquired
	state  operationState

	// Of the operation that was started last.
	number    uint64 // from 1, in this run
	kind      operationKind
	call      string
	task      string
	handle    demux.Handle
	via       *description // the handle's
	canceling bool         // a cancel is on its way

	on       *description   // accept: what becomes the connection
	accepted bool           // accept: on is connected, and data are to come
	reuse    bool           // disconnect: the socket is to be a new one
	flags    uint32         // recv and send
	from     netip.AddrPort // recv of a datagram: who sent it; send: to whom

	addressed bool // recv of a datagram: the caller wants to know who sent it

	asked   iocp.PollInfo    // poll
	list    *iocp.PollList   // poll of several: the caller's
	before  *iocp.PollList   // poll of several: what the caller asked for
	targets []pollTarget     // poll: the sockets
	timeout int64            // poll: in 100 ns
	timer   *scheduler.Timer // poll

	exclusive bool // poll
	deaf      bool // poll: its condition has ended another poll, and it does not end by itself

	buf    []byte
	count  int    // bytes moved
	digest uint64 // of what the kernel alone may change
	told   bool   // a violation was reported
	result outcome
}

// pendingOverlapped is what the kernel has in an OVERLAPPED in flight.
var pendingOverlapped = iocp.Overlapped{Internal: uintptr(iocp.StatusPending)}

// acquire makes an operation, the caller's.
func (k *ports) acquire() *operation {
	var o *operation
	if n := len(k.spareOperations); n > 0 {
		o = k.spareOperations[n-1]
		k.spareOperations = k.spareOperations[:n-1]
	} else {
		o = k.operations.get()
	}
	*o = operation{
		ports: k, kernel: k.kernel, index: len(k.acquired), state: operationHeld, call: "Acquire", task: k.kernel.taskName(),
		timer: o.timer, targets: o.targets[:0], before: o.before,
	}
	o.user.Owner = o
	k.acquired = append(k.acquired, o)
	return o
}

// free gives an operation back, which must be the caller's.
func (k *ports) free(op *iocp.Operation) {
	o, _ := op.Owner.(*operation)
	switch {
	case o == nil || o.ports != k || o.state == operationFree:
		panic("fakedemux: Release of an Operation that Acquire did not return, or of one that was released")
	case o.state != operationHeld:
		o.violated("its Operation was released")
		return
	}
	last := len(k.acquired) - 1
	k.acquired[o.index] = k.acquired[last]
	k.acquired[o.index].index = o.index
	k.acquired = k.acquired[:last]
	o.state = operationFree
	k.spareOperations = append(k.spareOperations, o)
}

// start begins an operation with the memory of op. It returns nil if op is not
// the caller's to give.
func (k *ports) start(op *iocp.Operation, kind operationKind, call string, h demux.Handle, via *description) *operation {
	if op == nil {
		return nil
	}
	o, _ := op.Owner.(*operation)
	switch {
	case o == nil || o.ports != k || o.state == operationFree:
		return nil
	case o.state != operationHeld:
		o.violated("its Operation was given to " + call)
		return nil
	}
	k.started++
	o.number, o.kind, o.call, o.handle, o.via = k.started, kind, call, h, via
	o.canceling, o.on, o.buf, o.count, o.told, o.task = false, nil, nil, 0, false, k.kernel.taskName()
	o.accepted, o.reuse, o.addressed, o.deaf, o.flags, o.from = false, false, false, false, 0, netip.AddrPort{}
	o.list, o.targets = nil, o.targets[:0]
	o.result.published = false
	op.Overlapped = pendingOverlapped
	return o
}

// own is what the handle of o has of operations.
func (o *operation) own() *overlapped { return o.ports.of(o.via) }

// pend makes o the kernel's until it has finished.
func (o *operation) pend() {
	o.state = operationBusy
	v := o.own()
	v.inFlight = append(v.inFlight, o)
	o.seal()
}

// atOnce ends an operation in the call that started it, with success, and
// returns what the call does. There is a packet also then, unless the handle has
// FILE_SKIP_COMPLETION_PORT_ON_SUCCESS; SetFileCompletionNotificationModes.
func (o *operation) atOnce() iocp.Errno { return o.atOnceWith(0) }

// finish ends an operation that was in flight, and is no poll. Its packet may
// come a little later than its end.
func (o *operation) finish(status iocp.Errno) {
	o.leave()
	if status != 0 && status != iocp.StatusBufferOverflow && o.kind != operationSend {
		o.count = 0
	}
	o.ends(status, o.count)
	if k := o.kernel; k.fault(faultPacket) {
		o.state = operationDone
		o.seal()
		k.later("packet", o.via, o.queue)
		return
	}
	o.queue()
}

// queue queues the packet of o, which has finished. Without a port there is
// nothing to queue.
func (o *operation) queue() {
	v := o.own()
	if v.port == nil {
		o.publish()
		o.state = operationHeld
		return
	}
	o.state = operationDone
	o.seal()
	v.port.push(packet{v.key, o, uint32(o.result.information)})
}

// dequeued makes o the caller's again.
func (o *operation) dequeued() {
	o.inspect()
	o.publish()
	o.state = operationHeld
	o.buf, o.via, o.on = nil, nil, nil
}

// leave takes o off the lists that it is in.
func (o *operation) leave() {
	v := o.own()
	v.inFlight = without(v.inFlight, o)
	o.leavePolls()
	if o.on != nil {
		if to := o.ports.of(o.on); to.accept == o {
			to.accept = nil
		}
	}
	if o.kind != operationPoll { // nothing waits for a poll to end
		v.mark()
	}
	if o.timer != nil {
		o.kernel.tasks.Disarm(o.timer)
	}
}

// cancel asks that o end. It reports false if o is not in flight, or was asked
// to end before. The end may come later, and o finish first; CancelIoEx,
// Remarks.
func (o *operation) cancel() bool {
	if o.state != operationBusy || o.canceling {
		return false
	}
	o.canceling = true
	k, number := o.kernel, o.number
	if k.fault(faultCancel) {
		k.later("cancel", o.via, func() {
			if o.state == operationBusy && o.number == number {
				o.canceled()
			}
		})
		return true
	}
	o.canceled()
	return true
}

// canceled ends an operation that has found nothing.
func (o *operation) canceled() { o.stopped(iocp.StatusCancelled) }

// stopped ends an operation that has found nothing, with a status.
func (o *operation) stopped(status iocp.Errno) {
	if o.kind == operationPoll {
		o.finishPoll(status)
		return
	}
	o.inspect()
	o.finish(status)
}

// String names the operation in reports.
func (o *operation) String() string {
	s := fmt.Sprintf("%s on handle %d", o.call, o.handle)
	if o.task != "" {
		s += ", started by task " + o.task
	}
	return s
}

func (o *operation) violated(what string) {
	if !o.told {
		o.told = true
		o.kernel.tasks.Fail(o.ports.misuse(o.String(), what))
	}
}

// seal notes what the memory of o looks like from now on. The buffer of a Recv
// in flight has a pattern of its own: who reads it too soon finds that, and what
// is written there shows.
func (o *operation) seal() {
	switch {
	case o.kind == operationPoll: // it has no buffer
		return
	case o.kind == operationRecv && o.state == operationBusy:
		for i := range o.buf {
			o.buf[i] = o.pattern(i)
		}
		return
	}
	o.digest = digest(o.buf)
}

func (o *operation) pattern(i int) byte { return byte(uint64(i)*167 + o.number*59) }

// inspect looks whether the memory of o is as the kernel has left it.
func (o *operation) inspect() {
	intact := o.result.published || o.user.Overlapped == pendingOverlapped
	if o.kind == operationPoll {
		intact = intact && o.intactPoll()
	}
	if !intact {
		o.violated("its Operation was written to")
		return
	}
	if o.kind == operationPoll { // it has no buffer
		return
	}
	if o.kind != operationRecv || o.state != operationBusy {
		intact = digest(o.buf) == o.digest
	} else {
		for i := range o.buf {
			intact = intact && o.buf[i] == o.pattern(i)
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

// cancel asks that op, which was started through d, end; nil means all that were.
func (k *ports) cancel(d *description, op *iocp.Operation) bool {
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
	o, _ := op.Owner.(*operation)
	return o != nil && o.ports == k && o.via == d && o.cancel()
}
