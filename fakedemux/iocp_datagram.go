package fakedemux

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
)

// pollEvents returns the conditions of a datagram socket as a poll of AFD has them. The
// error of a message that found no socket is returned by the next receive, so the
// socket is readable.
func (s *datagram) pollEvents() uint32 {
	var m uint32
	if s.messages.len() > 0 || s.pending != ok {
		m |= iocp.PollReceive
	}
	if s.writable() {
		m |= iocp.PollSend
	}
	return m
}

// mayTransfer says why the socket can not send or receive, 0 if it can; WSARecvFrom,
// WSAEINVAL: "The socket has not been bound".
func (s *datagram) mayTransfer(kind operationKind) iocp.Errno {
	switch {
	case kind == operationRecv && s.port == 0:
		return iocp.WSAEINVAL
	case kind == operationRecv && s.readEnd, kind == operationSend && s.writeEnd:
		return iocp.WSAESHUTDOWN
	default:
		return 0
	}
}

// DatagramSocket makes a UDP socket.
func (w windowsCalls) DatagramSocket(netip.Addr) (demux.Handle, iocp.Errno) {
	w.enter("WSASocket", demux.NoHandle)
	k := w.k
	if f := k.room(1); f != ok {
		return demux.NoHandle, f.winsock()
	}
	s := &datagram{kernel: k, udp: true}
	fd, d := k.add(s, "WSASocket")
	s.desc = d
	return demux.Handle(fd), 0
}

// ConnectDatagram is WSAConnect.
func (w windowsCalls) ConnectDatagram(h demux.Handle, to netip.AddrPort) iocp.Errno {
	w.enter("WSAConnect", h)
	s, e := w.datagram(h)
	switch {
	case e != 0:
		return e
	case !to.IsValid() || to.Port() == 0: // WSAConnect, WSAEADDRNOTAVAIL
		return iocp.WSAEADDRNOTAVAIL
	}
	if f := s.connectUDP(&Sockaddr{Family: FamilyIPv4, Addr: loopback4, Port: to.Port()}); f != ok {
		return iocp.WSAENOBUFS
	}
	return 0
}

// datagram returns the UDP socket that h is.
func (w windowsCalls) datagram(h demux.Handle) (*datagram, iocp.Errno) {
	d := w.socket(h)
	if d == nil {
		return nil, iocp.WSAENOTSOCK
	}
	s, connectionless := d.object.(*datagram)
	if !connectionless {
		return nil, iocp.WSAEOPNOTSUPP
	}
	return s, 0
}

// RecvFrom is WSARecvFrom. On a stream socket it is WSARecv; WSARecvFrom, Remarks.
func (w windowsCalls) RecvFrom(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	w.enter("WSARecvFrom", h)
	s, e := w.datagram(h)
	if e != 0 {
		return w.transfer(operationRecv, "WSARecvFrom", h, op, buf)
	}
	return w.message(s, operationRecv, "WSARecvFrom", h, op, buf, netip.AddrPort{})
}

// SendTo is WSASendTo. It binds a socket that has no port. On a stream socket it is
// WSASend, whatever the address; WSASendTo, Remarks.
func (w windowsCalls) SendTo(h demux.Handle, op *iocp.Operation, buf []byte, to netip.AddrPort) iocp.Errno {
	w.enter("WSASendTo", h)
	s, e := w.datagram(h)
	switch {
	case e != 0:
		return w.transfer(operationSend, "WSASendTo", h, op, buf)
	case !to.IsValid(): // WSASendTo, WSAEDESTADDRREQ
		return iocp.WSAEDESTADDRREQ
	case to.Port() == 0: // WSASendTo, WSAEADDRNOTAVAIL
		return iocp.WSAEADDRNOTAVAIL
	}
	return w.message(s, operationSend, "WSASendTo", h, op, buf, netip.AddrPortFrom(loopback4, to.Port()))
}

// message is a RecvFrom or a SendTo.
func (w windowsCalls) message(s *datagram, kind operationKind, call string, h demux.Handle, op *iocp.Operation, buf []byte, to netip.AddrPort) iocp.Errno {
	if e := s.mayTransfer(kind); e != 0 {
		return e
	}
	if e := w.refuses(op, kind); e != 0 {
		return e
	}
	o := w.k.start(op, kind, call, h, s.desc)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.buf, o.flags, o.from, o.addressed = buf, op.Flags, to, kind == operationRecv
	return w.begin(o)
}

// receiveMessage takes the message that has waited longest.
func (o *operation) receiveMessage() (bool, failure) {
	s := o.via.object.(*datagram)
	switch {
	case o.flags&iocp.MsgOutOfBand != 0: // WSARecvFrom, WSAEOPNOTSUPP
		return true, notSupported
	case s.messages.len() == 0 && s.pending == ok:
		return false, ok
	}
	n, msg, f := s.receive(o.buf, false, false)
	o.count, o.from = n, msg.from
	if f == ok && msg.size > n {
		f = tooLong
	}
	return f != again, f
}

// sendMessage hands a message to the network, which takes it at once.
func (o *operation) sendMessage() (bool, failure) {
	s := o.via.object.(*datagram)
	switch {
	case o.flags&iocp.MsgOutOfBand != 0:
		return true, notSupported
	case !o.from.IsValid() && s.to.Port() == 0: // WSASend, WSAENOTCONN
		return true, notConnected
	}
	to := Sockaddr{}
	if o.from.IsValid() {
		to = Sockaddr{Family: FamilyIPv4, Addr: o.from.Addr(), Port: o.from.Port()}
	}
	n, f := s.sendUDP(o.buf, &to)
	o.count = n
	if f == again { // no port is free
		f = noMemory
	}
	return true, f
}

// putFrom writes who sent a message into the memory of o: a sockaddr_in.
func (o *operation) putFrom() {
	const family, size = 2, 16 // AF_INET
	a := &o.user.Addresses
	clear(a[:size])
	if o.user.AddressSize = 0; !o.from.IsValid() {
		return
	}
	a[0], a[2], a[3] = family, byte(o.from.Port()>>8), byte(o.from.Port())
	ip := o.from.Addr().As4()
	copy(a[4:], ip[:])
	o.user.AddressSize = size
}

// unreachable is the answer to a message that found no socket. The next receive returns
// it, whether the socket is connected or not; WSARecvFrom, WSAECONNRESET.
func (s *datagram) unreachable() {
	s.pending = connReset
	s.desc.notify(epoll.EPOLLERR)
}
