package fakedemux

import (
	"reactortest/demux/iocp"
)

// datagramEvents returns the conditions of a datagram socket as a poll of AFD has them. The
// error of a message that found no socket is returned by the next receive, so the
// socket is readable.
func datagramEvents(s *datagram) uint32 {
	var m uint32
	if s.messages.len() > 0 || s.pending != ok {
		m |= iocp.PollReceive
	}
	if s.writable() {
		m |= iocp.PollSend
	}
	return m
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
	to := sockaddr{}
	if o.from.IsValid() {
		to = sockaddr{Family: familyIPv4, Addr: o.from.Addr(), Port: o.from.Port()}
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
