package fakedemux

import (
	"net/netip"
)

// maxDatagram is the largest UDP datagram over IPv4; udp(7), EMSGSIZE.
const maxDatagram = 65507

// datagram is a datagram socket: one end of a unix socketpair, or UDP on the
// loopback network. It keeps the boundaries of messages, empty ones too; what
// does not fit in the buffer of a read is lost; recv(2), MSG_TRUNC.
type datagram struct {
	kernel *system
	desc   *description
	udp    bool

	peer   *datagram // unix: the socket that it is connected to, nil after a write has found that closed
	name   string    // unix: bound to, "" is none
	closed bool
	port   uint16 // UDP: 0 is not bound
	inet          // UDP; the port of to is 0 if it is connected to nothing

	settings settings

	data     buffer
	messages ring[message] // that data is made of

	readEnd, writeEnd bool // shutdown(2)
	pending           failure
}

// message is a datagram that waits.
type message struct {
	size int
	from netip.AddrPort // UDP
	name string         // unix
}

func (s *datagram) kind() string {
	if s.udp {
		return "udp socket"
	}
	return "unix datagram socket"
}

func (s *datagram) poll() uint32 { return s.conditions() }

func (s *datagram) conditions() uint32 {
	var m uint32
	if s.messages.len() > 0 || s.readEnd {
		m |= readable
	}
	if s.readEnd {
		m |= peerHungUp
	}
	if s.readEnd && s.writeEnd {
		m |= hungUp
	}
	if s.writable() {
		m |= writable
	}
	if s.pending != ok {
		m |= failed
	}
	return m
}

// writable reports whether the socket has EPOLLOUT. UDP delivers everything at once. For
// a unix socket the data count that the peer has not read.
func (s *datagram) writable() bool {
	return s.udp || s.peer == nil || 4*s.peer.data.len() <= s.kernel.traits.streamBuffer
}

// read is read(2), which takes nothing if it asks for nothing.
func (s *datagram) read(b []byte) (int, failure) {
	if len(b) == 0 {
		return 0, ok
	}
	n, _, f := s.receive(b, false, s.desc.blocking)
	return n, f
}

// receive takes one message, or the pending error before that; with peek the message
// stays. size is what the message was before it was cut to the length of b. After
// SHUT_RD an empty queue is the end for a blocking call only; seen on Linux 6.18.
func (s *datagram) receive(b []byte, peek, blocking bool) (n int, msg message, f failure) {
	if s.pending != ok {
		f, s.pending = s.pending, ok
		return 0, message{}, f
	}
	if s.messages.len() == 0 {
		if s.readEnd && blocking {
			return 0, message{}, ok
		}
		return 0, message{}, again
	}
	msg = *s.messages.at(0)
	n = min(len(b), msg.size)
	if peek {
		copy(b[:n], s.data.front())
		return n, msg, ok
	}
	s.messages.pop()
	s.data.take(b[:n])
	s.data.drop(msg.size - n)
	if p := s.peer; p != nil && p.writable() {
		p.desc.notify(writable)
	}
	return n, msg, ok
}

func (s *datagram) write(b []byte) (int, failure) { return s.send(b, &sockaddr{}) }

// send sends one message, to the peer if the address is zero.
func (s *datagram) send(b []byte, to *sockaddr) (int, failure) {
	if s.udp {
		return s.sendUDP(b, to)
	}
	addressed, name := !to.none(), to.unixName()
	switch {
	case addressed && (name == "" || badName(name) || familyError(familyUnix, to) != ok):
		return 0, invalid
	case len(b) > s.kernel.traits.streamBuffer:
		return 0, tooLong
	case s.pending != ok:
		return 0, s.takeError()
	case s.writeEnd:
		return 0, brokenPipe
	}
	var f failure
	if addressed {
		f = s.sendName(b, name)
	} else {
		f = s.sendPeer(b)
	}
	if f != ok {
		if f != again && s.writable() {
			s.desc.notify(writable) // the memory of the message is free again; unix_write_space, Linux 6.18
		}
		return 0, f
	}
	return len(b), ok
}

// sendPeer sends a message to the other end of a socketpair. If that is closed,
// this end forgets it, and what it has sent.
func (s *datagram) sendPeer(b []byte) failure {
	switch p := s.peer; {
	case p == nil:
		return notConnected
	case p.full():
		return again
	case p.closed:
		s.peer = nil
		s.forget()
		return connRefused
	default:
		return p.takes(b, s.name)
	}
}

// sendName sends a message to the socket with a name.
func (s *datagram) sendName(b []byte, name string) failure {
	switch p, f := s.kernel.datagramNamed(name); {
	case f != ok:
		return f
	case p.peer != nil && p.peer != s: // it receives from its own peer only
		return notPermitted
	default:
		return p.takes(b, s.name)
	}
}

// full reports whether there is no memory for another message. Any room is enough, and
// the memory is got before the other end is looked at: unix_dgram_sendmsg and
// sock_alloc_send_pskb, Linux 6.18.
func (s *datagram) full() bool { return s.data.len() >= s.kernel.traits.streamBuffer }

// takes is the arrival of a message at a unix socket.
func (s *datagram) takes(b []byte, from string) failure {
	switch {
	case s.readEnd:
		return brokenPipe
	case s.full():
		return again
	default:
		s.arrive(b, message{size: len(b), name: from})
		return ok
	}
}

// connectName sets the peer that a unix socket sends to and receives from.
func (s *datagram) connectName(name string) failure {
	if name == "" || badName(name) {
		return invalid
	}
	p, f := s.kernel.datagramNamed(name)
	switch {
	case f != ok:
		return f
	case p.peer != nil && p.peer != s:
		return notPermitted
	}
	s.peer = p
	return ok
}

// bindName gives a unix socket a name, "" for one that the kernel chooses.
func (s *datagram) bindName(name string) (f failure) {
	had := s.name
	if s.name, f = s.kernel.bindUnix(s.desc, s.name, name, unixDatagrams); had == "" && s.name != "" {
		s.kernel.datagrams = append(s.kernel.datagrams, s)
	}
	return f
}

// datagramNamed returns the unix socket that has a name, or why there is none.
func (k *system) datagramNamed(name string) (*datagram, failure) {
	o, f := k.unixSocket(name, unixDatagrams)
	s, _ := o.(*datagram)
	return s, f
}

// sendFlags is send with the flags of a call. There is nothing out of band here, which
// UDP over IPv6 does not mind; udpv6_sendmsg, Linux 6.18.
func (s *datagram) sendFlags(b []byte, flags int, to *sockaddr) (int, failure) {
	overIPv4 := !s.v6 || to.Family == familyIPv4 || to.Addr.Is4In6() || to.none() && s.to.Addr().Is4()
	if flags&messageOutOfBand != 0 && overIPv4 {
		return 0, notSupported
	}
	return s.send(b, to)
}

func (s *datagram) takeError() failure {
	f := s.pending
	s.pending = ok
	return f
}

func (s *datagram) arrive(b []byte, msg message) {
	s.data.put(b)
	s.messages.push(msg)
	s.desc.notify(dataReady)
}

func (s *datagram) forget() {
	s.data.clear()
	s.messages.clear()
}

// shutdown is shutdown(2). One that is not connected is shut down and told that
// it is not; seen on Linux 6.18.
func (s *datagram) shutdown(read, write bool) failure {
	s.readEnd, s.writeEnd = s.readEnd || read, s.writeEnd || write
	s.desc.notify(0)
	if s.udp && s.to.Port() == 0 {
		return notConnected
	}
	return ok
}

func (s *datagram) release() {
	k := s.kernel
	s.closed = true
	k.datagrams = without(k.datagrams, s)
	if p := s.peer; p != nil && p.peer == s && k.traits.bsd { // unp_drop
		p.peer, p.pending = nil, connReset
		p.desc.notify(failed)
	} else if p != nil && s.messages.len() > 0 {
		s.forget()
		p.desc.notify(writable) // the memory of its messages is free again
	}
	s.forget()
}
