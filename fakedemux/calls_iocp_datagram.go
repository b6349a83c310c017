package fakedemux

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// mayTransfer says why the socket can not send or receive, 0 if it can; WSARecvFrom,
// WSAEINVAL: "The socket has not been bound".
func mayTransfer(s *datagram, kind operationKind) iocp.Errno {
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
	s := &datagram{kernel: &k.system, udp: true}
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
	if f := s.connectUDP(&sockaddr{Family: familyIPv4, Addr: loopback4, Port: to.Port()}); f != ok {
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
	if e := mayTransfer(s, kind); e != 0 {
		return e
	}
	if e := w.refuses(op, kind); e != 0 {
		return e
	}
	o := w.k.ports.start(op, kind, call, h, s.desc)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.buf, o.flags, o.from, o.addressed = buf, op.Flags, to, kind == operationRecv
	return w.begin(o)
}
