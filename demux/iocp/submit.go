package iocp

import (
	"reactortest/demux"
	"reactortest/demux/frame"
)

// task is an operation in flight: from Submit until its event.
type task struct {
	work     work
	user     *demux.Op
	op       *Operation
	token    demux.Token
	attached *attachment
	accepted demux.Handle // of an accept: the socket that is to become the connection
	kernels  bool         // op and the buffer are the kernel's
}

// attachment is a handle that belongs to the port.
type attachment struct {
	skip       bool // an operation that finishes at once queues no packet
	directions frame.Directions
}

// calls are the names of what an operation is started with.
var calls = [...]string{
	demux.OpRead:    "WSARecv",
	demux.OpWrite:   "WSASend",
	demux.OpAccept:  "AcceptEx",
	demux.OpConnect: "ConnectEx",
}

// Submit attaches the handle of op and makes the call.
func (b *backend) Submit(op *demux.Op, tok demux.Token) error {
	at, err := b.attach(op.Handle)
	if err != nil {
		return err
	}
	if err := at.directions.Check(op); err != nil {
		return err
	}
	accepted := demux.NoHandle
	if op.Kind == demux.OpAccept {
		s, e := b.sys.AcceptSocket(op.Handle)
		if e != 0 {
			return e.Err("WSASocket")
		}
		accepted = s
	}
	t := b.spareTasks.Take()
	*t = task{user: op, token: tok, attached: at, accepted: accepted}
	t.work.task = t
	t.op = b.acquire(&t.work)
	op.Slot, op.N, op.New, op.Err = t.op.Slot, 0, demux.NoHandle, nil
	at.directions.Occupy(op, true)
	e := b.begin(t)
	if e == ErrorIOPending || e == 0 && !at.skip {
		t.kernels = true
		b.busy++
	} else {
		b.finish(t, e)
	}
	return nil
}

// begin makes the call.
func (b *backend) begin(t *task) Errno {
	u := t.user
	switch u.Kind {
	case demux.OpRead:
		return b.sys.Recv(u.Handle, t.op, u.Buf)
	case demux.OpWrite:
		return b.sys.Send(u.Handle, t.op, u.Buf)
	case demux.OpAccept:
		return b.sys.AcceptEx(u.Handle, t.accepted, t.op)
	case demux.OpConnect:
		return b.sys.ConnectEx(u.Handle, t.op, u.Addr)
	default:
		return WSAEINVAL
	}
}

// attach makes h the port's, if it is not yet.
func (b *backend) attach(h demux.Handle) (*attachment, error) {
	e := b.sys.Associate(b.port, h, keyTask)
	if e == ErrorInvalidParameter {
		if at := b.attached[h]; at != nil {
			return at, nil
		}
		return nil, demux.ErrAttached
	}
	if e == ErrorInvalidHandle {
		e = WSAEBADF // as the other calls say it
	}
	if e != 0 {
		return nil, e.Err("CreateIoCompletionPort")
	}
	at := &attachment{}
	// A layered provider may complete in its own way: Windows knows of no
	// skipping there.
	if base, e := b.sys.BaseSocket(h); e == 0 && base == h {
		at.skip = b.sys.SetModes(h, SkipOnSuccess|SkipSetEvent) == 0
	}
	b.attached[h] = at
	return at, nil
}

// find returns the task of op, nil if it is not in flight.
func (b *backend) find(op *demux.Op) *task {
	if int64(op.Slot) >= int64(len(b.requests.Rows())) {
		return nil
	}
	w := *b.requests.At(op.Slot)
	if w == nil || w.task == nil || w.task.user != op {
		return nil
	}
	return w.task
}

// InFlight reports whether op has a task.
func (b *backend) InFlight(op *demux.Op) bool { return b.find(op) != nil }

// Cancel asks the kernel to end op, if the kernel has it.
func (b *backend) Cancel(op *demux.Op) error {
	if t := b.find(op); t.kernels {
		// Should it say that there is no such operation: it has finished, or
		// its handle was closed, and the packet is on its way.
		_ = b.sys.CancelIoEx(op.Handle, t.op)
	}
	return nil
}

// finish puts the result of t into its Op, and t into the queue.
func (b *backend) finish(t *task, status Errno) {
	t.kernels = false
	u := t.user
	call := calls[u.Kind]
	switch {
	case status != 0:
	case u.Kind == demux.OpAccept:
		call = "setsockopt"
		status = b.sys.UpdateAccepted(t.accepted, u.Handle)
	case u.Kind == demux.OpConnect:
		call = "setsockopt"
		status = b.sys.UpdateConnected(u.Handle)
	default:
		u.N = int(t.op.Overlapped.InternalHigh)
	}
	u.Err = status.Err(call)
	if t.accepted != demux.NoHandle && status == 0 {
		u.New, t.accepted = t.accepted, demux.NoHandle
	}
	b.abandon(&t.accepted)
	b.queue.push(&t.work)
}

// abandon closes the socket *s, if there is one.
func (b *backend) abandon(s *demux.Handle) {
	if *s != demux.NoHandle {
		_ = b.sys.CloseSocket(*s)
		*s = demux.NoHandle
	}
}

// deliver puts the completion of t, which is finished, into ev, and frees t.
func (b *backend) deliver(t *task, ev *demux.Event) {
	*ev = demux.Event{Token: t.token, Op: t.user}
	t.attached.directions.Occupy(t.user, false)
	b.queue.remove(&t.work)
	b.forget(t.op)
	*t = task{}
	b.spareTasks.Give(t)
}
