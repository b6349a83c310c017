package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
)

// restarting is ERESTARTSYS, which no program sees. A signal whose handler has
// SA_RESTART has ended a call on a socket, and its number names another description by
// now. The call is made again, with the number.
var restarting = errno.Restarted.Linux()

// Connect is connect(2).
func (l Linux) Connect(fd int, to Sockaddr) epoll.Errno {
	e := restarting
	for e == restarting {
		e = l.connect(fd, to)
	}
	return e
}

// AcceptFrom is accept4(2). It returns the address of the peer.
func (l Linux) AcceptFrom(fd, flags int) (n int, from Sockaddr, e epoll.Errno) {
	for e = restarting; e == restarting; {
		n, from, e = l.acceptFrom(fd, flags)
	}
	return n, from, e
}

// Sendto is sendto(2). With a zero address it sends to the peer that the socket is
// connected to; a stream socket of the unix family accepts no other address. It
// returns EOPNOTSUPP for flags whose effect the simulation does not have, see
// MessageFlag.
func (l Linux) Sendto(fd int, b []byte, flags int, to Sockaddr) (n int, e epoll.Errno) {
	for e = restarting; e == restarting; {
		n, e = l.sendto(fd, b, flags, to)
	}
	return n, e
}

// Sendmsg is sendmsg(2). It refuses control data with EINVAL.
func (l Linux) Sendmsg(fd int, m *Message, flags int) (n int, e epoll.Errno) {
	for e = restarting; e == restarting; {
		n, e = l.sendmsg(fd, m, flags)
	}
	return n, e
}

// Recvfrom is recvfrom(2). It returns the address that a datagram came from. With
// WholeSize it returns the whole size of a datagram, even if b is shorter. It
// treats flags as Sendto does.
func (l Linux) Recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	for e = restarting; e == restarting; {
		n, from, e = l.recvfrom(fd, b, flags)
	}
	return n, from, e
}

// Recvmsg is recvmsg(2). It sets Name, Control and Flags of m. With MSG_ERRQUEUE it
// returns EAGAIN for a socket of IPv4 or IPv6: that queue is always empty.
func (l Linux) Recvmsg(fd int, m *Message, flags int) (n int, e epoll.Errno) {
	for e = restarting; e == restarting; {
		n, e = l.recvmsg(fd, m, flags)
	}
	return n, e
}
