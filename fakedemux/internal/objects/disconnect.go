package objects

import (
	"net/netip"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// FamilyNone stands for AF_UNSPEC.
const FamilyNone = -1

// Disconnect is connect(2) with AF_UNSPEC.
func (k *System) Disconnect(o machine.Object) errno.Failure {
	switch o := o.(type) {
	case *Datagram:
		if o.UDP {
			o.disconnectUDP()
		} else {
			o.disconnectUnix()
		}
		return errno.OK
	case *Stream, *Listener:
		if FamilyOf(o) == FamilyUnix { // unix_stream_connect, Linux 6.18
			return errno.Invalid
		}
		return k.Refuse("connect(2) of a TCP socket with AF_UNSPEC")
	default:
		return errno.NotSocket
	}
}

// disconnectUDP forgets the peer, and the address and the port that bind(2) has not been
// given; __udp_disconnect, Linux 6.18.
func (s *Datagram) disconnectUDP() {
	s.To = netip.AddrPort{}
	if !s.keepsAddr {
		s.Addr = netip.Addr{}
	}
	if !s.keepsPort && s.Port != 0 {
		s.Port = 0
		s.Kernel.datagrams = machine.Without(s.Kernel.datagrams, s)
	}
}

// disconnectUnix forgets the peer, and what has arrived. A peer that is connected to this
// socket gets an error if something was lost; unix_dgram_disconnected, Linux 6.18.
func (s *Datagram) disconnectUnix() {
	p := s.Peer
	if p == nil {
		return
	}
	s.Peer = nil
	s.Desc.Notify(machine.Writable)
	if s.Messages.Len() == 0 {
		return
	}
	s.Messages.Clear()
	s.Data.Clear()
	if p.Peer == s && !p.closed {
		p.Pending = errno.ConnReset
		p.Desc.Notify(machine.Failed)
	}
}
