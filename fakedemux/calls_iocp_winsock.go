package fakedemux

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// startAccept starts an AcceptEx whose arguments are right: buf is where the first
// data go.
func (w windowsCalls) startAccept(d, to *description, l demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if e := w.refuses(op, operationAccept); e != 0 {
		return e
	}
	o := w.k.ports.start(op, operationAccept, "AcceptEx", l, d)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.buf, o.on, w.k.ports.of(to).accept = buf, to, o
	e := w.begin(o)
	if e != iocp.ErrorIOPending {
		w.k.ports.of(to).accept = nil
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
	return w.startAccept(d, to, l, op, buf[:len(buf)-iocp.AcceptRoom])
}

// acceptors returns the descriptions of a listener and of the socket that is to
// become a connection, or why AcceptEx can not have them.
func (w windowsCalls) acceptors(l, s demux.Handle) (d, to *description, e iocp.Errno) {
	d, to = w.socket(l), w.socket(s)
	if d == nil || to == nil {
		return nil, nil, iocp.WSAENOTSOCK
	}
	_, listens := d.object.(*listener)
	st, isStream := to.object.(*stream)
	if !listens || !isStream || st.state != unconnected || st.port != 0 || w.k.ports.of(to).accept != nil {
		return nil, nil, iocp.WSAEINVAL
	}
	return d, to, 0
}

// startConnect starts a ConnectEx, which never finishes at once.
func (w windowsCalls) startConnect(s *stream, h demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	switch {
	case w.k.ports.of(s.desc).accept != nil || s.state == connecting || s.state == dead && !s.refused || !to.IsValid():
		return iocp.WSAEINVAL
	case s.state == connected:
		return iocp.WSAEISCONN
	case to.Port() == 0:
		return iocp.WSAEADDRNOTAVAIL
	}
	if e := w.refuses(op, operationConnect); e != 0 {
		return e
	}
	o := w.k.ports.start(op, operationConnect, "ConnectEx", h, s.desc)
	if o == nil {
		return iocp.WSAEFAULT
	}
	s.tryAgain()
	o.buf = buf
	o.pend()
	s.state = connecting
	w.k.connect(s, netip.AddrPortFrom(s.nearest(to.Addr()), to.Port()))
	return iocp.ErrorIOPending
}

// ConnectSend is ConnectEx with a buffer.
func (w windowsCalls) ConnectSend(h demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	w.enter("ConnectEx", h)
	d := w.socket(h)
	if d == nil {
		return iocp.WSAENOTSOCK
	}
	s, isStream := d.object.(*stream)
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
	s, isStream := d.object.(*stream)
	switch {
	case flags&^iocp.ReuseSocket != 0: // DisconnectEx, WSAEINVAL
		return iocp.WSAEINVAL
	case !isStream || s.state != connected || w.k.ports.of(d).has(operationDisconnect):
		return iocp.WSAENOTCONN
	}
	if e := w.refuses(op, operationDisconnect); e != 0 {
		return e
	}
	o := w.k.ports.start(op, operationDisconnect, "DisconnectEx", h, d)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.reuse = flags&iocp.ReuseSocket != 0
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
	switch s := d.object.(type) {
	case *stream:
		return w.k.ports.shutdown(s, read, write).winsock()
	case *datagram:
		s.readEnd, s.writeEnd = s.readEnd || read, s.writeEnd || write
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
	switch s := d.object.(type) {
	case *stream:
		s.linger = on
	case *listener:
		s.linger = on
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
	switch s := d.object.(type) {
	case *datagram:
		return s.bind(&sockaddr{Family: familyIPv4, Addr: loopback4, Port: at.Port()}).winsock()
	case *stream:
		if s.state != unconnected || s.port != 0 {
			return iocp.WSAEINVAL
		}
		return w.k.bindPort(s, at.Port()).winsock()
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
	switch s := d.object.(type) {
	case *datagram:
		port = s.port
	case *listener:
		port = s.port
	case *stream:
		if s.port == 0 && s.state != unconnected {
			if f := w.k.bindPort(s, 0); f != ok {
				return netip.AddrPort{}, f.winsock()
			}
		}
		port = s.port
	}
	if port == 0 {
		return netip.AddrPort{}, iocp.WSAEINVAL
	}
	return netip.AddrPortFrom(loopback4, port), 0
}
