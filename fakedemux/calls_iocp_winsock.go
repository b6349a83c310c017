package fakedemux

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
)

// startAccept starts an AcceptEx whose arguments are right: buf is where the first
// data go, and room where the two addresses go.
func (w windowsCalls) startAccept(d, to *machine.Description, l demux.Handle, op *iocp.Operation, buf, room []byte) iocp.Errno {
	if e := w.refuses(op, ports.OperationAccept); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, ports.OperationAccept, "AcceptEx", l, d)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.Buf, o.Room, o.On, w.k.ports.Of(to).Accept = buf, room, to, o
	e := w.begin(o)
	if e != iocp.ErrorIOPending {
		w.k.ports.Of(to).Accept = nil
	}
	return e
}

// AcceptReceive is AcceptEx with a buffer. Windows wants 16 bytes more than an
// address takes for each of the two addresses; AcceptEx, dwLocalAddressLength.
func (w windowsCalls) AcceptReceive(l, s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	w.enter("AcceptEx", l)
	d, to, e := w.acceptors(l, s)
	switch {
	case e != 0:
		return e
	case len(buf) < iocp.AcceptRoom:
		return iocp.WSAEFAULT
	}
	data := len(buf) - iocp.AcceptRoom
	return w.startAccept(d, to, l, op, buf[:data], buf[data:])
}

// acceptors returns the descriptions of a listener and of the socket that is to
// become a connection, or why AcceptEx can not have them.
func (w windowsCalls) acceptors(l, s demux.Handle) (d, to *machine.Description, e iocp.Errno) {
	d, to = w.socket(l), w.socket(s)
	if d == nil || to == nil {
		return nil, nil, iocp.WSAENOTSOCK
	}
	_, listens := d.Object.(*objects.Listener)
	st, isStream := to.Object.(*objects.Stream)
	if !listens || !isStream || st.State != objects.Unconnected || st.Port != 0 || w.k.ports.Of(to).Accept != nil {
		return nil, nil, iocp.WSAEINVAL
	}
	return d, to, 0
}

// startConnect starts a ConnectEx, which never finishes at once.
func (w windowsCalls) startConnect(s *objects.Stream, h demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	switch {
	case w.k.ports.Of(s.Desc).Accept != nil || s.WasAccepted || s.State == objects.Dead && !s.Refused || !to.IsValid():
		return iocp.WSAEINVAL
	case s.State == objects.Connecting: // ConnectEx, WSAEALREADY; Wine has WSAEINVAL
		return iocp.WSAEALREADY
	case s.State == objects.Connected:
		return iocp.WSAEISCONN
	case to.Port() == 0 || to.Addr().IsUnspecified():
		return iocp.WSAEADDRNOTAVAIL
	}
	if e := w.refuses(op, ports.OperationConnect); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, ports.OperationConnect, "ConnectEx", h, s.Desc)
	if o == nil {
		return iocp.WSAEFAULT
	}
	s.TryAgain()
	o.Buf = buf
	o.Pend()
	s.State = objects.Connecting
	w.k.system.Connect(s, netip.AddrPortFrom(s.Nearest(to.Addr()), to.Port()))
	return iocp.ErrorIOPending
}

// ConnectSend is ConnectEx with a buffer.
func (w windowsCalls) ConnectSend(h demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	w.enter("ConnectEx", h)
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	s, isStream := d.Object.(*objects.Stream)
	if !isStream {
		return iocp.WSAEINVAL
	}
	return w.startConnect(s, h, op, to, buf)
}

// DisconnectEx is DisconnectEx. Without TF_REUSE_SOCKET it has finished when the FIN
// is sent.
func (w windowsCalls) DisconnectEx(h demux.Handle, op *iocp.Operation, flags uint32) iocp.Errno {
	w.enter("DisconnectEx", h)
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	s, isStream := d.Object.(*objects.Stream)
	switch {
	case flags&^iocp.ReuseSocket != 0: // DisconnectEx, WSAEINVAL
		return iocp.WSAEINVAL
	case !isStream || s.State != objects.Connected || w.k.ports.Of(d).Has(ports.OperationDisconnect):
		return iocp.WSAENOTCONN
	}
	if e := w.refuses(op, ports.OperationDisconnect); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, ports.OperationDisconnect, "DisconnectEx", h, d)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.Reuse = flags&iocp.ReuseSocket != 0
	return w.begin(o)
}

// Shutdown is shutdown. Of a connection whose receiving was shut down, unread data
// and data that come later reset it: they can not be delivered; shutdown, SD_RECEIVE. A
// shutdown does not end the operations in flight (comp.programming.threads, July 2011,
// "abort socket connections using IOCP").
func (w windowsCalls) Shutdown(h demux.Handle, how int) iocp.Errno {
	w.enter("shutdown", h)
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	if how < iocp.ShutReceive || how > iocp.ShutBoth {
		return iocp.WSAEINVAL
	}
	read, write := how != iocp.ShutSend, how != iocp.ShutReceive
	switch s := d.Object.(type) {
	case *objects.Stream:
		return w.k.ports.Shutdown(s, read, write).Winsock()
	case *objects.Datagram:
		s.ReadEnd, s.WriteEnd = s.ReadEnd || read, s.WriteEnd || write
		return 0
	default:
		return iocp.WSAENOTCONN
	}
}

// Linger is SO_LINGER. A time to linger for makes closesocket wait, or fail with
// WSAEWOULDBLOCK on a socket that does not block; the simulation does not have it.
func (w windowsCalls) Linger(h demux.Handle, on bool, seconds uint16) iocp.Errno {
	w.enter("setsockopt", h)
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	if on && seconds > 0 {
		return w.k.notSimulated("SO_LINGER with a time")
	}
	switch s := d.Object.(type) {
	case *objects.Stream:
		s.Linger = on
	case *objects.Listener:
		s.Linger = on
	default:
		return iocp.WSAENOPROTOOPT
	}
	return 0
}

// Bind is bind.
func (w windowsCalls) Bind(h demux.Handle, at netip.AddrPort) iocp.Errno {
	w.enter("bind", h)
	d := w.socket(h)
	switch {
	case d == nil:
		return iocp.WSAENOTSOCK
	case !at.IsValid():
		return iocp.WSAEFAULT
	}
	switch s := d.Object.(type) {
	case *objects.Datagram:
		return s.Bind(&objects.Sockaddr{Family: objects.FamilyIPv4, Addr: objects.Loopback4, Port: at.Port()}).Winsock()
	case *objects.Stream:
		if s.State != objects.Unconnected || s.Port != 0 {
			return iocp.WSAEINVAL
		}
		return w.k.system.BindPort(s, at.Port()).Winsock()
	default:
		return iocp.WSAEINVAL
	}
}

// LocalAddr is getsockname. A socket that was connected without a port has one from
// then on.
func (w windowsCalls) LocalAddr(h demux.Handle) (netip.AddrPort, iocp.Errno) {
	w.enter("getsockname", h)
	d := w.socket(h)
	if d == nil {
		return netip.AddrPort{}, iocp.WSAENOTSOCK
	}
	port := uint16(0)
	switch s := d.Object.(type) {
	case *objects.Datagram:
		port = s.Port
	case *objects.Listener:
		port = s.Port
	case *objects.Stream:
		if s.Port == 0 && s.State != objects.Unconnected {
			if f := w.k.system.BindPort(s, 0); f != errno.OK {
				return netip.AddrPort{}, f.Winsock()
			}
		}
		port = s.Port
	}
	if port == 0 {
		return netip.AddrPort{}, iocp.WSAEINVAL
	}
	return netip.AddrPortFrom(objects.Loopback4, port), 0
}
