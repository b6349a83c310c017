package objects

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// Shutdown is shutdown(2) of one direction or both. Each call notifies this end, and on
// a unix socket the other end too. The peer of a unix socket finds its own directions
// shut down. The peer of a TCP socket hears only of the end of writing, by a FIN.
func (s *Stream) Shutdown(read, write bool) errno.Failure {
	if s.Attempt == Trying && s.Over() {
		s.Attempt = givenUp
	} else if s.Attempt == Trying {
		s.Attempt = told
	}
	switch {
	case !s.TCP:
		s.shutdownUnix(read, write)
		return errno.OK
	case s.State == Unconnected || s.Bare || s.State == Connecting && s.Kernel.Traits.Winsock:
		return errno.NotConnected
	case s.State == Connecting: // the attempt is given up
		s.State, s.Pending, s.Attempt = Fresh, errno.ConnReset, notTried
		s.ReadShut, s.WriteEnd = false, false // tcp_disconnect, Linux 6.18
		s.Desc.Notify(0)
		return errno.OK
	case s.State == Fresh || s.Over():
		return s.shutdownOver(read, write)
	}
	s.ReadShut, s.WriteEnd = s.ReadShut || read, s.WriteEnd || write
	if read && s.bsd() {
		s.Received.Clear() // sorflush
	}
	if write && !s.Finished {
		s.Finished = true
		if s.Peer != nil {
			s.Peer.sendEnd()
		}
	}
	s.Desc.NotifyAs(0, shutKey(read, write))
	return errno.OK
}

// shutdownOver is Shutdown of a TCP socket without a connection. One that was connected
// can be shut down on Windows: SocketPal.Unix.cs of .NET hides the ENOTCONN of Unix for
// that reason.
func (s *Stream) shutdownOver(read, write bool) errno.Failure {
	s.ReadShut, s.WriteEnd = s.ReadShut || read, s.WriteEnd || write
	s.Desc.Notify(0)
	if s.Kernel.Traits.Winsock && !s.Refused {
		s.Finished = s.Finished || write
		return errno.OK
	}
	return errno.NotConnected
}

func (s *Stream) shutdownUnix(read, write bool) {
	s.ReadEnd, s.WriteEnd = s.ReadEnd || read, s.WriteEnd || write
	if s.bsd() {
		s.shutdownBSD(read, write)
		return
	}
	s.Desc.Notify(0)
	if p := s.Peer; p != nil {
		p.ReadEnd, p.WriteEnd = p.ReadEnd || write, p.WriteEnd || read
		p.Desc.Notify(0)
	}
}

// endOrNone is the end of what can be read.
func (s *Stream) endOrNone() errno.Failure {
	if s.State == Fresh && !s.TCP {
		return errno.Invalid
	}
	return errno.OK
}

// Over reports whether TCP is done with the connection: it was reset, or each end has
// received the other's FIN.
func (s *Stream) Over() bool {
	return s.State == Dead || s.ReadEnd && s.Finished && (s.Peer == nil || s.Peer.ReadEnd)
}

// Reset ends both ends: a RST came from the network.
func (s *Stream) Reset() {
	if s.Peer != nil {
		s.Peer.resetReceived()
	}
	s.resetReceived()
}

// resetReceived is the end by a RST. On Linux an end that has received a FIN but not
// sent one gets EPIPE. Every other end gets ECONNRESET; seen on Linux 6.18.
func (s *Stream) resetReceived() {
	if s.fin && !s.Finished && s.Kernel.Traits.Linux {
		s.abort(errno.BrokenPipe)
	} else {
		s.abort(errno.ConnReset)
	}
}

// abort ends this end with an error that is pending. What is in flight is lost. What
// has arrived stays readable, but not on Windows: there a RST throws it away, and a
// receive fails. Measured in dotnet/runtime issue 57186, where Linux returns the data,
// and in objeck/objeck-lang issue 669.
func (s *Stream) abort(why errno.Failure) {
	s.State, s.ReadEnd, s.WriteEnd, s.finSent = Dead, true, true, false
	s.Pending = why
	s.Flight.Clear()
	if s.Kernel.Traits.Winsock {
		s.Received.Clear()
		s.urgent = mark{}
	}
	s.Desc.Notify(0)
}

// TakeError returns the pending error and clears it, as SO_ERROR does;
// socket(7). Winsock tells it each time.
func (s *Stream) TakeError() errno.Failure {
	f := s.Pending
	if s.Kernel.Traits.Winsock {
		return f
	}
	s.Pending = errno.OK
	return f
}

// Release closes the end. Unread data make TCP answer with a reset and a unix
// peer fail with ECONNRESET; without any the TCP peer gets a FIN, and a unix
// peer finds both directions shut down.
func (s *Stream) Release() {
	p, over := s.Peer, s.Over()
	s.Peer, s.Closed = nil, true
	s.Kernel.unbind(s)
	if s.State != Connected || p == nil {
		return
	}
	unread := s.Received.Len()+s.Flight.Len() > 0 || s.messages.len() > 1 // an empty one alone does not count; unix_release_sock, Linux 6.18
	if !s.TCP && s.Kernel.Traits.UnixKeeps {
		p.lost = p.Used()
	}
	p.Peer, p.gone = nil, s.Name
	switch {
	case !s.TCP:
		if unread && !s.bsd() {
			p.Pending = errno.ConnReset
		}
		p.WriteEnd = true
		p.end(false)
	case over:
	case unread || s.Linger:
		p.resetReceived()
	case !s.Finished: // else the FIN was sent already
		p.sendEnd()
	}
}

// refusedLate is the end of a connection that nobody has accepted.
func (s *Stream) refusedLate() {
	if s.TCP {
		s.resetReceived()
		return
	}
	s.Pending, s.WriteEnd = errno.ConnReset, true
	s.end(false)
}

// bsd reports whether the socket is one of a BSD: what differs from Linux is in the
// functions that sosend_generic, soreceive_generic, tcp_do_segment and
// unp_disconnect name; sys/kern/uipc_socket.c, sys/netinet/tcp_input.c,
// sys/kern/uipc_usrreq.c of FreeBSD.
func (s *Stream) bsd() bool { return s.Kernel.Traits.BSD }

// shutKey has the conditions of knotes that a shutdown of this end changes.
func shutKey(read, write bool) uint32 {
	key := uint32(0)
	if read {
		key |= machine.DataReady
	}
	if write {
		key |= machine.Writable
	}
	return key
}

// shutdownBSD is the rest of shutdown(2) of a unix socket of a BSD: the peer hears of
// the end of writing only, as unp_shutdown has it. Its writes fail after SHUT_RD all
// the same; uipc_send, sys/kern/uipc_usrreq.c.
func (s *Stream) shutdownBSD(read, write bool) {
	if read { // sorflush
		s.Received.Clear()
		s.messages.clear()
		s.begun = 0
	}
	s.Desc.NotifyAs(0, shutKey(read, write))
	if p := s.Peer; p != nil && write {
		p.ReadEnd = true
		p.Desc.NotifyAs(0, machine.DataReady)
	}
}
