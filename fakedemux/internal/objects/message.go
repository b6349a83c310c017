package objects

import "reactortest/fakedemux/internal/errno"

// Flags of send(2) and recv(2) with an effect on an object, with the numbers of Linux.
const (
	MessageOutOfBand = 0x1   // MSG_OOB
	MessagePeek      = 0x2   // MSG_PEEK
	MessageWholeSize = 0x20  // MSG_TRUNC
	MessageWaitAll   = 0x100 // MSG_WAITALL
)

// SendFlags is send(2) of a stream.
func (s *Stream) SendFlags(b []byte, flags int, to *Sockaddr) (int, errno.Failure) {
	switch {
	case s.Packets && s.State != Connected:
		return 0, errno.NotConnected
	case s.Packets && flags&MessageOutOfBand != 0:
		return 0, errno.NotSupported
	case s.Packets:
		return s.writePacket(b)
	case !s.TCP:
		if f := UnixTakes(b, flags, to, s.State == Connected); f != errno.OK {
			return 0, f
		}
	}
	if flags&MessageOutOfBand != 0 {
		return s.SendUrgent(b)
	}
	return s.Write(b)
}

// UnixTakes reports whether a send with these arguments is possible for a stream
// socket of the unix family; unix(7).
func UnixTakes(b []byte, flags int, to *Sockaddr, connected bool) errno.Failure {
	switch {
	case flags&MessageOutOfBand != 0 && len(b) == 0:
		return errno.NotSupported
	case to.none():
		return errno.OK
	case connected:
		return errno.IsConnected
	default:
		return errno.NotSupported
	}
}

// Received is what a receive returns.
type Received struct {
	N     int
	From  Sockaddr
	Flags int
	Lost  bool // the bytes were discarded
}

// ReceiveFlags is recv(2) of a datagram socket.
func (s *Datagram) ReceiveFlags(got *Received, b []byte, flags int, waits bool) errno.Failure {
	if flags&MessageOutOfBand != 0 && !s.UDP {
		return errno.NotSupported
	}
	n, msg, f := s.Receive(b, flags&MessagePeek != 0, waits)
	got.N = n
	if n < msg.Size {
		got.Flags |= MessageWholeSize
		if flags&MessageWholeSize != 0 {
			got.N = msg.Size
		}
	}
	switch {
	case s.UDP && msg.From.IsValid():
		got.From = s.SocketAddress(msg.From.Addr(), msg.From.Port())
	case msg.name != "":
		got.From = UnixAddress(msg.name)
	}
	return f
}

// ReceiveFlags is recv(2) of a stream.
func (s *Stream) ReceiveFlags(got *Received, b []byte, flags int, waits bool) (f errno.Failure) {
	had := got.N
	b = b[min(had, len(b)):]
	got.Lost = s.TCP && flags&MessageWholeSize != 0 && flags&MessageOutOfBand == 0
	least := 1
	switch {
	case flags&MessageWaitAll != 0 && waits:
		least = len(b)
	case waits:
		least = s.least(len(b))
	}
	switch {
	case s.Packets:
		return s.receivePacketFlags(got, b, flags)
	case flags&MessageOutOfBand != 0:
		got.N, f = s.ReceiveUrgent(b, flags&MessagePeek != 0)
		if f == errno.OK && got.N > 0 {
			got.Flags |= MessageOutOfBand
		}
		return f
	case flags&MessagePeek != 0:
		got.N, f = s.peek(b, least, got.Lost)
	case got.Lost: // the bytes are discarded; tcp(7), MSG_TRUNC
		own := s.Kernel.TakeBytes(len(b))
		got.N, f = s.receiveFrom(own, least)
		s.Kernel.GiveBytes(own)
	default:
		f = s.receiveAll(got, b, least, flags&MessageWaitAll != 0 && waits)
		if flags&MessageWaitAll != 0 && !waits {
			s.loseError(got.N, len(b))
		}
		return f
	}
	if f == errno.OK && !s.TCP && s.Received.Len() > 0 { // a peek
		got.From = s.messageFrom()
	}
	return f
}

// receiveAll receives; with all it goes on until b is full, or the stream ends.
func (s *Stream) receiveAll(got *Received, b []byte, least int, all bool) errno.Failure {
	had, waits := got.N, s.Received.Len() > 0
	if all {
		if had > 0 && (s.Pending != errno.OK || len(b) == 0) {
			s.loseError(had, had+len(b)) // that of TCP stays for the next call
			return errno.OK
		}
		if had > 0 && s.urgentIsNext() {
			return errno.OK // before the mark; tcp_recvmsg_locked, Linux 6.18
		}
		least = 1
	}
	n, f := s.receiveFrom(b, least)
	got.N += n
	if f == errno.OK && !s.TCP && waits {
		got.From = s.messageFrom()
	}
	switch {
	case all && f == errno.OK && n > 0 && n < len(b): // is that the end?
		return s.receiveAll(got, b[n:], least, all)
	case f == errno.OK || f == errno.Again || had == 0:
		return f
	default:
		return errno.OK
	}
}

// messageFrom is the address that the data of a unix stream came from, nothing for a
// socket without a name.
func (s *Stream) messageFrom() Sockaddr {
	if at := s.PeerAddress(); at.Name != "" || at.Path != "" {
		return at
	}
	return Sockaddr{}
}

func (s *Stream) receivePacketFlags(got *Received, b []byte, flags int) errno.Failure {
	if s.State == Connected && flags&MessageOutOfBand != 0 {
		return errno.NotSupported
	}
	waits := s.messages.len() > 0
	n, size, f := s.receivePacket(b, flags&MessagePeek != 0)
	got.N = n
	if n < size {
		got.Flags |= MessageWholeSize
		if flags&MessageWholeSize != 0 {
			got.N = size
		}
	}
	if f == errno.OK && waits {
		got.From = s.messageFrom()
	}
	return f
}

// peek is recv(2) with MSG_PEEK: what has arrived stays. With discard it copies
// nothing.
func (s *Stream) peek(b []byte, least int, discard bool) (int, errno.Failure) {
	skip, most := 0, s.Received.Len()
	switch {
	case len(b) > 0 && s.urgentIsNext():
		skip = 1
	case s.urgent.at > 0:
		most = min(most, s.urgent.at-1)
	}
	if s.Received.Len()-skip == 0 {
		return 0, s.nothing()
	}
	if len(b) > 0 && s.ToRead() < least && !s.ReadEnd && !s.ReadShut && s.Pending == errno.OK {
		return 0, errno.Again
	}
	n := min(len(b), most-skip)
	if !discard {
		copy(b[:n], s.Received.Front()[skip:])
	}
	return n, errno.OK
}
