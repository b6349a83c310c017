package iocp

import (
	"reactortest/demux"
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
	directions demux.Directions
}

// calls are the names of what an operation is started with.
var calls = [...]string{
	demux.OpRead:    "WSARecv",
	demux.OpWrite:   "WSASend",
	demux.OpAccept:  "AcceptEx",
	demux.OpConnect: "ConnectEx",
}

// Submit starts op. If the world refuses it, that is the result of op; Submit
// fails if the handle is not open or is attached elsewhere, if there is a
// read or a write in flight already, and for want of resources.
func (d *Demux) Submit(op *demux.Op, tok demux.Token) error {
	if err := d.Traits().CheckOp(op, tok); err != nil {
		return err
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	if d.find(op) != nil {
		_ = d.leave(nil)
		panic("iocp: Submit of an Op that is in flight")
	}
	return d.leave(d.submit(op, tok))
}

func (d *Demux) submit(op *demux.Op, tok demux.Token) error {
	at, err := d.attach(op.Handle)
	if err != nil {
		return err
	}
	if err := at.directions.Check(op); err != nil {
		return err
	}
	accepted := demux.NoHandle
	if op.Kind == demux.OpAccept {
		s, e := d.sys.AcceptSocket(op.Handle)
		if e != 0 {
			return e.Err("WSASocket")
		}
		accepted = s
	}
	t := d.newTask()
	*t = task{user: op, token: tok, attached: at, accepted: accepted}
	t.work.task = t
	t.op = d.acquire(&t.work)
	op.Slot, op.N, op.New, op.Err = t.op.Slot, 0, demux.NoHandle, nil
	at.directions.Occupy(op, true)
	e := d.begin(t)
	if e == ErrorIOPending || e == 0 && !at.skip {
		t.kernels = true
		d.busy++
	} else {
		d.finish(t, e)
	}
	return nil
}

// begin makes the call.
func (d *Demux) begin(t *task) Errno {
	u := t.user
	switch u.Kind {
	case demux.OpRead:
		return d.sys.Recv(u.Handle, t.op, u.Buf)
	case demux.OpWrite:
		return d.sys.Send(u.Handle, t.op, u.Buf)
	case demux.OpAccept:
		return d.sys.AcceptEx(u.Handle, t.accepted, t.op)
	case demux.OpConnect:
		return d.sys.ConnectEx(u.Handle, t.op, u.Addr)
	default:
		return WSAEINVAL
	}
}

func (d *Demux) newTask() *task {
	if n := len(d.spareTasks); n > 0 {
		t := d.spareTasks[n-1]
		d.spareTasks = d.spareTasks[:n-1]
		return t
	}
	return new(task)
}

// attach makes h the port's, if it is not yet.
func (d *Demux) attach(h demux.Handle) (*attachment, error) {
	e := d.sys.Associate(d.port, h, keyTask)
	if e == ErrorInvalidParameter {
		if at := d.attached[h]; at != nil {
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
	if base, e := d.sys.BaseSocket(h); e == 0 && base == h {
		at.skip = d.sys.SetModes(h, SkipOnSuccess|SkipSetEvent) == 0
	}
	d.attached[h] = at
	return at, nil
}

// find returns the task of op, nil if it is not in flight.
func (d *Demux) find(op *demux.Op) *task {
	if int64(op.Slot) >= int64(len(d.requests)) {
		return nil
	}
	w := d.requests[op.Slot]
	if w == nil || w.task == nil || w.task.user != op {
		return nil
	}
	return w.task
}

// Cancel asks that op end soon.
func (d *Demux) Cancel(op *demux.Op) error {
	if op == nil {
		panic("iocp: Cancel of a nil Op")
	}
	if !d.enter() {
		return demux.ErrClosed
	}
	t := d.find(op)
	if t == nil {
		return d.leave(demux.ErrNotFound)
	}
	if t.kernels {
		// Should it say that there is no such operation: it has finished, or
		// its handle was closed, and the packet is on its way.
		_ = d.sys.CancelIoEx(op.Handle, t.op)
	}
	return d.leave(nil)
}

// finish puts the result of t into its Op, and t into the queue.
func (d *Demux) finish(t *task, status Errno) {
	t.kernels = false
	u := t.user
	call := calls[u.Kind]
	switch {
	case status != 0:
	case u.Kind == demux.OpAccept:
		call = "setsockopt"
		status = d.sys.UpdateAccepted(t.accepted, u.Handle)
	case u.Kind == demux.OpConnect:
		call = "setsockopt"
		status = d.sys.UpdateConnected(u.Handle)
	default:
		u.N = int(t.op.Overlapped.InternalHigh)
	}
	u.Err = status.Err(call)
	if t.accepted != demux.NoHandle && status == 0 {
		u.New, t.accepted = t.accepted, demux.NoHandle
	}
	d.abandon(&t.accepted)
	d.queue.push(&t.work)
}

// abandon closes the socket *s, if there is one.
func (d *Demux) abandon(s *demux.Handle) {
	if *s != demux.NoHandle {
		_ = d.sys.CloseSocket(*s)
		*s = demux.NoHandle
	}
}

// deliver puts the completion of t, which is finished, into ev, and frees t.
func (d *Demux) deliver(t *task, ev *demux.Event) {
	*ev = demux.Event{Token: t.token, Op: t.user}
	t.attached.directions.Occupy(t.user, false)
	d.queue.remove(&t.work)
	d.forget(t.op)
	*t = task{}
	d.spareTasks = append(d.spareTasks, t)
}
