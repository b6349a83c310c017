package fakedemux

import (
	"encoding/binary"

	"reactortest/demux"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
)

// bsdSockets is what the sockets of one BSD are like, where the BSDs differ and only
// methods of a Host ask.
type bsdSockets struct {
	noDelayUnix errno.Failure // of TCP_NODELAY on a unix socket: uipc_ctloutput, sys/kern/uipc_usrreq.c; OpenBSD has none, sosetopt
	noDelayUDP  errno.Failure // on a UDP socket: ip_ctloutput, sys/netinet/ip_output.c
	noDelayOver errno.Failure // on a connection that was reset: tcp_ctloutput, sys/netinet/tcp_usrreq.c
	closed      bool          // no option is set once both directions have ended: sosetoptlock, bsd/kern/uipc_socket.c
	shares      bool          // see ListenShared
	bothFamily  bool          // a UDP socket of IPv6 takes datagrams of IPv4 too: net.inet6.ip6.v6only, and OpenBSD inet6(4)
}

// socketsOf are the sockets of each BSD, by its name in kqueue.Profile.System.
var socketsOf = map[string]*bsdSockets{
	"darwin":    {noDelayUnix: errno.NotSupported, noDelayUDP: errno.Invalid, noDelayOver: errno.Invalid, closed: true, bothFamily: true},
	"dragonfly": {noDelayUnix: errno.NotSupported, noDelayUDP: errno.Invalid, noDelayOver: errno.ConnReset, shares: true},
	"freebsd":   {noDelayUnix: errno.Invalid, noDelayUDP: errno.Invalid, noDelayOver: errno.ConnReset, shares: true},
	"netbsd":    {noDelayUnix: errno.NoOption, noDelayUDP: errno.NoOption, noDelayOver: errno.ConnReset},
	"openbsd":   {noDelayUnix: errno.NoOption, noDelayUDP: errno.Invalid, noDelayOver: errno.ConnReset},
}

// bsd returns what the sockets of the dialect are like if it is one of a BSD, and nil
// otherwise.
func (k *Kernel) bsd() *bsdSockets {
	if k.dialect.family != kqueueFamily {
		return nil
	}
	return socketsOf[k.dialect.kqueue.System]
}

// tcpNoDelay is TCP_NODELAY; linux/tcp.h.
const tcpNoDelay = 1

// SetNoDelay is setsockopt(2) of TCP_NODELAY. It has no effect but to be set: the network
// of the simulation collects nothing.
func (k *Kernel) SetNoDelay(h demux.Handle, on bool) error {
	d, _, f := k.Linux().socket("setsockopt", handleFD(h), false)
	if f == errno.OK {
		f = k.setNoDelay(d, on)
	}
	return k.err("setsockopt", f)
}

func (k *Kernel) setNoDelay(d *machine.Description, on bool) errno.Failure {
	var value [4]byte
	binary.NativeEndian.PutUint32(value[:], uint32(b2i(on)))
	sockets := objects.SocketsOf(d.Object)
	switch bsd := k.bsd(); {
	case bsd != nil && bsd.closed && bothEnded(d.Object):
		return errno.Invalid
	case bsd != nil && sockets == objects.UnixSockets:
		return bsd.noDelayUnix
	case bsd != nil && sockets == objects.UDPSockets:
		return bsd.noDelayUDP
	case bsd != nil && isDead(d.Object):
		return bsd.noDelayOver
	default: // Winsock tells WSAENOPROTOOPT of a UDP socket, as Linux does
		return setOption(d, LevelTCP, tcpNoDelay, value[:])
	}
}

// SetReset is setsockopt(2) of SO_LINGER with a time of 0.
func (k *Kernel) SetReset(h demux.Handle) error {
	d, _, f := k.Linux().socket("setsockopt", handleFD(h), false)
	if f == errno.OK {
		f = k.setReset(d)
	}
	return k.err("setsockopt", f)
}

func (k *Kernel) setReset(d *machine.Description) errno.Failure {
	_, connectionless := d.Object.(*objects.Datagram)
	switch bsd := k.bsd(); {
	case k.dialect.winsock && connectionless: // setsockopt, WSAENOPROTOOPT
		return errno.NoOption
	case bsd != nil && bsd.closed && bothEnded(d.Object):
		return errno.Invalid
	}
	setLinger(d.Object, true, 0)
	return errno.OK
}

// isDead reports whether a connection was reset.
func isDead(o machine.Object) bool {
	s, is := o.(*objects.Stream)
	return is && s.State == objects.Dead
}

// bothEnded reports whether both directions of a socket have ended: SS_CANTRCVMORE and
// SS_CANTSENDMORE.
func bothEnded(o machine.Object) bool {
	switch o := o.(type) {
	case *objects.Stream:
		return (o.ReadEnd || o.ReadShut) && o.WriteEnd
	case *objects.Datagram:
		return o.ReadEnd && o.WriteEnd
	default:
		return false
	}
}
