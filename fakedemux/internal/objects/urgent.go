package objects

import (
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

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

// SendUrgent is send(2) with MSG_OOB: the last byte is the out-of-band byte.
func (s *Stream) SendUrgent(b []byte) (int, errno.Failure) {
	switch {
	case !s.TCP && s.State != Connected:
		return 0, errno.NotConnected
	case !s.TCP:
		return 0, errno.NotSupported
	}
	alive := s.State == Connected
	n, f := s.Write(b)
	p := s.Peer
	if f != errno.OK || n == 0 || n < len(b) || p == nil || !alive {
		return n, f
	}
	if p.urgentIsNext() { // a newer one: this byte is lost
		p.pass()
	}
	if s.State == Dead {
		p.urgent = mark{at: p.Received.Len() + 1, value: b[n-1], lost: true}
		return n, f
	}
	p.urgent = mark{at: p.Received.Len() + p.Flight.Len(), value: b[n-1]}
	p.Desc.Notify(machine.Urgently)
	return n, f
}

// ReceiveUrgent is recv(2) with MSG_OOB. With MSG_PEEK the byte stays.
func (s *Stream) ReceiveUrgent(b []byte, peek bool) (int, errno.Failure) {
	switch {
	case !s.TCP: // there is none
		return 0, errno.Invalid
	case s.urgent.at == 0 || s.urgent.taken:
		return 0, errno.Invalid
	case s.State != Connected && !s.fin:
		return 0, errno.NotConnected
	case s.HasUrgent():
		s.urgent.taken = !peek
		return copy(b, []byte{s.urgent.value}), errno.OK
	case s.ReadEnd || s.ReadShut:
		return 0, errno.OK
	default: // it is on its way
		return 0, errno.Again
	}
}

// HasUrgent reports whether an out-of-band byte has arrived, and nobody has taken
// it: EPOLLPRI.
func (s *Stream) HasUrgent() bool {
	return s.urgent.at > 0 && !s.urgent.taken && (s.urgent.lost || s.urgent.at <= s.Received.Len())
}

// urgentIsNext reports whether a read has come to the out-of-band byte, taken or
// not.
func (s *Stream) urgentIsNext() bool { return s.urgent.at == 1 && s.Received.Len() > 0 }

// pass goes over the out-of-band byte, which is the next one.
func (s *Stream) pass() {
	s.urgent = mark{}
	s.Received.Drop(1)
	s.freed(1)
}

// ToRead returns how many bytes make the stream readable.
func (s *Stream) ToRead() int {
	if s.urgentIsNext() {
		return s.Received.Len() - 1
	}
	return s.Received.Len()
}

// Unread returns how many bytes there are before the out-of-band byte; tcp(7),
// SIOCINQ.
func (s *Stream) Unread() int {
	if s.urgent.at > 0 && s.urgent.at <= s.Received.Len() {
		return s.urgent.at - 1
	}
	return s.Received.Len()
}
