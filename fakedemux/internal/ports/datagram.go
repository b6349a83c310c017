package ports

import (
	"net/netip"

	"reactortest/demux/iocp"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/objects"
)

// datagramEvents returns the conditions of a datagram socket as a poll of AFD has them. The
// error of a message that found no socket is returned by the next receive, so the
// socket is readable.
func datagramEvents(s *objects.Datagram) uint32 {
	var m uint32
	if s.Messages.Len() > 0 || s.Pending != errno.OK {
		m |= iocp.PollReceive
	}
	if s.Writable() {
		m |= iocp.PollSend
	}
	return m
}

// receiveMessage takes the message that has waited longest.
func (o *Operation) receiveMessage() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Datagram)
	switch {
	case o.Flags&iocp.MsgOutOfBand != 0: // WSARecvFrom, WSAEOPNOTSUPP
		return true, errno.NotSupported
	case s.Messages.Len() == 0 && s.Pending == errno.OK:
		return false, errno.OK
	}
	n, msg, f := s.Receive(o.Buf, false, false)
	o.count, o.From = n, msg.From
	if f == errno.OK && msg.Size > n {
		f = errno.TooLong
	}
	return f != errno.Again, f
}

// sendMessage hands a message to the network, which takes it at once.
func (o *Operation) sendMessage() (bool, errno.Failure) {
	s := o.via.Object.(*objects.Datagram)
	switch {
	case o.Flags&iocp.MsgOutOfBand != 0:
		return true, errno.NotSupported
	case !o.From.IsValid() && s.To.Port() == 0: // WSASend, WSAENOTCONN
		return true, errno.NotConnected
	}
	to := objects.Sockaddr{}
	if o.From.IsValid() {
		to = objects.Sockaddr{Family: objects.FamilyIPv4, Addr: o.From.Addr(), Port: o.From.Port()}
	}
	n, f := s.SendUDP(o.Buf, &to)
	o.count = n
	if f == errno.Again { // no port is free
		f = errno.NoMemory
	}
	return true, f
}

// addressSize is the size of a sockaddr_in.
const addressSize = 16

// putFrom writes who sent a message into the memory of o.
func (o *Operation) putFrom() {
	a := o.User.Addresses[:addressSize]
	clear(a)
	if o.User.AddressSize = 0; o.From.IsValid() {
		putAddress(a, o.From)
		o.User.AddressSize = addressSize
	}
}

// putAddress writes a sockaddr_in.
func putAddress(a []byte, at netip.AddrPort) {
	const family = 2 // AF_INET
	clear(a[:addressSize])
	a[0], a[2], a[3] = family, byte(at.Port()>>8), byte(at.Port())
	ip := at.Addr().As4()
	copy(a[4:], ip[:])
}
