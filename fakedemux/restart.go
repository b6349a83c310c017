package fakedemux

import "reactortest/demux/epoll"

// restartErrno is ERESTARTSYS, which no program sees: a call on a socket was ended by a
// signal whose handler has SA_RESTART, and its number names another description by
// now. It is made again, with the number.
const restartErrno epoll.Errno = 512

// restarts reports whether a call is made again when it returns restartErrno: those
// of this file are.
func restarts(call string) bool {
	return call == "connect" || call == "accept" || call == "sendto" || call == "recvfrom"
}

// Connect is connect(2).
func (l Linux) Connect(fd int, to Sockaddr) epoll.Errno {
	e := restartErrno
	for e == restartErrno {
		e = l.connect(fd, to)
	}
	return e
}

// Accept4 is accept4(2).
func (l Linux) Accept4(fd, flags int) (n int, e epoll.Errno) {
	for e = restartErrno; e == restartErrno; {
		n, e = l.accept4(fd, flags)
	}
	return n, e
}

// Sendto is sendto(2). With a zero address it sends to the peer that the socket is
// connected to; a stream socket of the unix family accepts no other address. It
// returns EOPNOTSUPP for flags whose effect the simulation does not have, and
// ignores the others.
func (l Linux) Sendto(fd int, b []byte, flags int, to Sockaddr) (n int, e epoll.Errno) {
	for e = restartErrno; e == restartErrno; {
		n, e = l.sendto(fd, b, flags, to)
	}
	return n, e
}

// Recvfrom is recvfrom(2). It returns the port that a UDP datagram came from. With
// WholeSize it returns the whole size of a datagram, even if b is shorter. It
// treats flags as Sendto does.
func (l Linux) Recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	for e = restartErrno; e == restartErrno; {
		n, from, e = l.recvfrom(fd, b, flags)
	}
	return n, from, e
}

// waitedForNothing reports whether a receive of no bytes has waited, in its tries up to
// now. On TCP it waits once, for anything; tcp_recvmsg_locked, Linux 6.18.
func (s *stream) waitedForNothing(b []byte, tries int) bool {
	return s.tcp && len(b) == 0 && tries > 1
}

// receiveFlags is receive with the flags of a call.
func (s *stream) receiveFlags(b []byte, flags int) (int, failure) {
	if flags&OutOfBand != 0 {
		return s.receiveUrgent(b)
	}
	if s.tcp && flags&WholeSize != 0 {
		b = make([]byte, len(b)) // the bytes are discarded; tcp(7), MSG_TRUNC
	}
	return s.receive(b)
}
