package fakedemux

import "reactortest/demux/epoll"

// maxDatagram is the largest UDP datagram over IPv4; udp(7), EMSGSIZE.
const maxDatagram = 65507

// datagram is a datagram socket: one end of a unix socketpair, or UDP on the
// loopback network. It keeps the boundaries of messages, empty ones too; what
// does not fit in the buffer of a read is lost; recv(2), MSG_TRUNC.
type datagram struct {
	kernel *Kernel
	desc   *description
	udp    bool

	peer   *datagram // unix: whom it is connected to, nil after a write has found it closed
	name   string    // unix: bound to, "" is none
	closed bool
	port   uint16 // UDP: 0 is not bound
	remote uint16 // UDP: what it is connected to, 0 is nothing

	data     buffer
	messages []message // that data is made of

	readEnd, writeEnd bool // shutdown(2)
	pending           failure
}

// message is a datagram that waits.
type message struct {
	size int
	from uint16
}

func (s *datagram) kind() string {
	if s.udp {
		return "udp socket"
	}
	return "unix datagram socket"
}

func (s *datagram) poll() uint32 {
	var m uint32
	if len(s.messages) > 0 || s.readEnd {
		m |= epoll.EPOLLIN
	}
	if s.readEnd {
		m |= epoll.EPOLLRDHUP
	}
	if s.readEnd && s.writeEnd {
		m |= epoll.EPOLLHUP
	}
	if s.writable() {
		m |= epoll.EPOLLOUT
	}
	if s.pending != ok {
		m |= epoll.EPOLLERR
	}
	return m
}

// writable: UDP hands everything on at once, what a unix peer has not read
// counts against the writer.
func (s *datagram) writable() bool {
	return s.udp || s.peer == nil || 4*s.peer.data.len() <= s.kernel.options.StreamBuffer
}

// read is read(2), which takes nothing if it asks for nothing.
func (s *datagram) read(b []byte) (int, failure) {
	if len(b) == 0 {
		return 0, ok
	}
	n, _, _, f := s.receive(b)
	return n, f
}

// receive takes one message, or the pending error before that. size is what the
// message was before it was cut to the length of b. After SHUT_RD an empty queue
// is the end for a blocking call only; seen on Linux 6.18.
func (s *datagram) receive(b []byte) (n, size int, from uint16, f failure) {
	if s.pending != ok {
		f, s.pending = s.pending, ok
		return 0, 0, 0, f
	}
	if len(s.messages) == 0 {
		if s.readEnd && s.desc.blocking {
			return 0, 0, 0, ok
		}
		return 0, 0, 0, again
	}
	msg := s.messages[0]
	s.messages = s.messages[:copy(s.messages, s.messages[1:])]
	n = min(len(b), msg.size)
	s.data.take(b[:n])
	s.data.drop(msg.size - n)
	if p := s.peer; p != nil && p.writable() {
		p.desc.notify(epoll.EPOLLOUT)
	}
	return n, msg.size, msg.from, ok
}

func (s *datagram) write(b []byte) (int, failure) { return s.send(b, Sockaddr{}) }

// send sends one message, to an address that is not zero instead of to whom it is
// connected.
func (s *datagram) send(b []byte, to Sockaddr) (int, failure) {
	if s.udp {
		return s.sendUDP(b, to)
	}
	addressed := to != Sockaddr{}
	switch {
	case addressed && (to.Name == "" || len(to.Name) > maxName):
		return 0, invalid
	case len(b) > s.kernel.options.StreamBuffer:
		return 0, tooLong
	case s.pending != ok:
		return 0, s.takeError()
	case s.writeEnd:
		return 0, brokenPipe
	}
	var f failure
	if addressed {
		f = s.sendName(b, to.Name)
	} else {
		f = s.sendPeer(b)
	}
	if f != ok {
		if f != again && s.writable() {
			s.desc.notify(epoll.EPOLLOUT) // the memory of the message is free again; unix_write_space, Linux 6.18
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
		return p.takes(b)
	}
}

// sendName sends a message to who has a name.
func (s *datagram) sendName(b []byte, name string) failure {
	switch p := s.kernel.datagramNamed(name); {
	case p == nil:
		return connRefused
	case p.peer != nil && p.peer != s: // it hears somebody else alone
		return notPermitted
	default:
		return p.takes(b)
	}
}

// full reports whether there is no memory for another message. Any room is enough, and
// the memory is got before the other end is looked at: unix_dgram_sendmsg and
// sock_alloc_send_pskb, Linux 6.18.
func (s *datagram) full() bool { return s.data.len() >= s.kernel.options.StreamBuffer }

// takes is the arrival of a message at a unix socket.
func (s *datagram) takes(b []byte) failure {
	switch {
	case s.readEnd:
		return brokenPipe
	case s.full():
		return again
	default:
		s.arrive(b, 0)
		return ok
	}
}

// connectName sets the peer that a unix socket sends to and receives from.
func (s *datagram) connectName(name string) failure {
	if name == "" || len(name) > maxName {
		return invalid
	}
	p := s.kernel.datagramNamed(name)
	switch {
	case p == nil:
		return connRefused
	case p.peer != nil && p.peer != s:
		return notPermitted
	}
	s.peer = p
	return ok
}

// bindName gives a unix socket a name, "" for one that the kernel chooses.
func (s *datagram) bindName(name string) failure {
	k := s.kernel
	switch {
	case name == "" && s.name != "":
		return ok
	case s.name != "" || len(name) > maxName:
		return invalid
	case name == "":
		name = k.autobind()
	case k.datagramNamed(name) != nil:
		return addressInUse
	}
	s.name = name
	k.datagrams = append(k.datagrams, s)
	return ok
}

// sendFlags is send with the flags of a call. There is nothing out of band here.
func (s *datagram) sendFlags(b []byte, flags int, to Sockaddr) (int, failure) {
	if flags&OutOfBand != 0 {
		return 0, notSupported
	}
	return s.send(b, to)
}

func (s *datagram) takeError() failure {
	f := s.pending
	s.pending = ok
	return f
}

// sendUDP sends to a port. Nobody there is an error of the next call, if the
// socket is connected to that port; udp(7), ECONNREFUSED.
func (s *datagram) sendUDP(b []byte, address Sockaddr) (int, failure) {
	k := s.kernel
	if !s.bindAny() {
		return 0, again
	}
	to := address.Port
	if address == (Sockaddr{}) {
		to = s.remote
	}
	switch {
	case len(b) > maxDatagram:
		return 0, tooLong
	case to == 0 && address != Sockaddr{}:
		return 0, invalid
	case to == 0:
		return 0, noDestination
	case s.pending != ok:
		return 0, s.takeError()
	case s.writeEnd:
		return 0, brokenPipe
	}
	p := k.datagramAt(to)
	switch {
	case p == nil || p.remote != 0 && p.remote != s.port: // ICMP: port unreachable
		if s.remote == to {
			s.pending = connRefused
			s.desc.notify(epoll.EPOLLERR)
		}
	case p.data.len() <= k.options.StreamBuffer: // else it is dropped; udp(7)
		p.arrive(b, s.port)
	}
	s.desc.notify(epoll.EPOLLOUT)
	return len(b), ok
}

func (s *datagram) arrive(b []byte, from uint16) {
	s.data.put(b)
	s.messages = append(s.messages, message{size: len(b), from: from})
	s.desc.notify(dataReady)
}

func (s *datagram) forget() {
	s.data.clear()
	s.messages = s.messages[:0]
}

// bind gives a UDP socket a port, 0 for one that the kernel chooses.
func (s *datagram) bind(port uint16) failure {
	switch {
	case s.port != 0:
		return invalid
	case port == 0 && !s.bindAny():
		return addressInUse
	case port == 0:
		return ok
	case s.kernel.datagramAt(port) != nil:
		return addressInUse
	}
	s.port = port
	s.kernel.datagrams = append(s.kernel.datagrams, s)
	return ok
}

// bindAny gives it a port if it has none; it reports false if none is free.
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
		if k.datagramAt(port) == nil {
			return s.bind(port) == ok
		}
	}
	return s.port != 0
}

// shutdown is shutdown(2). One that is not connected is shut down and told that
// it is not; seen on Linux 6.18.
func (s *datagram) shutdown(read, write bool) failure {
	s.readEnd, s.writeEnd = s.readEnd || read, s.writeEnd || write
	s.desc.notify(0)
	if s.udp && s.remote == 0 {
		return notConnected
	}
	return ok
}

func (s *datagram) release() {
	k := s.kernel
	s.closed = true
	for i, other := range k.datagrams {
		if other == s {
			k.datagrams = append(k.datagrams[:i], k.datagrams[i+1:]...)
			break
		}
	}
	if p := s.peer; p != nil && len(s.messages) > 0 {
		s.forget()
		p.desc.notify(epoll.EPOLLOUT) // the memory of its messages is free again
	}
	s.forget()
}

// datagramNamed returns the unix socket that has a name.
func (k *Kernel) datagramNamed(name string) *datagram {
	for _, s := range k.datagrams {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (k *Kernel) datagramAt(port uint16) *datagram {
	for _, s := range k.datagrams {
		if s.port == port {
			return s
		}
	}
	return nil
}
