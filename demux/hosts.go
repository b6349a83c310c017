package demux

import "net/netip"

// The interfaces in this file are what a Host may offer beyond Host. A program finds them
// by a type assertion. A host that wraps another has all of them, and passes the calls on:
// a method returns errors.ErrUnsupported if the inner host, or its system, does not have it.
// As with Host, every handle is non-blocking, any goroutine may call any method of a real
// host, and only tasks may call those of a simulated one.

// VectorHost is a Host that writes several buffers in one call.
type VectorHost interface {
	// WriteVector is Write of the buffers one after the other, as one call: it returns how
	// many bytes of all of them it has written, and ErrAgain when it would block. It looks
	// at MaxVector buffers at the most, and keeps none of them. No buffers, and buffers
	// without a byte, are Write of an empty one.
	WriteVector(h Handle, bufs [][]byte) (int, error)
}

// MaxVector is how many buffers one WriteVector writes at the most. Linux and the BSDs take
// 1024 (IOV_MAX, limits.h).
const MaxVector = 64

// StreamOptions is a Host that sets options of TCP connections.
type StreamOptions interface {
	// SetNoDelay sends small pieces at once if on is true, and otherwise lets the system
	// collect them while an earlier piece is not acknowledged; TCP_NODELAY, tcp(7).
	SetNoDelay(h Handle, on bool) error
	// SetReset has Close of h end the connection with a reset, which drops what was not
	// sent or not read; SO_LINGER with a time of 0, socket(7). h has one handle: see Dup.
	SetReset(h Handle) error
}

// UnixHost is a Host that has stream sockets in the file system; unix(7).
type UnixHost interface {
	// ListenUnix makes a listener on path. If path exists, the error is EADDRINUSE. Close
	// of the listener leaves the file: remove it with RemoveUnix. An empty path is EINVAL,
	// and so is one of more than 107 bytes on Linux, or 103 on a BSD.
	ListenUnix(path string, backlog int) (Handle, error)
	// ConnectUnix connects to path. It has finished when it returns, and the handle is
	// used as one of Connect. If nobody listens, the error is ECONNREFUSED. While the
	// backlog of the listener is full, it returns ErrAgain on Linux, and ECONNREFUSED on a
	// BSD.
	ConnectUnix(path string) (Handle, error)
	// RemoveUnix removes the file of a socket. It does not look at what the file is;
	// unlink(2).
	RemoveUnix(path string) error
}

// DatagramHost is a Host that has UDP sockets; udp(7).
type DatagramHost interface {
	// Datagram makes a UDP socket on addr and returns its address. With port 0 the host
	// chooses the port.
	Datagram(addr string) (Handle, netip.AddrPort, error)
	// ReceiveFrom takes one datagram, and returns where it comes from. What does not fit
	// into b is lost. An empty datagram is 0 and nil. It returns ErrAgain if there is none.
	// On Windows it returns ECONNRESET once after a datagram that found no socket.
	ReceiveFrom(h Handle, b []byte) (int, netip.AddrPort, error)
	// SendTo sends b as one datagram, or returns ErrAgain when it would block. A datagram
	// that is too long for the system is EMSGSIZE. If to is not valid, the error is
	// EDESTADDRREQ.
	SendTo(h Handle, b []byte, to netip.AddrPort) (int, error)
}

// SharedHost is a Host on which several listeners take the connections of one address.
type SharedHost interface {
	// ListenShared is Listen of an address that other listeners have, or will have, if all
	// of them were made by ListenShared: the system gives each connection to one of them;
	// SO_REUSEPORT, socket(7), and SO_REUSEPORT_LB on FreeBSD. Linux, FreeBSD and
	// DragonFly have it. The other systems do not divide connections among listeners, and
	// ListenShared returns errors.ErrUnsupported there.
	ListenShared(addr string, backlog int) (Handle, netip.AddrPort, error)
}
