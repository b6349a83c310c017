package fakedemux

// Flags of send(2) and recv(2) with an effect on an object, with the numbers of Linux.
const (
	messageOutOfBand = 0x1   // MSG_OOB
	messagePeek      = 0x2   // MSG_PEEK
	messageWholeSize = 0x20  // MSG_TRUNC
	messageWaitAll   = 0x100 // MSG_WAITALL
)

// sendFlags is send(2) of a stream.
func (s *stream) sendFlags(b []byte, flags int, to *sockaddr) (int, failure) {
	switch {
	case s.packets && s.state != connected:
		return 0, notConnected
	case s.packets && flags&messageOutOfBand != 0:
		return 0, notSupported
	case s.packets:
		return s.writePacket(b)
	case !s.tcp:
		if f := unixTakes(b, flags, to, s.state == connected); f != ok {
			return 0, f
		}
	}
	if flags&messageOutOfBand != 0 {
		return s.sendUrgent(b)
	}
	return s.write(b)
}

// unixTakes reports whether a send with these arguments is possible for a stream
// socket of the unix family; unix(7).
func unixTakes(b []byte, flags int, to *sockaddr, connected bool) failure {
	switch {
	case flags&messageOutOfBand != 0 && len(b) == 0:
		return notSupported
	case to.none():
		return ok
	case connected:
		return isConnected
	default:
		return notSupported
	}
}

// received is what a receive returns.
type received struct {
	n     int
	from  sockaddr
	flags int
	lost  bool // the bytes were discarded
}

// receiveFlags is recv(2) of a datagram socket.
func (s *datagram) receiveFlags(got *received, b []byte, flags int, waits bool) failure {
	if flags&messageOutOfBand != 0 && !s.udp {
		return notSupported
	}
	n, msg, f := s.receive(b, flags&messagePeek != 0, waits)
	got.n = n
	if n < msg.size {
		got.flags |= messageWholeSize
		if flags&messageWholeSize != 0 {
			got.n = msg.size
		}
	}
	switch {
	case s.udp && msg.from.IsValid():
		got.from = s.socketAddress(msg.from.Addr(), msg.from.Port())
	case msg.name != "":
		got.from = unixAddress(msg.name)
	}
	return f
}

// receiveFlags is recv(2) of a stream.
func (s *stream) receiveFlags(got *received, b []byte, flags int, waits bool) (f failure) {
	had := got.n
	b = b[min(had, len(b)):]
	got.lost = s.tcp && flags&messageWholeSize != 0 && flags&messageOutOfBand == 0
	least := 1
	switch {
	case flags&messageWaitAll != 0 && waits:
		least = len(b)
	case waits:
		least = s.least(len(b))
	}
	switch {
	case s.packets:
		return s.receivePacketFlags(got, b, flags)
	case flags&messageOutOfBand != 0:
		got.n, f = s.receiveUrgent(b, flags&messagePeek != 0)
		if f == ok && got.n > 0 {
			got.flags |= messageOutOfBand
		}
		return f
	case flags&messagePeek != 0:
		got.n, f = s.peek(b, least, got.lost)
	case got.lost: // the bytes are discarded; tcp(7), MSG_TRUNC
		own := s.kernel.takeBytes(len(b))
		got.n, f = s.receiveFrom(own, least)
		s.kernel.giveBytes(own)
	default:
		f = s.receiveAll(got, b, least, flags&messageWaitAll != 0 && waits)
		if flags&messageWaitAll != 0 && !waits {
			s.loseError(got.n, len(b))
		}
		return f
	}
	if f == ok && !s.tcp && s.received.len() > 0 { // a peek
		got.from = s.messageFrom()
	}
	return f
}

// receiveAll receives; with all it goes on until b is full, or the stream ends.
func (s *stream) receiveAll(got *received, b []byte, least int, all bool) failure {
	had, waits := got.n, s.received.len() > 0
	if all {
		if had > 0 && (s.pending != ok || len(b) == 0) {
			s.loseError(had, had+len(b)) // that of TCP stays for the next call
			return ok
		}
		if had > 0 && s.urgentIsNext() {
			return ok // before the mark; tcp_recvmsg_locked, Linux 6.18
		}
		least = 1
	}
	n, f := s.receiveFrom(b, least)
	got.n += n
	if f == ok && !s.tcp && waits {
		got.from = s.messageFrom()
	}
	switch {
	case all && f == ok && n > 0 && n < len(b): // is that the end?
		return s.receiveAll(got, b[n:], least, all)
	case f == ok || f == again || had == 0:
		return f
	default:
		return ok
	}
}

// messageFrom is the address that the data of a unix stream came from, nothing for a
// socket without a name.
func (s *stream) messageFrom() sockaddr {
	if at := s.peerAddress(); at.Name != "" || at.Path != "" {
		return at
	}
	return sockaddr{}
}

func (s *stream) receivePacketFlags(got *received, b []byte, flags int) failure {
	if s.state == connected && flags&messageOutOfBand != 0 {
		return notSupported
	}
	waits := s.messages.len() > 0
	n, size, f := s.receivePacket(b, flags&messagePeek != 0)
	got.n = n
	if n < size {
		got.flags |= messageWholeSize
		if flags&messageWholeSize != 0 {
			got.n = size
		}
	}
	if f == ok && waits {
		got.from = s.messageFrom()
	}
	return f
}

// peek is recv(2) with MSG_PEEK: what has arrived stays. With discard it copies
// nothing.
func (s *stream) peek(b []byte, least int, discard bool) (int, failure) {
	skip, most := 0, s.received.len()
	switch {
	case len(b) > 0 && s.urgentIsNext():
		skip = 1
	case s.urgent.at > 0:
		most = min(most, s.urgent.at-1)
	}
	if s.received.len()-skip == 0 {
		return 0, s.nothing()
	}
	if len(b) > 0 && s.toRead() < least && !s.readEnd && !s.readShut && s.pending == ok {
		return 0, again
	}
	n := min(len(b), most-skip)
	if !discard {
		copy(b[:n], s.received.front()[skip:])
	}
	return n, ok
}
