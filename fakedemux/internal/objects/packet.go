package objects

import (
	"time"

	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
)

// receivePacket is recv(2) of a SOCK_SEQPACKET socket: it takes one message, and the
// part that does not fit is lost. size is the size of the whole message. An error comes
// before data; unix_seqpacket_recvmsg and __skb_try_recv_datagram, Linux 6.18.
func (s *Stream) receivePacket(b []byte, peek bool) (n, size int, f errno.Failure) {
	switch {
	case s.State != Connected:
		return 0, 0, errno.NotConnected
	case s.Pending != errno.OK:
		return 0, 0, s.TakeError()
	case s.messages.len() > 0:
	case s.ReadEnd || s.ReadShut:
		return 0, 0, errno.OK
	default:
		return 0, 0, errno.Again
	}
	size = s.messages.first
	n = min(len(b), size)
	if peek {
		copy(b[:n], s.Received.Front())
		return n, size, errno.OK
	}
	s.messages.pop()
	s.Received.Take(b[:n])
	s.Received.Drop(size - n)
	if p := s.Peer; p != nil && p.Writable() {
		p.Desc.Notify(machine.Writable)
	}
	return n, size, errno.OK
}

func (s *Stream) readPacket(b []byte) (int, errno.Failure) {
	n, _, f := s.receivePacket(b, false)
	return n, f
}

// writePacket sends one message, all or nothing; unix_seqpacket_sendmsg and
// unix_dgram_sendmsg, Linux 6.18.
func (s *Stream) writePacket(b []byte) (int, errno.Failure) {
	switch {
	case s.State != Connected:
		return 0, errno.NotConnected
	case len(b) > s.Kernel.Traits.StreamBuffer:
		return 0, errno.TooLong
	case s.Pending != errno.OK:
		return 0, s.TakeError()
	case s.WriteEnd:
		return 0, errno.BrokenPipe
	case s.Peer == nil || s.Peer.ReadEnd:
		s.Desc.Notify(machine.Writable) // the memory of the message is free again
		return 0, errno.BrokenPipe
	case len(b) > s.Kernel.Traits.StreamBuffer-s.Used():
		s.NoRoom = true
		return 0, errno.Again
	}
	s.Peer.send(b)
	return len(b), errno.OK
}

// isReadable reports whether the data that have arrived make the socket readable. Only
// TCP looks at SO_RCVLOWAT; tcp_poll and unix_poll, Linux 6.18.
func (s *Stream) isReadable() bool {
	switch {
	case s.Packets:
		return s.messages.len() > 0
	case s.TCP && s.Lowat > 1:
		return s.ToRead() >= s.Lowat
	default:
		return s.ToRead() > 0
	}
}

// DataReady tells that data have arrived at a TCP socket. With fewer bytes than
// SO_RCVLOWAT it wakes blocked calls and knotes, but no epoll instance; tcp_data_ready,
// Linux 6.18.
func (s *Stream) dataReady() {
	s.heard()
	if s.Lowat <= 1 || s.isReadable() {
		s.Desc.Notify(machine.DataReady)
	} else {
		s.Desc.NotifyLists(machine.DataReady)
		s.Desc.WakeWaiters(machine.DataReady)
	}
}

// least is how many bytes a read of a blocking socket waits for, up to n.
func (s *Stream) least(n int) int {
	if s.Lowat > 1 && s.Desc.Blocking {
		return min(s.Lowat, n)
	}
	return 1
}

// loseError clears the pending error of a unix stream that has received fewer bytes than
// the call waits for: the call returns the bytes, and the error is lost;
// unix_stream_read_generic, Linux 6.18.
func (s *Stream) loseError(n, target int) {
	if !s.TCP && n > 0 && n < target {
		s.Pending = errno.OK
	}
}

// defers reports whether TCP_DEFER_ACCEPT keeps a connection from accept(2) until
// data arrive, or until the time is over.
func (l *Listener) defers(server *Stream) bool {
	seconds, _ := l.settings.Get(LevelTCP, tcpDeferAccept)
	if seconds == 0 {
		return false
	}
	server.hears = l
	k := l.Kernel
	k.Tasks.At(k.Tasks.After(time.Duration(seconds)*time.Second), server.heard)
	return true
}

// heard lets accept(2) have a connection that TCP_DEFER_ACCEPT has kept from it.
func (s *Stream) heard() {
	l := s.hears
	if l == nil {
		return
	}
	s.hears = nil
	switch p := s.Peer; {
	case s.Closed:
		return
	case l.closed && p != nil:
		s.Peer, p.Peer, s.Closed = nil, nil, true
		p.refusedLate()
		return
	case s.Finished && p != nil:
		p.sendEnd()
	}
	l.Queue = append(l.Queue, s)
	l.Desc.Notify(machine.DataReady)
}
