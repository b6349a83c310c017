package fakedemux

import (
	"time"
)

// receivePacket is recv(2) of a SOCK_SEQPACKET socket: it takes one message, and the
// part that does not fit is lost. size is the size of the whole message. An error comes
// before data; unix_seqpacket_recvmsg and __skb_try_recv_datagram, Linux 6.18.
func (s *stream) receivePacket(b []byte, peek bool) (n, size int, f failure) {
	switch {
	case s.state != connected:
		return 0, 0, notConnected
	case s.pending != ok:
		return 0, 0, s.takeError()
	case s.messages.len() > 0:
	case s.readEnd || s.readShut:
		return 0, 0, ok
	default:
		return 0, 0, again
	}
	size = *s.messages.at(0)
	n = min(len(b), size)
	if peek {
		copy(b[:n], s.received.front())
		return n, size, ok
	}
	s.messages.pop()
	s.received.take(b[:n])
	s.received.drop(size - n)
	if p := s.peer; p != nil && p.writable() {
		p.desc.notify(writable)
	}
	return n, size, ok
}

func (s *stream) readPacket(b []byte) (int, failure) {
	n, _, f := s.receivePacket(b, false)
	return n, f
}

// writePacket sends one message, all or nothing; unix_seqpacket_sendmsg and
// unix_dgram_sendmsg, Linux 6.18.
func (s *stream) writePacket(b []byte) (int, failure) {
	switch {
	case s.state != connected:
		return 0, notConnected
	case len(b) > s.kernel.traits.streamBuffer:
		return 0, tooLong
	case s.pending != ok:
		return 0, s.takeError()
	case s.writeEnd:
		return 0, brokenPipe
	case s.peer == nil || s.peer.readEnd:
		s.desc.notify(writable) // the memory of the message is free again
		return 0, brokenPipe
	case len(b) > s.kernel.traits.streamBuffer-s.used():
		s.noRoom = true
		return 0, again
	}
	s.peer.send(b)
	return len(b), ok
}

// isReadable reports whether the data that have arrived make the socket readable. Only
// TCP looks at SO_RCVLOWAT; tcp_poll and unix_poll, Linux 6.18.
func (s *stream) isReadable() bool {
	switch {
	case s.packets:
		return s.messages.len() > 0
	case s.tcp && s.lowat > 1:
		return s.toRead() >= s.lowat
	default:
		return s.toRead() > 0
	}
}

// dataReady tells that data have arrived at a TCP socket. With fewer bytes than
// SO_RCVLOWAT it wakes blocked calls and knotes, but no epoll instance; tcp_data_ready,
// Linux 6.18.
func (s *stream) dataReady() {
	s.heard()
	if s.lowat <= 1 || s.isReadable() {
		s.desc.notify(dataReady)
	} else {
		s.desc.notifyLists(dataReady)
		s.desc.wakeWaiters(dataReady)
	}
}

// least is how many bytes a read of a blocking socket waits for, up to n.
func (s *stream) least(n int) int {
	if s.lowat > 1 && s.desc.blocking {
		return min(s.lowat, n)
	}
	return 1
}

// loseError clears the pending error of a unix stream that has received fewer bytes than
// the call waits for: the call returns the bytes, and the error is lost;
// unix_stream_read_generic, Linux 6.18.
func (s *stream) loseError(n, target int) {
	if !s.tcp && n > 0 && n < target {
		s.pending = ok
	}
}

// defers reports whether TCP_DEFER_ACCEPT keeps a connection from accept(2) until
// data arrive, or until the time is over.
func (l *listener) defers(server *stream) bool {
	seconds, _ := l.settings.get(levelTCP, tcpDeferAccept)
	if seconds == 0 {
		return false
	}
	server.hears = l
	k := l.kernel
	k.tasks.At(k.tasks.After(time.Duration(seconds)*time.Second), server.heard)
	return true
}

// heard lets accept(2) have a connection that TCP_DEFER_ACCEPT has kept from it.
func (s *stream) heard() {
	l := s.hears
	if l == nil {
		return
	}
	s.hears = nil
	switch p := s.peer; {
	case s.closed:
		return
	case l.closed && p != nil:
		s.peer, p.peer, s.closed = nil, nil, true
		p.refusedLate()
		return
	case s.finished && p != nil:
		p.sendEnd()
	}
	l.queue = append(l.queue, s)
	l.desc.notify(dataReady)
}
