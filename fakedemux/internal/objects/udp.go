package objects

import (
	"net/netip"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/scheduler"
)

// udpTo returns the destination of a message to an address, or why it cannot be sent;
// udp_sendmsg and udpv6_sendmsg, Linux 6.18.
func (s *Datagram) udpTo(at *Sockaddr) (netip.AddrPort, errno.Failure) {
	mapped := s.V6 && at.Family == FamilyIPv4
	f := FamilyError(s.family(), at)
	switch {
	case mapped && s.V6only:
		return netip.AddrPort{}, errno.NoNetwork
	case f != errno.OK && s.V6 && !mapped:
		return netip.AddrPort{}, errno.Invalid
	case f != errno.OK && !mapped:
		return netip.AddrPort{}, f
	case at.Port == 0:
		return netip.AddrPort{}, errno.Invalid
	}
	to, f := s.destination(at.Addr)
	return netip.AddrPortFrom(to, at.Port), f
}

// SendUDP sends to an address. If no socket is there and this one is connected to that
// address, the next call returns the error; udp(7), ECONNREFUSED.
func (s *Datagram) SendUDP(b []byte, address *Sockaddr) (int, errno.Failure) {
	k := s.Kernel
	to := s.To
	if !address.none() {
		var f errno.Failure
		if len(b) <= 0xffff {
			to, f = s.udpTo(address)
		}
		if f != errno.OK {
			s.bindAny()
			return 0, f
		}
	}
	if !s.bindAny() {
		return 0, errno.Again
	}
	switch {
	case len(b) > k.Traits.mostDatagram():
		return 0, errno.TooLong
	case to.Port() == 0:
		return 0, errno.NoDestination
	case s.Pending != errno.OK && !k.Traits.Winsock: // under Winsock only a receive returns it
		return 0, s.takeError()
	case s.WriteEnd:
		return 0, errno.BrokenPipe
	}
	from := netip.AddrPortFrom(s.source(to.Addr()), s.Port)
	switch p := k.datagramAt(to, from); {
	case p == nil: // ICMP: port unreachable
		if k.Traits.Winsock {
			s.unreachable()
		} else if s.To == to {
			s.Pending = errno.ConnRefused
			s.Desc.Notify(machine.Failed)
		}
	case p.Data.Len() <= k.Traits.StreamBuffer: // else it is dropped; udp(7)
		p.arrive(b, message{Size: len(b), From: from})
	}
	s.Desc.Notify(machine.Writable)
	return len(b), errno.OK
}

// mostDatagram is how long a datagram can be. A BSD sends none that its buffer can not
// hold; sosend_generic, EMSGSIZE.
func (t *Traits) mostDatagram() int {
	if t.BSD {
		return t.DatagramSend
	}
	return maxDatagram
}

// fits returns how well the socket fits a message, 0 if not at all; compute_score of
// UDP, Linux 6.18.
func (s *Datagram) fits(to, from netip.AddrPort) int {
	if !s.UDP || s.Port != to.Port() || s.To.Port() != 0 && s.To != from {
		return 0
	}
	score := s.score(to.Addr())
	if score > 0 && s.To.Port() != 0 {
		score += 8
	}
	return score
}

// datagramAt returns the socket that a message goes to, nil if there is none. If
// sockets share a port by SO_REUSEADDR, it is the one that was bound last. In a group of
// SO_REUSEPORT a decision chooses.
func (k *System) datagramAt(to, from netip.AddrPort) *Datagram {
	best, group := 0, 0
	var found *Datagram
	for _, s := range k.datagrams {
		score := s.fits(to, from)
		if score == 0 || score < best {
			continue
		}
		if score > best {
			group = 0
		}
		best, found = score, s
		if s.ReusePort && s.To.Port() == 0 {
			group++
		}
	}
	if group < 2 {
		return found
	}
	nth := k.member(group)
	for _, s := range k.datagrams {
		if s.fits(to, from) == best && s.ReusePort {
			if nth == 0 {
				return s
			}
			nth--
		}
	}
	return found
}

// Bind gives a UDP socket an address and a port, 0 for one that the kernel chooses.
func (s *Datagram) Bind(at *Sockaddr) errno.Failure {
	addr, f := s.Bindable(at.Addr)
	switch {
	case f != errno.OK:
		return f
	case s.Port != 0:
		return errno.Invalid
	}
	s.Addr = addr
	if f = s.bindPort(at.Port); f != errno.OK {
		s.Addr = netip.Addr{}
		return f
	}
	s.boundTo(addr)
	s.keepsAddr, s.keepsPort = addr.IsValid() && !addr.IsUnspecified(), at.Port != 0
	return errno.OK
}

func (s *Datagram) bindPort(port uint16) errno.Failure {
	switch {
	case port == 0 && !s.bindAny():
		return errno.AddressInUse
	case port == 0:
		return errno.OK
	case s.Kernel.datagramConflict(s, port):
		return errno.AddressInUse
	}
	s.Port = port
	s.Kernel.datagrams = append(s.Kernel.datagrams, s)
	return errno.OK
}

// datagramConflict reports whether a UDP socket cannot be bound to a port because of
// another one; udp_lib_lport_inuse, Linux 6.18.
func (k *System) datagramConflict(s *Datagram, port uint16) bool {
	for _, o := range k.datagrams {
		if o.UDP && o != s && o.Port == port && s.conflicts(&o.Inet, false) {
			return true
		}
	}
	return false
}

// bindAny gives the socket a port if it has none. It returns false if none is free.
func (s *Datagram) bindAny() bool {
	k := s.Kernel
	for range lastPort - firstPort + 1 {
		if s.Port != 0 {
			return true
		}
		port := k.nextDatagramPort
		if k.nextDatagramPort++; port == lastPort {
			k.nextDatagramPort = firstPort
		}
		if !k.datagramPortTaken(port) {
			return s.bindPort(port) == errno.OK
		}
	}
	return s.Port != 0
}

func (k *System) datagramPortTaken(port uint16) bool {
	for _, s := range k.datagrams {
		if s.UDP && s.Port == port {
			return true
		}
	}
	return false
}

// ConnectUDP sets the peer that a UDP socket sends to and receives from.
func (s *Datagram) ConnectUDP(at *Sockaddr) errno.Failure {
	mapped := s.V6 && at.Family == FamilyIPv4
	f := FamilyError(s.family(), at)
	switch {
	case mapped && s.V6only:
		return errno.NoFamily
	case f != errno.OK && !mapped:
		return f
	}
	if !s.bindAny() {
		return errno.Again
	}
	to, f := s.destination(at.Addr)
	if f != errno.OK {
		return f
	}
	s.To = netip.AddrPortFrom(to, at.Port)
	s.Addr = s.source(to)
	return errno.OK
}

// member asks which of n sockets of a group of SO_REUSEPORT gets a connection or a
// message. Linux chooses by a hash of the addresses; the quiet answer is the next socket
// in turn. Like the order of a batch, the choice is no fault: it has no budget, and the
// class of the order switches it on and off.
func (k *System) member(n int) int {
	k.turn++
	got := 0
	if n = min(n, scheduler.MaxAlternatives); k.May(machine.FaultOrder) {
		k.Choice = scheduler.Choice{Point: machine.PointGroup, N: n, Quiet: machine.Asked[machine.FaultOrder].Quiet}
		got = k.Recorder.Choose(&k.Choice)
	}
	return (k.turn - 1 + got) % n
}

// Discard drops the messages that wait: all, or those that are not from the peer.
func (s *Datagram) Discard(all bool) {
	for range s.Messages.Len() {
		msg := *s.Messages.At(0)
		s.Messages.Pop()
		kept := append([]byte(nil), s.Data.Front()[:msg.Size]...)
		s.Data.Drop(msg.Size)
		if !all && msg.From == s.To {
			s.Data.Put(kept)
			s.Messages.Push(msg)
		}
	}
}

// unreachable is the answer to a message that found no socket. The next receive returns
// it, whether the socket is connected or not; WSARecvFrom, WSAECONNRESET.
func (s *Datagram) unreachable() {
	s.Pending = errno.ConnReset
	s.Desc.Notify(machine.Failed)
}
