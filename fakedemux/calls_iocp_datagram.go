package fakedemux

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
	"reactortest/fakedemux/internal/ports"
)

// mayTransfer says why the socket can not send or receive, 0 if it can; WSARecvFrom,
// WSAEINVAL: "The socket has not been bound".
func mayTransfer(s *objects.Datagram, kind ports.OperationKind) iocp.Errno {
	switch {
	case kind == ports.OperationRecv && s.Port == 0:
		return iocp.WSAEINVAL
	case kind == ports.OperationRecv && s.ReadEnd, kind == ports.OperationSend && s.WriteEnd:
		return iocp.WSAESHUTDOWN
	default:
		return 0
	}
}

// DatagramSocket makes a UDP socket.
func (w windowsCalls) DatagramSocket(netip.Addr) (demux.Handle, iocp.Errno) {
	w.enter("WSASocket", demux.NoHandle)
	k := w.k
	if f := k.system.Room(1); f != errno.OK {
		return demux.NoHandle, f.Winsock()
	}
	s := &objects.Datagram{Kernel: &k.system, UDP: true}
	fd, d := k.system.Add(s, "WSASocket")
	s.Desc = d
	return demux.Handle(fd), 0
}

// ConnectDatagram is WSAConnect. Messages that wait are discarded if the peer is not
// that of an earlier WSAConnect. After the first WSAConnect those from the peer are still
// there: WSARecv returns messages from that address.
func (w windowsCalls) ConnectDatagram(h demux.Handle, to netip.AddrPort) iocp.Errno {
	w.enter("WSAConnect", h)
	s, e := w.datagram(h)
	switch {
	case e != 0:
		return e
	case !to.IsValid() || to.Port() == 0 || to.Addr().IsUnspecified(): // WSAConnect, WSAEADDRNOTAVAIL
		return iocp.WSAEADDRNOTAVAIL
	}
	before := s.To
	if f := s.ConnectUDP(&objects.Sockaddr{Family: objects.FamilyIPv4, Addr: objects.Loopback4, Port: to.Port()}); f != errno.OK {
		return iocp.WSAENOBUFS
	}
	if s.To != before {
		s.Discard(before.IsValid())
	}
	return 0
}

// datagram returns the UDP socket that h is.
func (w windowsCalls) datagram(h demux.Handle) (*objects.Datagram, iocp.Errno) {
	d := w.socket(h)
	if d == nil {
		return nil, iocp.WSAENOTSOCK
	}
	s, connectionless := d.Object.(*objects.Datagram)
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
		return w.transfer(ports.OperationRecv, "WSARecvFrom", h, op, buf)
	}
	return w.message(s, ports.OperationRecv, "WSARecvFrom", h, op, buf, netip.AddrPort{})
}

// SendTo is WSASendTo. It binds a socket that has no port. On a stream socket it is
// WSASend, whatever the address; WSASendTo, Remarks.
func (w windowsCalls) SendTo(h demux.Handle, op *iocp.Operation, buf []byte, to netip.AddrPort) iocp.Errno {
	w.enter("WSASendTo", h)
	s, e := w.datagram(h)
	switch {
	case e != 0:
		return w.transfer(ports.OperationSend, "WSASendTo", h, op, buf)
	case !to.IsValid(): // WSASendTo, WSAEDESTADDRREQ
		return iocp.WSAEDESTADDRREQ
	case to.Port() == 0 || to.Addr().IsUnspecified(): // WSASendTo, WSAEADDRNOTAVAIL
		return iocp.WSAEADDRNOTAVAIL
	}
	return w.message(s, ports.OperationSend, "WSASendTo", h, op, buf, netip.AddrPortFrom(objects.Loopback4, to.Port()))
}

// message is a RecvFrom or a SendTo.
func (w windowsCalls) message(s *objects.Datagram, kind ports.OperationKind, call string, h demux.Handle, op *iocp.Operation, buf []byte, to netip.AddrPort) iocp.Errno {
	if e := mayTransfer(s, kind); e != 0 {
		return e
	}
	if e := w.refuses(op, kind); e != 0 {
		return e
	}
	o := w.k.ports.Start(op, kind, call, h, s.Desc)
	if o == nil {
		return iocp.WSAEFAULT
	}
	o.Buf, o.Flags, o.From, o.Addressed = buf, op.Flags, to, kind == ports.OperationRecv
	return w.begin(o)
}
