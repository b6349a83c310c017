package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Numbers of the calls on sockets; socket(2), shutdown(2), recv(2).
const (
	FamilyUnix = 1 // AF_UNIX
	FamilyIPv4 = 2 // AF_INET

	TypeStream   = 1 // SOCK_STREAM
	TypeDatagram = 2 // SOCK_DGRAM

	ShutRead  = 0 // SHUT_RD
	ShutWrite = 1 // SHUT_WR
	ShutBoth  = 2 // SHUT_RDWR

	OutOfBand = 1    // MSG_OOB
	WholeSize = 0x20 // MSG_TRUNC: a receive returns the size of the datagram

	// unknownFlags would do something on Linux that the simulation does not: MSG_PEEK,
	// MSG_DONTWAIT, MSG_WAITALL, MSG_ERRQUEUE and MSG_FASTOPEN.
	unknownFlags = 0x2 | 0x40 | 0x100 | 0x2000 | 0x20000000
)

// Sockaddr is the address of a socket: a name in the abstract namespace of unix
// sockets, or a port of the loopback network.
type Sockaddr struct {
	Name string
	Port uint16
}

// Limits of socket(2); linux/socket.h, linux/net.h.
const (
	socketTypeMask = 0xf
	socketTypes    = 11 // SOCK_MAX
	families       = 46 // AF_MAX
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
	case family != FamilyUnix && family != FamilyIPv4:
		f = noFamily
	case typ != TypeStream && typ != TypeDatagram:
		f = noSocketType
	}
	return typ, asked&epoll.NonBlock == 0, f
}

// Socket is socket(2).
func (l Linux) Socket(family, typ int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socket", Handle: -1})
	typ, blocking, f := socketType(family, typ)
	if f != ok {
		return -1, f.linux()
	}
	family = cInt(family)
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	if typ == TypeDatagram {
		s := &datagram{kernel: k, udp: family == FamilyIPv4}
		fd, d := k.add(s, "socket")
		s.desc, d.blocking = d, blocking
		return fd, 0
	}
	s := k.newStream(family == FamilyIPv4, fresh)
	fd := int(k.addStream(s, "socket"))
	s.desc.blocking = blocking
	return fd, 0
}

// Socketpair is socketpair(2).
func (l Linux) Socketpair(family, typ int) (a, b int, e epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	typ, blocking, f := socketType(family, typ)
	switch {
	case f != ok:
		return -1, -1, f.linux()
	case cInt(family) == FamilyIPv4:
		return -1, -1, notSupported.linux()
	}
	if f := k.room(2); f != ok {
		return -1, -1, f.linux()
	}
	if typ == TypeStream {
		x, y := k.newStream(false, connected), k.newStream(false, connected)
		x.peer, y.peer = y, x
		a, b = int(k.addStream(x, "socketpair")), int(k.addStream(y, "socketpair"))
		x.desc.blocking, y.desc.blocking = blocking, blocking
		return a, b, 0
	}
	x, y := &datagram{kernel: k}, &datagram{kernel: k}
	x.peer, y.peer = y, x
	a, x.desc = k.add(x, "socketpair")
	b, y.desc = k.add(y, "socketpair")
	x.desc.blocking, y.desc.blocking = blocking, blocking
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
	switch o := d.object.(type) {
	case *stream:
		return l.k.bindStream(o, at).linux()
	case *datagram:
		if o.udp {
			return o.bind(at.Port).linux()
		}
		return o.bindName(at.Name).linux()
	case *listener:
		if o.unix() && at.Name == "" { // it has a name
			return 0
		}
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
func (l Linux) connect(fd int, to Sockaddr) epoll.Errno {
	k := l.k
	d, call, f := l.socket("connect", fd, false)
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *datagram:
		if !o.udp {
			return o.connectName(to.Name).linux()
		}
		return o.connect(to.Port).linux()
	case *listener:
		if o.unix() {
			return k.retry(d, call, func() failure { return k.connectListener(d, to.Name) }).linux()
		}
		return isConnected.linux()
	case *stream:
		if !o.tcp {
			return k.retry(d, call, func() failure { return k.connectUnix(o, to.Name) }).linux()
		}
		f := k.connectTCP(o, to.Port)
		if d.blocking && (f == inProgress || f == alreadyConnecting) {
			f = k.retry(d, call, o.connectEnd)
		}
		return f.linux()
	}
	return 0
}

// connectEnd is how a connect that blocked has ended, again while it has not.
func (s *stream) connectEnd() failure {
	switch s.state { //nolint:exhaustive // the others are connected
	case connecting:
		return again
	case dead, fresh:
		f := s.takeError()
		if f == ok {
			f = aborted
		}
		s.disconnect()
		return f
	default:
		s.attempt = told
		return ok
	}
}

// connect sets the peer that a UDP socket sends to and receives from.
func (s *datagram) connect(port uint16) failure {
	if !s.bindAny() {
		return again
	}
	s.remote = port
	return ok
}

// accept4 is Accept4 once.
func (l Linux) accept4(fd, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("accept", fd, false)
	if f == badFile {
		return -1, f.linux()
	}
	if flags = cInt(flags); flags&^(epoll.NonBlock|epoll.CloseOnExec) != 0 { // before it is a socket
		return -1, epoll.EINVAL
	}
	if f != ok {
		return -1, f.linux()
	}
	if _, connectionless := d.object.(*datagram); connectionless {
		return -1, notSupported.linux()
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
		return -1, f.linux()
	}
	k.files[n].blocking = flags&epoll.NonBlock == 0
	return n, 0
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
	switch o := d.object.(type) {
	case *stream:
		return o.takeError().linux(), 0
	case *datagram:
		return o.takeError().linux(), 0
	}
	return 0, 0
}

// LingerNot is setsockopt(2) of SO_LINGER with 0 seconds: a close of the TCP
// socket sends a RST.
func (l Linux) LingerNot(fd int) epoll.Errno {
	d, _, f := l.socket("setsockopt", fd, false)
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		o.linger = true
	case *listener:
		o.linger = true
	}
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
		return Sockaddr{Name: o.name, Port: o.port}, 0
	case *listener:
		return Sockaddr{Name: o.name, Port: o.port}, 0
	case *datagram:
		return Sockaddr{Port: o.port}, 0
	}
	return Sockaddr{}, 0
}

// sendto is Sendto once.
func (l Linux) sendto(fd int, b []byte, flags int, to Sockaddr) (int, epoll.Errno) {
	d, call, f := l.socket("sendto", fd, false)
	switch {
	case f != ok:
		return -1, f.linux()
	case flags&unknownFlags != 0:
		return -1, notSupported.linux()
	}
	n := 0
	f = l.k.retry(d, call, func() (f failure) {
		switch o := d.object.(type) {
		case *datagram:
			n, f = o.sendFlags(b, flags, to)
		case *stream:
			if !o.tcp {
				f = unixTakes(b, flags, to, o.state == connected)
			}
			if f != ok {
				return f
			}
			if flags&OutOfBand != 0 {
				n, f = o.sendUrgent(b)
				return f
			}
			n, f = l.k.writeAll(d, call, b)
		case *listener:
			if o.unix() {
				f = unixTakes(b, flags, to, false)
			}
			if f == ok {
				n, f = o.write(b)
			}
		}
		return f
	})
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// recvfrom is Recvfrom once.
func (l Linux) recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	d, call, f := l.socket("recvfrom", fd, false)
	switch {
	case f != ok:
		return -1, Sockaddr{}, f.linux()
	case flags&unknownFlags != 0:
		return -1, Sockaddr{}, notSupported.linux()
	}
	waited := 0
	f = l.k.retry(d, call, func() (f failure) {
		switch o := d.object.(type) {
		case *stream:
			if waited++; flags&OutOfBand == 0 && o.waitedForNothing(b, waited) {
				return ok
			}
			n, f = o.receiveFlags(b, flags)
		case *listener:
			n, f = o.read(make([]byte, 1)) // it has nothing to read
		case *datagram:
			if flags&OutOfBand != 0 && !o.udp {
				return notSupported
			}
			var size int
			n, size, from.Port, f = o.receive(b)
			if flags&WholeSize != 0 {
				n = size
			}
		}
		return f
	})
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	return n, from, 0
}

// SocketType is getsockopt(2) of SO_DOMAIN and SO_TYPE.
func (l Linux) SocketType(fd int) (family, typ int, e epoll.Errno) {
	d, _, f := l.socket("getsockopt", fd, true)
	if f != ok {
		return 0, 0, f.linux()
	}
	family, typ = FamilyUnix, TypeStream
	switch o := d.object.(type) {
	case *stream:
		if o.tcp {
			family = FamilyIPv4
		}
	case *listener:
		if !o.unix() {
			family = FamilyIPv4
		}
	case *datagram:
		if typ = TypeDatagram; o.udp {
			family = FamilyIPv4
		}
	}
	return family, typ, 0
}
