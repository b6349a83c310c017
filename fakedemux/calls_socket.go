package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Numbers of the calls on sockets; socket(2), shutdown(2).
const (
	FamilyUnix = objects.FamilyUnix // AF_UNIX, 1
	FamilyIPv4 = objects.FamilyIPv4 // AF_INET, 2
	FamilyIPv6 = objects.FamilyIPv6 // AF_INET6, 10

	// FamilyNone as the family of the address of a Connect stands for AF_UNSPEC: it ends the
	// connection of a datagram socket; connect(2), DESCRIPTION.
	FamilyNone = objects.FamilyNone

	TypeStream   = objects.TypeStream   // SOCK_STREAM, 1
	TypeDatagram = objects.TypeDatagram // SOCK_DGRAM, 2
	TypePacket   = objects.TypePacket   // SOCK_SEQPACKET of the unix family, 5

	ShutRead  = 0 // SHUT_RD
	ShutWrite = 1 // SHUT_WR
	ShutBoth  = 2 // SHUT_RDWR
)

// Limits of socket(2); linux/socket.h, linux/net.h.
const (
	socketTypeMask = 0xf
	socketTypes    = 11 // SOCK_MAX
	families       = 46 // AF_MAX

	protocolUnix = 1   // PF_UNIX
	protocolTCP  = 6   // IPPROTO_TCP
	protocolUDP  = 17  // IPPROTO_UDP
	protocols    = 263 // IPPROTO_MAX
)

// socketType splits the type of a socket from its flags. The order of the checks
// is that of Linux 6.18.
func socketType(family, asked int) (typ int, blocking bool, f errno.Failure) {
	family, asked = machine.CInt(family), machine.CInt(asked)
	typ = asked & socketTypeMask
	switch {
	case asked&^(socketTypeMask|epoll.NonBlock|epoll.CloseOnExec) != 0:
		f = errno.Invalid
	case family < 0 || family >= families:
		f = errno.NoFamily
	case typ >= socketTypes:
		f = errno.Invalid
	case family != FamilyUnix && family != FamilyIPv4 && family != FamilyIPv6:
		f = errno.NoFamily
	case typ != TypeStream && typ != TypeDatagram && (typ != TypePacket || family != FamilyUnix):
		f = errno.NoSocketType
	}
	return typ, asked&epoll.NonBlock == 0, f
}

// Socket is socket(2) with protocol 0.
func (l Linux) Socket(family, typ int) (int, epoll.Errno) { return l.SocketProtocol(family, typ, 0) }

// SocketProtocol is socket(2). A protocol other than 0 must be that of the type: 6
// for TCP, 17 for UDP.
func (l Linux) SocketProtocol(family, asked, protocol int) (int, epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "socket", Handle: -1})
	typ, blocking, f := socketType(family, asked)
	family = machine.CInt(family)
	if f == errno.OK || f == errno.NoSocketType {
		f = protocolError(family, typ, machine.CInt(protocol), f)
	}
	if f == errno.OK {
		f = k.system.Room(1)
	}
	if f != errno.OK {
		return -1, f.Linux()
	}
	var fd int
	if typ == TypeDatagram {
		s := &objects.Datagram{Kernel: &k.system, UDP: family != FamilyUnix}
		s.V6 = family == FamilyIPv6
		fd, s.Desc = k.system.Add(s, "socket")
		s.Desc.Blocking = blocking
	} else {
		s := k.system.NewStream(family != FamilyUnix, objects.Fresh)
		s.V6, s.Packets = family == FamilyIPv6, typ == TypePacket
		fd = k.system.AddStream(s, "socket")
		s.Desc.Blocking = blocking
	}
	k.closeOnExec(fd, asked)
	return fd, 0
}

// protocolError reports why there is no socket of a protocol. f is whether there is
// one of the type; unix_create and inet_create, Linux 6.18.
func protocolError(family, typ, protocol int, f errno.Failure) errno.Failure {
	switch {
	case family == FamilyUnix && protocol != 0 && protocol != protocolUnix:
		return errno.NoProtocol
	case family != FamilyUnix && (protocol < 0 || protocol >= protocols):
		return errno.Invalid
	case f != errno.OK || family == FamilyUnix || protocol == 0:
		return f
	case typ == TypeStream && protocol == protocolTCP, typ == TypeDatagram && protocol == protocolUDP:
		return errno.OK
	default:
		return errno.NoProtocol
	}
}

// Socketpair is socketpair(2).
func (l Linux) Socketpair(family, asked int) (a, b int, e epoll.Errno) {
	k := l.k
	k.system.Tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	typ, blocking, f := socketType(family, asked)
	switch {
	case f != errno.OK:
		return -1, -1, f.Linux()
	case machine.CInt(family) != FamilyUnix:
		return -1, -1, errno.NotSupported.Linux()
	}
	if f := k.system.Room(2); f != errno.OK {
		return -1, -1, f.Linux()
	}
	if typ == TypeDatagram {
		x, y := &objects.Datagram{Kernel: &k.system}, &objects.Datagram{Kernel: &k.system}
		x.Peer, y.Peer = y, x
		a, x.Desc = k.system.Add(x, "socketpair")
		b, y.Desc = k.system.Add(y, "socketpair")
		x.Desc.Blocking, y.Desc.Blocking = blocking, blocking
	} else {
		x, y := k.system.NewStream(false, objects.Connected), k.system.NewStream(false, objects.Connected)
		x.Peer, y.Peer = y, x
		x.Packets, y.Packets = typ == TypePacket, typ == TypePacket
		a, b = k.system.AddStream(x, "socketpair"), k.system.AddStream(y, "socketpair")
		x.Desc.Blocking, y.Desc.Blocking = blocking, blocking
	}
	k.closeOnExec(a, asked)
	k.closeOnExec(b, asked)
	return a, b, 0
}

// socket returns the description that fd names, which is a socket, or why not.
func (l Linux) socket(name string, fd int, reads bool) (*machine.Description, scheduler.Call, errno.Failure) {
	k := l.k
	call := k.system.Call(name, fd, reads)
	k.system.Tasks.Switch(call)
	d := k.system.Lookup(fd)
	if d == nil {
		return nil, call, errno.BadFile
	}
	switch d.Object.(type) {
	case *objects.Stream, *objects.Listener, *objects.Datagram:
		return d, call, errno.OK
	default:
		return nil, call, errno.NotSocket
	}
}

// Bind is bind(2).
func (l Linux) Bind(fd int, at Sockaddr) epoll.Errno {
	d, _, f := l.socket("bind", fd, false)
	if f != errno.OK {
		return f.Linux()
	}
	to := (*objects.Sockaddr)(&at)
	if f := objects.FamilyError(objects.FamilyOf(d.Object), to); f != errno.OK {
		return f.Linux()
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		return l.k.system.BindStream(o, to).Linux()
	case *objects.Datagram:
		if o.UDP {
			return o.Bind(to).Linux()
		}
		return o.BindName(to.UnixName()).Linux()
	case *objects.Listener:
		if !o.Unix() {
			if _, f := o.Bindable(at.Addr); f != errno.OK {
				return f.Linux()
			}
			return epoll.EINVAL
		}
		_, f := l.k.system.BindUnix(d, o.Name, to.UnixName(), o.UnixKind())
		return f.Linux()
	}
	return epoll.EINVAL
}

// Listen is listen(2).
func (l Linux) Listen(fd, backlog int) epoll.Errno {
	d, _, f := l.socket("listen", fd, false)
	if f != errno.OK {
		return f.Linux()
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		return l.k.system.Listen(d, o, objects.BacklogOf(backlog)).Linux()
	case *objects.Listener:
		o.Backlog = objects.BacklogOf(backlog)
		return 0
	default:
		return errno.NotSupported.Linux()
	}
}

// connect is Connect once.
func (l Linux) connect(fd int, address Sockaddr) epoll.Errno {
	k, to := l.k, (*objects.Sockaddr)(&address)
	d, call, f := l.socket("connect", fd, false)
	if f == errno.OK && to.Family == FamilyNone {
		return k.system.Disconnect(d.Object).Linux()
	}
	if f == errno.OK && objects.FamilyOf(d.Object) == FamilyUnix {
		if f = objects.FamilyError(FamilyUnix, to); f == errno.OK {
			f = k.connectName(d, call, to.UnixName())
		}
		return f.Linux()
	}
	if f != errno.OK {
		return f.Linux()
	}
	switch o := d.Object.(type) {
	case *objects.Datagram:
		return o.ConnectUDP(to).Linux()
	case *objects.Listener:
		return errno.IsConnected.Linux()
	case *objects.Stream:
		f = k.system.ConnectTCP(o, to)
		if d.Blocking && (f == errno.InProgress || f == errno.AlreadyConnecting) {
			f = k.retry(d, call, objects.ToConnect, o.ConnectEnd)
		}
	}
	return f.Linux()
}

// ConnectName is connect(2) of a socket of the unix family.
func (k *Kernel) connectName(d *machine.Description, call scheduler.Call, name string) errno.Failure {
	switch o := d.Object.(type) {
	case *objects.Datagram:
		return o.ConnectName(name)
	case *objects.Listener:
		return k.retry(d, call, objects.ToConnect, func() errno.Failure { return k.system.ConnectListener(d, name, o.UnixKind()) })
	case *objects.Stream:
		return k.retry(d, call, objects.ToConnect, func() errno.Failure { return k.system.ConnectUnix(o, name) })
	}
	return errno.Invalid
}

// Accept is accept(2). It returns the address of the peer.
func (l Linux) Accept(fd int) (int, Sockaddr, epoll.Errno) { return l.AcceptFrom(fd, 0) }

// Accept4 is accept4(2) without an address.
func (l Linux) Accept4(fd, flags int) (int, epoll.Errno) {
	n, _, e := l.AcceptFrom(fd, flags)
	return n, e
}

// acceptFrom is AcceptFrom once.
func (l Linux) acceptFrom(fd, flags int) (int, Sockaddr, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("accept", fd, false)
	if f == errno.BadFile {
		return -1, Sockaddr{}, f.Linux()
	}
	if flags = machine.CInt(flags); flags&^(epoll.NonBlock|epoll.CloseOnExec) != 0 { // before it is a socket
		return -1, Sockaddr{}, epoll.EINVAL
	}
	if f != errno.OK {
		return -1, Sockaddr{}, f.Linux()
	}
	if _, connectionless := d.Object.(*objects.Datagram); connectionless {
		return -1, Sockaddr{}, errno.NotSupported.Linux()
	}
	n := -1
	f = k.retry(d, call, objects.ToAccept, func() (f errno.Failure) {
		o, listens := d.Object.(*objects.Listener)
		if !listens {
			return errno.Invalid
		}
		n, f = o.Accept()
		if f == errno.Again && d.Blocking && o.Unix() && o.ReadEnd {
			return errno.Invalid // unix_accept, Linux 6.18: a receive that waits and is shut down
		}
		return f
	})
	if f != errno.OK {
		return -1, Sockaddr{}, f.Linux()
	}
	accepted := k.system.Lookup(n)
	accepted.Blocking = flags&epoll.NonBlock == 0
	k.closeOnExec(n, flags)
	return n, Sockaddr(accepted.Object.(*objects.Stream).PeerAddress()), 0
}

// Shutdown is shutdown(2).
func (l Linux) Shutdown(fd, how int) epoll.Errno {
	d, _, f := l.socket("shutdown", fd, false)
	switch how = machine.CInt(how); {
	case f != errno.OK:
		return f.Linux()
	case how < ShutRead || how > ShutBoth:
		return epoll.EINVAL
	}
	read, write := how != ShutWrite, how != ShutRead
	switch o := d.Object.(type) {
	case *objects.Stream:
		return o.Shutdown(read, write).Linux()
	case *objects.Listener:
		return o.Shutdown(read, write).Linux()
	case *objects.Datagram:
		return o.Shutdown(read, write).Linux()
	}
	return 0
}

// SocketError is getsockopt(2) of SO_ERROR: the pending error, which it clears.
func (l Linux) SocketError(fd int) (pending, e epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, false)
	if f != errno.OK {
		return 0, f.Linux()
	}
	return objects.TakeError(d.Object).Linux(), 0
}

// ResetOnClose is setsockopt(2) of SO_LINGER with 0 seconds: a close of the TCP
// socket sends a RST.
func (l Linux) ResetOnClose(fd int) epoll.Errno {
	d, _, f := l.socket("setsockopt", fd, false)
	if f != errno.OK {
		return f.Linux()
	}
	setLinger(d.Object, true, 0)
	return 0
}

// Getsockname is getsockname(2).
func (l Linux) Getsockname(fd int) (Sockaddr, epoll.Errno) {
	d, _, f := l.socket("getsockname", fd, true)
	if f != errno.OK {
		return Sockaddr{}, f.Linux()
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		if !o.TCP {
			return Sockaddr(objects.UnixAddress(o.Name)), 0
		}
		port := o.Port
		if port == 0 {
			port = o.Was
		}
		return Sockaddr(o.SocketAddress(o.Local(), port)), 0
	case *objects.Listener:
		if o.Unix() {
			return Sockaddr(objects.UnixAddress(o.Name)), 0
		}
		return Sockaddr(o.SocketAddress(o.Local(), o.Port)), 0
	case *objects.Datagram:
		if !o.UDP {
			return Sockaddr(objects.UnixAddress(o.Name)), 0
		}
		return Sockaddr(o.SocketAddress(o.Local(), o.Port)), 0
	}
	return Sockaddr{}, 0
}

// Getpeername is getpeername(2).
func (l Linux) Getpeername(fd int) (Sockaddr, epoll.Errno) {
	d, _, f := l.socket("getpeername", fd, true)
	if f != errno.OK {
		return Sockaddr{}, f.Linux()
	}
	switch o := d.Object.(type) {
	case *objects.Stream:
		if !o.HasPeer() {
			return Sockaddr{}, errno.NotConnected.Linux()
		}
		return Sockaddr(o.PeerAddress()), 0
	case *objects.Datagram:
		if o.UDP && o.To.Port() != 0 {
			return Sockaddr(o.SocketAddress(o.To.Addr(), o.To.Port())), 0
		}
		if !o.UDP && o.Peer != nil {
			return Sockaddr(objects.UnixAddress(o.Peer.Name)), 0
		}
	}
	return Sockaddr{}, errno.NotConnected.Linux()
}

// SocketType is getsockopt(2) of SO_DOMAIN and SO_TYPE.
func (l Linux) SocketType(fd int) (family, typ int, e epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, true)
	if f != errno.OK {
		return 0, 0, f.Linux()
	}
	return objects.FamilyOf(d.Object), objects.TypeOf(d.Object), 0
}
