package fakedemux

import (
	"net/netip"
	"time"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
	"reactortest/scheduler"
)

// windowsCalls are the kernel's calls with Windows' numbers: an iocp.Winsock.
type windowsCalls struct {
	k *Kernel
}

var _ iocp.Winsock = windowsCalls{}

// IOCP returns the Windows calls of the kernel, for code that makes them
// itself. Its methods are calls of tasks, like those of the kernel. There are two
// exceptions. Acquire and Release are not system calls and never switch points.
// Post, which a Wake makes, is a switch point only with Plan.WakeSwitches.
func (k *Kernel) IOCP() iocp.Winsock { return windowsCalls{k} }

// enter is the switch point of a call on h.
func (w windowsCalls) enter(name string, h demux.Handle) scheduler.Call {
	call := w.k.system.Call(name, handleFD(h), false)
	w.k.system.Tasks.Switch(call)
	w.k.ports.Settle() // set-up code outside of any task has no switch points
	return call
}

// Now is QueryPerformanceCounter.
func (w windowsCalls) Now() time.Duration { return w.k.system.Tasks.Now() }

// Acquire returns an Operation. It belongs to the caller until Release.
func (w windowsCalls) Acquire() *iocp.Operation {
	w.k.system.Tasks.Enter(scheduler.Call{Name: "Acquire", Handle: -1})
	return &w.k.ports.Acquire().User
}

// Release takes op back. If op still belongs to the kernel, the run ends with an
// *OwnershipError. Release panics if Acquire did not return op, or if op was
// already released.
func (w windowsCalls) Release(op *iocp.Operation) {
	w.k.system.Tasks.Enter(scheduler.Call{Name: "Release", Handle: -1})
	w.k.ports.Free(op)
}

// CreatePort is CreateIoCompletionPort without a handle.
func (w windowsCalls) CreatePort() (demux.Handle, iocp.Errno) {
	w.enter("CreateIoCompletionPort", demux.NoHandle)
	if f := w.k.system.Room(1); f != errno.OK {
		return demux.NoHandle, iocp.ErrorNoResources
	}
	return demux.Handle(w.k.ports.Add("CreateIoCompletionPort")), 0
}

func (w windowsCalls) port(h demux.Handle) *ports.Port {
	if d := w.k.lookupHandle(h); d != nil {
		p, _ := d.Object.(*ports.Port)
		return p
	}
	return nil
}

// Associate is CreateIoCompletionPort with a handle. A handle that is not a
// file, such as a port, cannot have a port. The call checks last whether port is
// a port; observed on Wine 8.0.
func (w windowsCalls) Associate(port, h demux.Handle, key uintptr) iocp.Errno {
	w.enter("CreateIoCompletionPort", h)
	d := w.k.lookupHandle(h)
	if d == nil {
		return iocp.ErrorInvalidHandle
	}
	if _, isPort := d.Object.(*ports.Port); isPort {
		return iocp.ErrorInvalidHandle
	}
	v := w.k.ports.Of(d)
	if v.Port != nil {
		return iocp.ErrorInvalidParameter
	}
	p := w.port(port)
	if p == nil {
		return iocp.ErrorInvalidHandle
	}
	v.Port, v.Key = p, key
	return 0
}

// SetModes is SetFileCompletionNotificationModes. It applies to files, and a port
// is not a file.
func (w windowsCalls) SetModes(h demux.Handle, modes uint8) iocp.Errno {
	w.enter("SetFileCompletionNotificationModes", h)
	d := w.k.lookupHandle(h)
	switch {
	case d == nil || w.port(h) != nil:
		return iocp.ErrorInvalidHandle
	case modes&^(iocp.SkipOnSuccess|iocp.SkipSetEvent) != 0:
		return iocp.ErrorInvalidParameter
	}
	w.k.ports.Of(d).Modes |= modes
	return 0
}

// Post is PostQueuedCompletionStatus. A Wake makes this call.
func (w windowsCalls) Post(port demux.Handle, key uintptr, transferred uint32) iocp.Errno {
	w.k.switchAtWake(w.k.system.Call("PostQueuedCompletionStatus", handleFD(port), false))
	p := w.port(port)
	if p == nil {
		return iocp.ErrorInvalidHandle
	}
	p.Push(ports.Packet{Key: key, Transferred: transferred})
	w.k.switchAtWake(wakeReturns)
	return 0
}

// GetQueued is GetQueuedCompletionStatusEx.
func (w windowsCalls) GetQueued(port demux.Handle, entries []iocp.Entry, msec uint32) (int, iocp.Errno) {
	k := w.k
	call := w.enter("GetQueuedCompletionStatusEx", port)
	p := w.port(port)
	switch {
	case p == nil:
		return 0, iocp.ErrorInvalidHandle
	case len(entries) == 0:
		return 0, iocp.ErrorInvalidParameter
	case k.system.Fault(machine.FaultSpurious):
		return 0, iocp.WaitTimeout
	}
	if n := p.Take(entries); n > 0 {
		k.system.Polls = 0
		return n, 0
	}
	if msec == 0 {
		k.system.EmptyPoll()
		return 0, iocp.WaitTimeout
	}
	k.system.Polls = 0
	timeout := time.Duration(-1)
	if msec != iocp.Infinite {
		timeout = time.Duration(msec) * time.Millisecond
	}
	return p.Await(call, entries, k.system.WaitLimit(timeout).Deadline)
}

// CloseHandle closes a port, or what OpenAFD returned.
func (w windowsCalls) CloseHandle(h demux.Handle) iocp.Errno {
	w.enter("CloseHandle", h)
	if w.k.system.CloseFile(handleFD(h)) != errno.OK {
		return iocp.ErrorInvalidHandle
	}
	return 0
}

// BaseSocket is SIO_BASE_HANDLE. There are no layered providers.
func (w windowsCalls) BaseSocket(h demux.Handle) (demux.Handle, iocp.Errno) {
	w.enter("WSAIoctl", h)
	if w.socket(h) == nil {
		return demux.NoHandle, iocp.WSAENOTSOCK
	}
	return h, 0
}

// socket returns the description of h, nil if it is no open socket.
func (w windowsCalls) socket(h demux.Handle) *machine.Description {
	d := w.k.lookupHandle(h)
	if d != nil {
		switch d.Object.(type) {
		case *objects.Stream, *objects.Listener, *objects.Datagram:
			return d
		}
	}
	return nil
}

// OpenAFD is NtCreateFile of \Device\Afd.
func (w windowsCalls) OpenAFD() (demux.Handle, iocp.Errno) {
	w.enter("NtCreateFile", demux.NoHandle)
	if f := w.k.system.Room(1); f != errno.OK {
		return demux.NoHandle, f.Status()
	}
	fd, _ := w.k.system.Add(ports.AFD{}, "NtCreateFile")
	return demux.Handle(fd), 0
}

// PollAFD is IOCTL_AFD_POLL. A poll may be made through a socket, too: it is a
// handle of the same driver.
func (w windowsCalls) PollAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	if op == nil {
		return iocp.StatusInvalidParameter
	}
	w.enter("NtDeviceIoControlFile", op.Poll.Handle)
	via, e := w.driver(afd)
	if e != 0 {
		return e
	}
	if op.Poll.NumberOfHandles != 1 {
		return iocp.StatusInvalidParameter
	}
	d, e := w.pollable(op.Poll.Handle, op.Poll.Events)
	if e != 0 {
		return e
	}
	if e := w.refuses(op, ports.OperationPoll); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, ports.OperationPoll, "NtDeviceIoControlFile", op.Poll.Handle, via)
	if o == nil {
		return iocp.StatusInvalidParameter
	}
	o.About(d, op.Poll.Handle, op.Poll.Events)
	o.Timeout, o.Exclusive = op.Poll.Timeout, op.Poll.Exclusive != 0
	return w.poll(o)
}

// CancelAFD is NtCancelIoFileEx. It takes files, and a port is not a file: NtCancelIoFile,
// ReactOS ntoskrnl/io/iomgr/file.c, asks for an IoFileObjectType.
func (w windowsCalls) CancelAFD(afd demux.Handle, op *iocp.Operation) iocp.Errno {
	w.enter("NtCancelIoFileEx", afd)
	d := w.k.lookupHandle(afd)
	switch {
	case d == nil:
		return iocp.StatusInvalidHandle
	case w.port(afd) != nil:
		return iocp.StatusObjectTypeMismatch
	case !w.k.ports.Cancel(d, op):
		return iocp.StatusNotFound
	default:
		return 0
	}
}

// CancelIoEx is CancelIoEx. STATUS_OBJECT_TYPE_MISMATCH, which a port has, is
// ERROR_INVALID_HANDLE; RtlNtStatusToDosError.
func (w windowsCalls) CancelIoEx(h demux.Handle, op *iocp.Operation) iocp.Errno {
	w.enter("CancelIoEx", h)
	d := w.k.lookupHandle(h)
	switch {
	case d == nil || w.port(h) != nil:
		return iocp.ErrorInvalidHandle
	case !w.k.ports.Cancel(d, op):
		return iocp.ErrorNotFound
	default:
		return 0
	}
}

// Recv is WSARecv.
func (w windowsCalls) Recv(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	w.enter("WSARecv", h)
	return w.transfer(ports.OperationRecv, "WSARecv", h, op, buf)
}

// Send is WSASend.
func (w windowsCalls) Send(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	w.enter("WSASend", h)
	return w.transfer(ports.OperationSend, "WSASend", h, op, buf)
}

// transfer is a Recv or a Send.
func (w windowsCalls) transfer(kind ports.OperationKind, call string, h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	if e := w.mayTransfer(d, kind); e != 0 {
		return e
	}
	if e := w.refuses(op, kind); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, kind, call, h, d)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.Buf, o.Flags = buf, op.Flags
	return w.begin(o)
}

// mayTransfer says why the socket of d can not send or receive, 0 if it can. That it was
// shut down is told before a reset; WSASend, WSAESHUTDOWN, and send_socket, Wine
// server/sock.c.
func (w windowsCalls) mayTransfer(d *machine.Description, kind ports.OperationKind) iocp.Errno {
	switch s := d.Object.(type) {
	case *objects.Stream:
		switch {
		case s.State == objects.Unconnected, s.State == objects.Connecting, s.Refused:
			return iocp.WSAENOTCONN
		case kind == ports.OperationSend && (s.Finished || w.k.ports.Of(d).Shut), kind == ports.OperationRecv && s.ReadShut:
			return iocp.WSAESHUTDOWN
		}
		return 0
	case *objects.Datagram:
		return mayTransfer(s, kind)
	default:
		return iocp.WSAENOTCONN
	}
}

// begin carries out as much of an operation as can be done at once.
func (windowsCalls) begin(o *ports.Operation) iocp.Errno {
	if !o.Own().Has(o.Kind) {
		done, f := o.Try()
		switch {
		case done && f == errno.TooLong && o.Kind == ports.OperationRecv: // a warning, which has its packet
			_ = o.AtOnceWith(iocp.StatusBufferOverflow)
			return iocp.WSAEMSGSIZE
		case done && f != errno.OK:
			return f.Winsock()
		case done:
			return o.AtOnce()
		}
	}
	o.Pend()
	return iocp.ErrorIOPending
}

// AcceptEx is AcceptEx. Its socket s must be one of AcceptSocket that no other
// operation uses.
func (w windowsCalls) AcceptEx(l, s demux.Handle, op *iocp.Operation) iocp.Errno {
	w.enter("AcceptEx", l)
	d, to, e := w.acceptors(l, s)
	if e != 0 {
		return e
	}
	if op == nil {
		return iocp.WSAEFAULT
	}
	return w.startAccept(d, to, l, op, nil, op.Addresses[:])
}

// ConnectEx is ConnectEx. It never finishes at once.
func (w windowsCalls) ConnectEx(h demux.Handle, op *iocp.Operation, to netip.AddrPort) iocp.Errno {
	return w.ConnectSend(h, op, to, nil)
}

// AcceptSocket makes a socket for AcceptEx. It asks for the family of l, which a
// socket without a name does not tell; getsockname, WSAEINVAL.
func (w windowsCalls) AcceptSocket(l demux.Handle) (demux.Handle, iocp.Errno) {
	w.enter("WSASocket", l)
	d := w.socket(l)
	if d == nil {
		return demux.NoHandle, iocp.WSAENOTSOCK
	}
	if s, isStream := d.Object.(*objects.Stream); isStream && s.State == objects.Unconnected {
		return demux.NoHandle, iocp.WSAEINVAL
	}
	h, f := w.k.newSocket("WSASocket")
	return h, f.Winsock()
}

// newSocket makes a stream socket that is not connected.
func (k *Kernel) newSocket(call string) (demux.Handle, errno.Failure) {
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, f
	}
	return demux.Handle(k.system.AddStream(k.system.NewStream(true, objects.Unconnected), call)), errno.OK
}

// CloseSocket is closesocket.
func (w windowsCalls) CloseSocket(s demux.Handle) iocp.Errno {
	w.enter("closesocket", s)
	if w.socket(s) == nil {
		return iocp.WSAENOTSOCK
	}
	return w.k.system.CloseFile(handleFD(s)).Winsock()
}

// UpdateAccepted is SO_UPDATE_ACCEPT_CONTEXT. The socket inherits SO_LINGER; AcceptEx,
// Remarks.
func (w windowsCalls) UpdateAccepted(s, l demux.Handle) iocp.Errno {
	w.enter("setsockopt", s)
	from := w.socket(l)
	if from == nil {
		return iocp.WSAENOTSOCK
	}
	e := w.update(s)
	if listener, listens := from.Object.(*objects.Listener); listens && e == 0 {
		w.socket(s).Object.(*objects.Stream).Linger = listener.Linger
	}
	return e
}

// UpdateConnected is SO_UPDATE_CONNECT_CONTEXT.
func (w windowsCalls) UpdateConnected(s demux.Handle) iocp.Errno {
	w.enter("setsockopt", s)
	return w.update(s)
}

func (w windowsCalls) update(h demux.Handle) iocp.Errno {
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	s, isStream := d.Object.(*objects.Stream)
	if !isStream || s.State == objects.Unconnected || s.State == objects.Connecting {
		return iocp.WSAENOTCONN
	}
	s.Bare = false
	return 0
}
