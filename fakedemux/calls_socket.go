package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Numbers of the calls on sockets; socket(2), shutdown(2).
const (
	FamilyUnix = familyUnix // AF_UNIX, 1
	FamilyIPv4 = familyIPv4 // AF_INET, 2
	FamilyIPv6 = familyIPv6 // AF_INET6, 10

	TypeStream   = typeStream   // SOCK_STREAM, 1
	TypeDatagram = typeDatagram // SOCK_DGRAM, 2
	TypePacket   = typePacket   // SOCK_SEQPACKET of the unix family, 5

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
func socketType(family, asked int) (typ int, blocking bool, f failure) {
	family, asked = cInt(family), cInt(asked)
	typ = asked & socketTypeMask
	switch {
	case asked&^(socketTypeMask|epoll.NonBlock|epoll.CloseOnExec) != 0:
		f = invalid
	case family < 0 || family >= families:
		f = noFamily
	case typ >= socketTypes:
		f = invalid
	case family != FamilyUnix && family != FamilyIPv4 && family != FamilyIPv6:
		f = noFamily
	case typ != TypeStream && typ != TypeDatagram && (typ != TypePacket || family != FamilyUnix):
		f = noSocketType
	}
	return typ, asked&epoll.NonBlock == 0, f
}

// Socket is socket(2) with protocol 0.
func (l Linux) Socket(family, typ int) (int, epoll.Errno) { return l.SocketProtocol(family, typ, 0) }

// SocketProtocol is socket(2). A protocol other than 0 must be that of the type: 6
// for TCP, 17 for UDP.
func (l Linux) SocketProtocol(family, asked, protocol int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socket", Handle: -1})
	typ, blocking, f := socketType(family, asked)
	family = cInt(family)
	if f == ok || f == noSocketType {
		f = protocolError(family, typ, cInt(protocol), f)
	}
	if f == ok {
		f = k.room(1)
	}
	if f != ok {
		return -1, f.linux()
	}
	var fd int
	if typ == TypeDatagram {
		s := &datagram{kernel: &k.system, udp: family != FamilyUnix}
		s.v6 = family == FamilyIPv6
		fd, s.desc = k.add(s, "socket")
		s.desc.blocking = blocking
	} else {
		s := k.newStream(family != FamilyUnix, fresh)
		s.v6, s.packets = family == FamilyIPv6, typ == TypePacket
		fd = k.addStream(s, "socket")
		s.desc.blocking = blocking
	}
	k.closeOnExec(fd, asked)
	return fd, 0
}

// protocolError reports why there is no socket of a protocol. f is whether there is
// one of the type; unix_create and inet_create, Linux 6.18.
func protocolError(family, typ, protocol int, f failure) failure {
	switch {
	case family == FamilyUnix && protocol != 0 && protocol != protocolUnix:
		return noProtocol
	case family != FamilyUnix && (protocol < 0 || protocol >= protocols):
		return invalid
	case f != ok || family == FamilyUnix || protocol == 0:
		return f
	case typ == TypeStream && protocol == protocolTCP, typ == TypeDatagram && protocol == protocolUDP:
		return ok
	default:
		return noProtocol
	}
}

// Socketpair is socketpair(2).
func (l Linux) Socketpair(family, asked int) (a, b int, e epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	typ, blocking, f := socketType(family, asked)
	switch {
	case f != ok:
		return -1, -1, f.linux()
	case cInt(family) != FamilyUnix:
		return -1, -1, notSupported.linux()
	}
	if f := k.room(2); f != ok {
		return -1, -1, f.linux()
	}
	if typ == TypeDatagram {
		x, y := &datagram{kernel: &k.system}, &datagram{kernel: &k.system}
		x.peer, y.peer = y, x
		a, x.desc = k.add(x, "socketpair")
		b, y.desc = k.add(y, "socketpair")
		x.desc.blocking, y.desc.blocking = blocking, blocking
	} else {
		x, y := k.newStream(false, connected), k.newStream(false, connected)
		x.peer, y.peer = y, x
		x.packets, y.packets = typ == TypePacket, typ == TypePacket
		a, b = k.addStream(x, "socketpair"), k.addStream(y, "socketpair")
		x.desc.blocking, y.desc.blocking = blocking, blocking
	}
	k.closeOnExec(a, asked)
	k.closeOnExec(b, asked)
	return a, b, 0
}

// socket returns the description that fd names, which is a socket, or why not.
func (l Linux) socket(name string, fd int, reads bool) (*description, scheduler.Call, failure) {
	k := l.k
	call := k.call(name, fd, reads)
	k.tasks.Switch(call)
	d := k.lookup(fd)
	if d == nil {
		return nil, call, badFile
	}
	switch d.object.(type) {
	case *stream, *listener, *datagram:
		return d, call, ok
	default:
		return nil, call, notSocket
	}
}

// Bind is bind(2).
func (l Linux) Bind(fd int, at Sockaddr) epoll.Errno {
	d, _, f := l.socket("bind", fd, false)
	if f != ok {
		return f.linux()
	}
	to := (*sockaddr)(&at)
	if f := familyError(familyOf(d.object), to); f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		return l.k.bindStream(o, to).linux()
	case *datagram:
		if o.udp {
			return o.bind(to).linux()
		}
		return o.bindName(to.unixName()).linux()
	case *listener:
		if !o.unix() {
			if _, f := o.bindable(at.Addr); f != ok {
				return f.linux()
			}
			return epoll.EINVAL
		}
		_, f := l.k.bindUnix(d, o.name, to.unixName(), o.unixKind())
		return f.linux()
	}
	return epoll.EINVAL
}

// Listen is listen(2).
func (l Linux) Listen(fd, backlog int) epoll.Errno {
	d, _, f := l.socket("listen", fd, false)
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		return l.k.listen(d, o, backlogOf(backlog)).linux()
	case *listener:
		o.backlog = backlogOf(backlog)
		return 0
	default:
		return notSupported.linux()
	}
}

// connect is Connect once.
func (l Linux) connect(fd int, address Sockaddr) epoll.Errno {
	k, to := l.k, (*sockaddr)(&address)
	d, call, f := l.socket("connect", fd, false)
	if f == ok && familyOf(d.object) == FamilyUnix {
		if f = familyError(FamilyUnix, to); f == ok {
			f = k.connectName(d, call, to.unixName())
		}
		return f.linux()
	}
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *datagram:
		return o.connectUDP(to).linux()
	case *listener:
		return isConnected.linux()
	case *stream:
		f = k.connectTCP(o, to)
		if d.blocking && (f == inProgress || f == alreadyConnecting) {
			f = k.retry(d, call, o.connectEnd)
		}
	}
	return f.linux()
}

// connectName is connect(2) of a socket of the unix family.
func (k *Kernel) connectName(d *description, call scheduler.Call, name string) failure {
	switch o := d.object.(type) {
	case *datagram:
		return o.connectName(name)
	case *listener:
		return k.retry(d, call, func() failure { return k.connectListener(d, name, o.unixKind()) })
	case *stream:
		return k.retry(d, call, func() failure { return k.connectUnix(o, name) })
	}
	return invalid
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
	if f == badFile {
		return -1, Sockaddr{}, f.linux()
	}
	if flags = cInt(flags); flags&^(epoll.NonBlock|epoll.CloseOnExec) != 0 { // before it is a socket
		return -1, Sockaddr{}, epoll.EINVAL
	}
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	if _, connectionless := d.object.(*datagram); connectionless {
		return -1, Sockaddr{}, notSupported.linux()
	}
	n := -1
	f = k.retry(d, call, func() (f failure) {
		o, listens := d.object.(*listener)
		if !listens {
			return invalid
		}
		n, f = o.accept()
		if f == again && d.blocking && o.unix() && o.readEnd {
			return invalid // unix_accept, Linux 6.18: a receive that waits and is shut down
		}
		return f
	})
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	accepted := k.lookup(n)
	accepted.blocking = flags&epoll.NonBlock == 0
	k.closeOnExec(n, flags)
	return n, Sockaddr(accepted.object.(*stream).peerAddress()), 0
}

// Shutdown is shutdown(2).
func (l Linux) Shutdown(fd, how int) epoll.Errno {
	d, _, f := l.socket("shutdown", fd, false)
	switch how = cInt(how); {
	case f != ok:
		return f.linux()
	case how < ShutRead || how > ShutBoth:
		return epoll.EINVAL
	}
	read, write := how != ShutWrite, how != ShutRead
	switch o := d.object.(type) {
	case *stream:
		return o.shutdown(read, write).linux()
	case *listener:
		return o.shutdown(read, write).linux()
	case *datagram:
		return o.shutdown(read, write).linux()
	}
	return 0
}

// SocketError is getsockopt(2) of SO_ERROR: the pending error, which it clears.
func (l Linux) SocketError(fd int) (pending, e epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, false)
	if f != ok {
		return 0, f.linux()
	}
	return takeError(d.object).linux(), 0
}

// LingerNot is setsockopt(2) of SO_LINGER with 0 seconds: a close of the TCP
// socket sends a RST.
func (l Linux) LingerNot(fd int) epoll.Errno {
	d, _, f := l.socket("setsockopt", fd, false)
	if f != ok {
		return f.linux()
	}
	setLinger(d.object, true, 0)
	return 0
}

// Getsockname is getsockname(2).
func (l Linux) Getsockname(fd int) (Sockaddr, epoll.Errno) {
	d, _, f := l.socket("getsockname", fd, true)
	if f != ok {
		return Sockaddr{}, f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		if !o.tcp {
			return Sockaddr(unixAddress(o.name)), 0
		}
		port := o.port
		if port == 0 {
			port = o.was
		}
		return Sockaddr(o.socketAddress(o.local(), port)), 0
	case *listener:
		if o.unix() {
			return Sockaddr(unixAddress(o.name)), 0
		}
		return Sockaddr(o.socketAddress(o.local(), o.port)), 0
	case *datagram:
		if !o.udp {
			return Sockaddr(unixAddress(o.name)), 0
		}
		return Sockaddr(o.socketAddress(o.local(), o.port)), 0
	}
	return Sockaddr{}, 0
}

// Getpeername is getpeername(2).
func (l Linux) Getpeername(fd int) (Sockaddr, epoll.Errno) {
	d, _, f := l.socket("getpeername", fd, true)
	if f != ok {
		return Sockaddr{}, f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		if !o.hasPeer() {
			return Sockaddr{}, notConnected.linux()
		}
		return Sockaddr(o.peerAddress()), 0
	case *datagram:
		if o.udp && o.to.Port() != 0 {
			return Sockaddr(o.socketAddress(o.to.Addr(), o.to.Port())), 0
		}
		if !o.udp && o.peer != nil {
			return Sockaddr(unixAddress(o.peer.name)), 0
		}
	}
	return Sockaddr{}, notConnected.linux()
}

// SocketType is getsockopt(2) of SO_DOMAIN and SO_TYPE.
func (l Linux) SocketType(fd int) (family, typ int, e epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, true)
	if f != ok {
		return 0, 0, f.linux()
	}
	return familyOf(d.object), typeOf(d.object), 0
}
