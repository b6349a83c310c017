package fakedemux

import (
	"net/netip"

	"reactortest/scheduler"
)

// udpTo returns the destination of a message to an address, or why it cannot be sent;
// udp_sendmsg and udpv6_sendmsg, Linux 6.18.
func (s *datagram) udpTo(at *sockaddr) (netip.AddrPort, failure) {
	mapped := s.v6 && at.Family == familyIPv4
	f := familyError(s.family(), at)
	switch {
	case mapped && s.v6only:
		return netip.AddrPort{}, noNetwork
	case f != ok && s.v6 && !mapped:
		return netip.AddrPort{}, invalid
	case f != ok && !mapped:
		return netip.AddrPort{}, f
	case at.Port == 0:
		return netip.AddrPort{}, invalid
	}
	to, f := s.destination(at.Addr)
	return netip.AddrPortFrom(to, at.Port), f
}

// sendUDP sends to an address. If no socket is there and this one is connected to that
// address, the next call returns the error; udp(7), ECONNREFUSED.
func (s *datagram) sendUDP(b []byte, address *sockaddr) (int, failure) {
	k := s.kernel
	to := s.to
	if !address.none() {
		var f failure
		if len(b) <= 0xffff {
			to, f = s.udpTo(address)
		}
		if f != ok {
			s.bindAny()
			return 0, f
		}
	}
	if !s.bindAny() {
		return 0, again
	}
	switch {
	case len(b) > maxDatagram:
		return 0, tooLong
	case to.Port() == 0:
		return 0, noDestination
	case s.pending != ok && !k.traits.winsock: // under Winsock only a receive returns it
		return 0, s.takeError()
	case s.writeEnd:
		return 0, brokenPipe
	}
	from := netip.AddrPortFrom(s.source(to.Addr()), s.port)
	switch p := k.datagramAt(to, from); {
	case p == nil: // ICMP: port unreachable
		if k.traits.winsock {
			s.unreachable()
		} else if s.to == to {
			s.pending = connRefused
			s.desc.notify(failed)
		}
	case p.data.len() <= k.traits.streamBuffer: // else it is dropped; udp(7)
		p.arrive(b, message{size: len(b), from: from})
	}
	s.desc.notify(writable)
	return len(b), ok
}

// fits returns how well the socket fits a message, 0 if not at all; compute_score of
// UDP, Linux 6.18.
func (s *datagram) fits(to, from netip.AddrPort) int {
	if !s.udp || s.port != to.Port() || s.to.Port() != 0 && s.to != from {
		return 0
	}
	score := s.score(to.Addr())
	if score > 0 && s.to.Port() != 0 {
		score += 8
	}
	return score
}

// datagramAt returns the socket that a message goes to, nil if there is none. If
// sockets share a port by SO_REUSEADDR, it is the one that was bound last. In a group of
// SO_REUSEPORT a decision chooses.
func (k *system) datagramAt(to, from netip.AddrPort) *datagram {
	best, group := 0, 0
	var found *datagram
	for _, s := range k.datagrams {
		score := s.fits(to, from)
		if score == 0 || score < best {
			continue
		}
		if score > best {
			group = 0
		}
		best, found = score, s
		if s.reusePort && s.to.Port() == 0 {
			group++
		}
	}
	if group < 2 {
		return found
	}
	nth := k.member(group)
	for _, s := range k.datagrams {
		if s.fits(to, from) == best && s.reusePort {
			if nth == 0 {
				return s
			}
			nth--
		}
	}
	return found
}

// bind gives a UDP socket an address and a port, 0 for one that the kernel chooses.
func (s *datagram) bind(at *sockaddr) failure {
	addr, f := s.bindable(at.Addr)
	switch {
	case f != ok:
		return f
	case s.port != 0:
		return invalid
	}
	s.addr = addr
	if f = s.bindPort(at.Port); f != ok {
		s.addr = netip.Addr{}
		return f
	}
	s.boundTo(addr)
	return ok
}

func (s *datagram) bindPort(port uint16) failure {
	switch {
	case port == 0 && !s.bindAny():
		return addressInUse
	case port == 0:
		return ok
	case s.kernel.datagramConflict(s, port):
		return addressInUse
	}
	s.port = port
	s.kernel.datagrams = append(s.kernel.datagrams, s)
	return ok
}

// datagramConflict reports whether a UDP socket cannot be bound to a port because of
// another one; udp_lib_lport_inuse, Linux 6.18.
func (k *system) datagramConflict(s *datagram, port uint16) bool {
	for _, o := range k.datagrams {
		if o.udp && o != s && o.port == port && s.conflicts(&o.inet, false) {
			return true
		}
	}
	return false
}

// bindAny gives the socket a port if it has none. It returns false if none is free.
func (s *datagram) bindAny() bool {
	k := s.kernel
	for range lastPort - firstPort + 1 {
		if s.port != 0 {
			return true
		}
		port := k.nextDatagramPort
		if k.nextDatagramPort++; port == lastPort {
			k.nextDatagramPort = firstPort
		}
		if !k.datagramPortTaken(port) {
			return s.bindPort(port) == ok
		}
	}
	return s.port != 0
}

func (k *system) datagramPortTaken(port uint16) bool {
	for _, s := range k.datagrams {
		if s.udp && s.port == port {
			return true
		}
	}
	return false
}

// connectUDP sets the peer that a UDP socket sends to and receives from.
func (s *datagram) connectUDP(at *sockaddr) failure {
	mapped := s.v6 && at.Family == familyIPv4
	f := familyError(s.family(), at)
	switch {
	case mapped && s.v6only:
		return noFamily
	case f != ok && !mapped:
		return f
	}
	if !s.bindAny() {
		return again
	}
	to, f := s.destination(at.Addr)
	if f != ok {
		return f
	}
	s.to = netip.AddrPortFrom(to, at.Port)
	s.addr = s.source(to)
	return ok
}

// member asks which of n sockets of a group of SO_REUSEPORT gets a connection or a
// message. Linux chooses by a hash of the addresses; the quiet answer is the next socket
// in turn. Like the order of a batch, the choice is no fault: it has no budget, and the
// class of the order switches it on and off.
func (k *system) member(n int) int {
	k.turn++
	got := 0
	if n = min(n, scheduler.MaxAlternatives); k.may(faultOrder) {
		k.choice = scheduler.Choice{Point: pointGroup, N: n, Quiet: asked[faultOrder].quiet}
		got = k.recorder.Choose(&k.choice)
	}
	return (k.turn - 1 + got) % n
}

// unreachable is the answer to a message that found no socket. The next receive returns
// it, whether the socket is connected or not; WSARecvFrom, WSAECONNRESET.
func (s *datagram) unreachable() {
	s.pending = connReset
	s.desc.notify(failed)
}
