package realdemux

import (
	"runtime"
	"sync"
	"unsafe"

	"reactortest/demux/iocp"
)

// operation is an Operation, and what keeps it and its buffer where they are.
// The kernel writes to both while nothing on the Go side points to them.
type operation struct {
	iocp.Operation
	pin        runtime.Pinner
	prev, next *operation
}

// operations are all that are acquired, in a ring. A demux that is dropped
// without Close leaves its operations to the kernel, and them here.
var operations = func() *operationList {
	l := &operationList{}
	l.head.prev, l.head.next = &l.head, &l.head
	return l
}()

type operationList struct {
	mu    sync.Mutex // guards the ring and spare
	head  operation
	spare *operation // released ones, by next
}

// Acquire takes an Operation, which stays where it is until Release.
func (windowsCalls) Acquire() *iocp.Operation {
	o := operations.take()
	o.pin.Pin(o)
	return &o.Operation
}

// Release gives op back, and its buffer.
func (windowsCalls) Release(op *iocp.Operation) {
	o := op.Owner.(*operation)
	o.pin.Unpin()
	operations.put(o)
}

func (l *operationList) take() *operation {
	l.mu.Lock()
	defer l.mu.Unlock()
	o := l.spare
	if o != nil {
		l.spare = o.next
		o.Operation = iocp.Operation{}
	} else {
		o = new(operation)
	}
	o.Owner = o
	o.prev, o.next = l.head.prev, &l.head
	o.prev.next, o.next.prev = o, o
	return o
}

func (l *operationList) put(o *operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	o.prev.next, o.next.prev = o.next, o.prev
	o.prev, o.next = nil, l.spare
	l.spare = o
}

// buffer pins buf for as long as op is acquired and returns its address, nil
// for an empty one.
func buffer(op *iocp.Operation, buf []byte) *byte {
	if len(buf) == 0 {
		return nil
	}
	op.Owner.(*operation).pin.Pin(unsafe.SliceData(buf))
	return unsafe.SliceData(buf)
}

// overlapped returns the OVERLAPPED of op, cleared for the next call.
func overlapped(op *iocp.Operation) *iocp.Overlapped {
	op.Overlapped = iocp.Overlapped{}
	return &op.Overlapped
}
