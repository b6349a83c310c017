package fakedemux

// shutdown is shutdown(2) of one direction or both. Each call notifies this end, and on
// a unix socket the other end too. The peer of a unix socket finds its own directions
// shut down. The peer of a TCP socket hears only of the end of writing, by a FIN.
func (s *stream) shutdown(read, write bool) failure {
	if s.attempt == trying && s.over() {
		s.attempt = givenUp
	} else if s.attempt == trying {
		s.attempt = told
	}
	switch {
	case !s.tcp:
		s.shutdownUnix(read, write)
		return ok
	case s.state == unconnected || s.bare || s.state == connecting && s.kernel.traits.winsock:
		return notConnected
	case s.state == connecting: // the attempt is given up
		s.state, s.pending, s.attempt = fresh, connReset, notTried
		s.readShut, s.writeEnd = false, false // tcp_disconnect, Linux 6.18
		s.desc.notify(0)
		return ok
	case s.state == fresh || s.over():
		s.readShut, s.writeEnd = s.readShut || read, s.writeEnd || write
		s.desc.notify(0)
		return notConnected
	}
	s.readShut, s.writeEnd = s.readShut || read, s.writeEnd || write
	if read && s.bsd() {
		s.received.clear() // sorflush
	}
	if write && !s.finished {
		s.finished = true
		if s.peer != nil {
			s.peer.sendEnd()
		}
	}
	s.desc.notifyAs(0, shutKey(read, write))
	return ok
}

func (s *stream) shutdownUnix(read, write bool) {
	s.readEnd, s.writeEnd = s.readEnd || read, s.writeEnd || write
	if s.bsd() {
		s.shutdownBSD(read, write)
		return
	}
	s.desc.notify(0)
	if p := s.peer; p != nil {
		p.readEnd, p.writeEnd = p.readEnd || write, p.writeEnd || read
		p.desc.notify(0)
	}
}

// endOrNone is the end of what can be read.
func (s *stream) endOrNone() failure {
	if s.state == fresh && !s.tcp {
		return invalid
	}
	return ok
}

// over reports whether TCP is done with the connection: it was reset, or each end has
// received the other's FIN.
func (s *stream) over() bool {
	return s.state == dead || s.readEnd && s.finished && (s.peer == nil || s.peer.readEnd)
}

// reset ends both ends: a RST came from the network.
func (s *stream) reset() {
	if s.peer != nil {
		s.peer.resetReceived()
	}
	s.resetReceived()
}

// resetReceived is the end by a RST. On Linux an end that has received a FIN but not
// sent one gets EPIPE. Every other end gets ECONNRESET; seen on Linux 6.18.
func (s *stream) resetReceived() {
	if s.fin && !s.finished && s.kernel.traits.linux {
		s.abort(brokenPipe)
	} else {
		s.abort(connReset)
	}
}

// abort ends this end with an error that is pending. What has arrived stays
// readable, what is in flight is lost.
func (s *stream) abort(why failure) {
	s.state, s.readEnd, s.writeEnd, s.finSent = dead, true, true, false
	s.pending = why
	s.flight.clear()
	s.desc.notify(0)
}

// takeError returns the pending error and clears it, as SO_ERROR does;
// socket(7). Winsock tells it each time.
func (s *stream) takeError() failure {
	f := s.pending
	if s.kernel.traits.winsock {
		return f
	}
	s.pending = ok
	return f
}

// release closes the end. Unread data make TCP answer with a reset and a unix
// peer fail with ECONNRESET; without any the TCP peer gets a FIN, and a unix
// peer finds both directions shut down.
func (s *stream) release() {
	p, over := s.peer, s.over()
	s.peer, s.closed = nil, true
	s.kernel.unbind(s)
	if s.state != connected || p == nil {
		return
	}
	unread := s.received.len()+s.flight.len() > 0 || s.messages.len() > 1 // an empty one alone does not count; unix_release_sock, Linux 6.18
	p.peer, p.gone = nil, s.name
	switch {
	case !s.tcp:
		if unread && !s.bsd() {
			p.pending = connReset
		}
		p.writeEnd = true
		p.end(false)
	case over:
	case unread || s.linger:
		p.resetReceived()
	case !s.finished: // else the FIN was sent already
		p.sendEnd()
	}
}

// refusedLate is the end of a connection that nobody has accepted.
func (s *stream) refusedLate() {
	if s.tcp {
		s.resetReceived()
		return
	}
	s.pending, s.writeEnd = connReset, true
	s.end(false)
}

// bsd reports whether the socket is one of a BSD: what differs from Linux is in the
// functions that sosend_generic, soreceive_generic, tcp_do_segment and
// unp_disconnect name; sys/kern/uipc_socket.c, sys/netinet/tcp_input.c,
// sys/kern/uipc_usrreq.c of FreeBSD.
func (s *stream) bsd() bool { return s.kernel.traits.bsd }

// shutKey has the conditions of knotes that a shutdown of this end changes.
func shutKey(read, write bool) uint32 {
	key := uint32(0)
	if read {
		key |= dataReady
	}
	if write {
		key |= writable
	}
	return key
}

// shutdownBSD is the rest of shutdown(2) of a unix socket of a BSD: the peer hears of
// the end of writing only, as unp_shutdown has it. Its writes fail after SHUT_RD all
// the same; uipc_send, sys/kern/uipc_usrreq.c.
func (s *stream) shutdownBSD(read, write bool) {
	if read { // sorflush
		s.received.clear()
		s.messages.clear()
		s.begun = 0
	}
	s.desc.notifyAs(0, shutKey(read, write))
	if p := s.peer; p != nil && write {
		p.readEnd = true
		p.desc.notifyAs(0, dataReady)
	}
}
