package fakedemux

// mark is where the out-of-band byte of a TCP stream is: in the stream, one at a
// time, the last one sent. Reads stop before it, and then pass over it; tcp(7),
// "urgent data", send(2) and recv(2), MSG_OOB. What is more, seen on Linux 6.18:
// when it is the next byte, a stream has one byte less to read, and a newer one
// takes its place.
type mark struct {
	at    int // bytes before it that were not read, plus 1; 0: there is none
	value byte
	taken bool // it was received
	lost  bool // a RST answered the bytes that it came with: it is known all the same
}

// sendUrgent is send(2) with MSG_OOB: the last byte is the out-of-band byte.
func (s *stream) sendUrgent(b []byte) (int, failure) {
	switch {
	case !s.tcp && s.state != connected:
		return 0, notConnected
	case !s.tcp:
		return 0, notSupported
	}
	alive := s.state == connected
	n, f := s.write(b)
	p := s.peer
	if f != ok || n == 0 || n < len(b) || p == nil || !alive {
		return n, f
	}
	if p.urgentIsNext() { // a newer one: this byte is lost
		p.pass()
	}
	if s.state == dead {
		p.urgent = mark{at: p.received.len() + 1, value: b[n-1], lost: true}
		return n, f
	}
	p.urgent = mark{at: p.received.len() + p.flight.len(), value: b[n-1]}
	p.desc.notify(urgently)
	return n, f
}

// receiveUrgent is recv(2) with MSG_OOB. With MSG_PEEK the byte stays.
func (s *stream) receiveUrgent(b []byte, peek bool) (int, failure) {
	switch {
	case !s.tcp: // there is none
		return 0, invalid
	case s.urgent.at == 0 || s.urgent.taken:
		return 0, invalid
	case s.state != connected && !s.fin:
		return 0, notConnected
	case s.hasUrgent():
		s.urgent.taken = !peek
		return copy(b, []byte{s.urgent.value}), ok
	case s.readEnd || s.readShut:
		return 0, ok
	default: // it is on its way
		return 0, again
	}
}

// hasUrgent reports whether an out-of-band byte has arrived, and nobody has taken
// it: EPOLLPRI.
func (s *stream) hasUrgent() bool {
	return s.urgent.at > 0 && !s.urgent.taken && (s.urgent.lost || s.urgent.at <= s.received.len())
}

// urgentIsNext reports whether a read has come to the out-of-band byte, taken or
// not.
func (s *stream) urgentIsNext() bool { return s.urgent.at == 1 && s.received.len() > 0 }

// pass goes over the out-of-band byte, which is the next one.
func (s *stream) pass() {
	s.urgent = mark{}
	s.received.drop(1)
	s.freed(1)
}

// toRead returns how many bytes make the stream readable.
func (s *stream) toRead() int {
	if s.urgentIsNext() {
		return s.received.len() - 1
	}
	return s.received.len()
}

// unread returns how many bytes there are before the out-of-band byte; tcp(7),
// SIOCINQ.
func (s *stream) unread() int {
	if s.urgent.at > 0 && s.urgent.at <= s.received.len() {
		return s.urgent.at - 1
	}
	return s.received.len()
}
