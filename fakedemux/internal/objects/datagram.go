package objects

import (
	"net/netip"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// maxDatagram is the largest UDP datagram over IPv4; udp(7), EMSGSIZE.
const maxDatagram = 65507

// Datagram is a datagram socket: one end of a unix socketpair, or UDP on the
// loopback network. It keeps the boundaries of messages, empty ones too; what
// does not fit in the buffer of a read is lost; recv(2), MSG_TRUNC.
type Datagram struct {
	Kernel *System
	Desc   *machine.Description
	UDP    bool

	Peer   *Datagram // unix: the socket that it is connected to, nil after a write has found that closed
	Name   string    // unix: bound to, "" is none
	closed bool
	Port   uint16 // UDP: 0 is not bound

	keepsAddr, keepsPort bool // UDP: bind(2) was given an address, and a port

	Inet // UDP; the port of to is 0 if it is connected to nothing

	settings Settings

	Data     machine.Buffer
	Messages machine.Ring[message] // that data is made of

	ReadEnd, WriteEnd bool // shutdown(2)
	Pending           errno.Failure
}

// message is a datagram that waits.
type message struct {
	Size int
	From netip.AddrPort // UDP
	name string         // unix
}

// Kind returns "udp socket" or "unix datagram socket".
func (s *Datagram) Kind() string {
	if s.UDP {
		return "udp socket"
	}
	return "unix datagram socket"
}

// Poll returns Conditions.
func (s *Datagram) Poll() uint32 { return s.Conditions() }

// Conditions returns the conditions that hold; epoll_ctl(2), poll(2).
func (s *Datagram) Conditions() uint32 {
	var m uint32
	if s.Messages.Len() > 0 || s.ReadEnd {
		m |= machine.Readable
	}
	if s.ReadEnd {
		m |= machine.PeerHungUp
	}
	if s.ReadEnd && s.WriteEnd {
		m |= machine.HungUp
	}
	if s.Writable() {
		m |= machine.Writable
	}
	if s.Pending != errno.OK {
		m |= machine.Failed
	}
	return m
}

// Writable reports whether the socket has EPOLLOUT. UDP delivers everything at once. For
// a unix socket the data count that the peer has not read.
func (s *Datagram) Writable() bool {
	return s.UDP || s.Peer == nil || 4*s.Peer.Data.Len() <= s.Kernel.Traits.StreamBuffer
}

// Read is read(2), which takes nothing if it asks for nothing.
func (s *Datagram) Read(b []byte) (int, errno.Failure) {
	if len(b) == 0 {
		return 0, errno.OK
	}
	n, _, f := s.Receive(b, false, s.Desc.Blocking)
	return n, f
}

// Receive takes one message, or the pending error before that; with peek the message
// stays. size is what the message was before it was cut to the length of b. After
// SHUT_RD an empty queue is the end for a blocking call only; seen on Linux 6.18.
func (s *Datagram) Receive(b []byte, peek, blocking bool) (n int, msg message, f errno.Failure) {
	if s.Pending != errno.OK {
		f, s.Pending = s.Pending, errno.OK
		return 0, message{}, f
	}
	if s.Messages.Len() == 0 {
		if s.ReadEnd && blocking {
			return 0, message{}, errno.OK
		}
		return 0, message{}, errno.Again
	}
	msg = *s.Messages.At(0)
	n = min(len(b), msg.Size)
	if peek {
		copy(b[:n], s.Data.Front())
		return n, msg, errno.OK
	}
	s.Messages.Pop()
	s.Data.Take(b[:n])
	s.Data.Drop(msg.Size - n)
	if p := s.Peer; p != nil && p.Writable() {
		p.Desc.Notify(machine.Writable)
	}
	return n, msg, errno.OK
}

func (s *Datagram) Write(b []byte) (int, errno.Failure) { return s.send(b, &Sockaddr{}) }

// send sends one message, to the peer if the address is zero.
func (s *Datagram) send(b []byte, to *Sockaddr) (int, errno.Failure) {
	if s.UDP {
		return s.SendUDP(b, to)
	}
	addressed, name := !to.none(), to.UnixName()
	switch {
	case addressed && (name == "" || badName(name) || FamilyError(FamilyUnix, to) != errno.OK):
		return 0, errno.Invalid
	case len(b) > s.Kernel.Traits.StreamBuffer:
		return 0, errno.TooLong
	case s.Pending != errno.OK:
		return 0, s.takeError()
	case s.WriteEnd:
		return 0, errno.BrokenPipe
	}
	var f errno.Failure
	if addressed {
		f = s.sendName(b, name)
	} else {
		f = s.sendPeer(b)
	}
	if f != errno.OK {
		if f != errno.Again && s.Writable() {
			s.Desc.Notify(machine.Writable) // the memory of the message is free again; unix_write_space, Linux 6.18
		}
		return 0, f
	}
	return len(b), errno.OK
}

// sendPeer sends a message to the other end of a socketpair. If that is closed,
// this end forgets it, and what it has sent.
func (s *Datagram) sendPeer(b []byte) errno.Failure {
	switch p := s.Peer; {
	case p == nil:
		return errno.NotConnected
	case p.full():
		return errno.Again
	case p.closed:
		s.Peer = nil
		s.forget()
		return errno.ConnRefused
	default:
		return p.takes(b, s.Name)
	}
}

// sendName sends a message to the socket with a name.
func (s *Datagram) sendName(b []byte, name string) errno.Failure {
	switch p, f := s.Kernel.datagramNamed(name); {
	case f != errno.OK:
		return f
	case p.Peer != nil && p.Peer != s: // it receives from its own peer only
		return errno.NotPermitted
	default:
		return p.takes(b, s.Name)
	}
}

// full reports whether there is no memory for another message. Any room is enough, and
// the memory is got before the other end is looked at: unix_dgram_sendmsg and
// sock_alloc_send_pskb, Linux 6.18.
func (s *Datagram) full() bool { return s.Data.Len() >= s.Kernel.Traits.StreamBuffer }

// takes is the arrival of a message at a unix socket.
func (s *Datagram) takes(b []byte, from string) errno.Failure {
	switch {
	case s.ReadEnd:
		return errno.BrokenPipe
	case s.full():
		return errno.Again
	default:
		s.arrive(b, message{Size: len(b), name: from})
		return errno.OK
	}
}

// ConnectName sets the peer that a unix socket sends to and receives from.
func (s *Datagram) ConnectName(name string) errno.Failure {
	if name == "" || badName(name) {
		return errno.Invalid
	}
	p, f := s.Kernel.datagramNamed(name)
	switch {
	case f != errno.OK:
		return f
	case p.Peer != nil && p.Peer != s:
		return errno.NotPermitted
	}
	s.Peer = p
	return errno.OK
}

// BindName gives a unix socket a name, "" for one that the kernel chooses.
func (s *Datagram) BindName(name string) (f errno.Failure) {
	had := s.Name
	if s.Name, f = s.Kernel.BindUnix(s.Desc, s.Name, name, unixDatagrams); had == "" && s.Name != "" {
		s.Kernel.datagrams = append(s.Kernel.datagrams, s)
	}
	return f
}

// datagramNamed returns the unix socket that has a name, or why there is none.
func (k *System) datagramNamed(name string) (*Datagram, errno.Failure) {
	o, f := k.unixSocket(name, unixDatagrams)
	s, _ := o.(*Datagram)
	return s, f
}

// SendFlags is send with the flags of a call. There is nothing out of band here, which
// UDP over IPv6 does not mind; udpv6_sendmsg, Linux 6.18.
func (s *Datagram) SendFlags(b []byte, flags int, to *Sockaddr) (int, errno.Failure) {
	overIPv4 := !s.V6 || to.Family == FamilyIPv4 || to.Addr.Is4In6() || to.none() && s.To.Addr().Is4()
	if flags&MessageOutOfBand != 0 && overIPv4 {
		return 0, errno.NotSupported
	}
	return s.send(b, to)
}

func (s *Datagram) takeError() errno.Failure {
	f := s.Pending
	s.Pending = errno.OK
	return f
}

func (s *Datagram) arrive(b []byte, msg message) {
	s.Data.Put(b)
	s.Messages.Push(msg)
	s.Desc.Notify(machine.DataReady)
}

func (s *Datagram) forget() {
	s.Data.Clear()
	s.Messages.Clear()
}

// Shutdown is shutdown(2). One that is not connected is shut down and told that
// it is not; seen on Linux 6.18.
func (s *Datagram) Shutdown(read, write bool) errno.Failure {
	s.ReadEnd, s.WriteEnd = s.ReadEnd || read, s.WriteEnd || write
	s.Desc.Notify(0)
	if s.UDP && s.To.Port() == 0 {
		return errno.NotConnected
	}
	return errno.OK
}

// Release closes the socket.
func (s *Datagram) Release() {
	k := s.Kernel
	s.closed = true
	k.datagrams = machine.Without(k.datagrams, s)
	if p := s.Peer; p != nil && p.Peer == s && k.Traits.BSD { // unp_drop
		p.Peer, p.Pending = nil, errno.ConnReset
		p.Desc.Notify(machine.Failed)
	} else if p != nil && s.Messages.Len() > 0 {
		s.forget()
		p.Desc.Notify(machine.Writable) // the memory of its messages is free again
	}
	s.forget()
}
