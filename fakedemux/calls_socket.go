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
)

// Sockaddr is the address of a socket: a name in the abstract namespace of unix
// sockets, or a port of the loopback network.
type Sockaddr struct {
	Name string
	Port uint16
}

// Socket is socket(2).
func (l Linux) Socket(family, typ int) (int, epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socket", Handle: -1})
	flags := typ & (epoll.NonBlock | epoll.CloseOnExec)
	typ &^= flags
	switch {
	case family != FamilyUnix && family != FamilyIPv4:
		return -1, noFamily.linux()
	case typ != TypeStream && typ != TypeDatagram:
		return -1, epoll.EINVAL
	}
	if f := k.room(1); f != ok {
		return -1, f.linux()
	}
	if typ == TypeDatagram {
		s := &datagram{kernel: k, udp: family == FamilyIPv4}
		fd, d := k.add(s, "socket")
		s.desc, d.blocking = d, flags&epoll.NonBlock == 0
		return fd, 0
	}
	s := k.newStream(family == FamilyIPv4, fresh)
	fd := int(k.addStream(s, "socket"))
	s.desc.blocking = flags&epoll.NonBlock == 0
	return fd, 0
}

// Socketpair is socketpair(2).
func (l Linux) Socketpair(family, typ int) (a, b int, e epoll.Errno) {
	k := l.k
	k.tasks.Switch(scheduler.Call{Name: "socketpair", Handle: -1})
	flags := typ & (epoll.NonBlock | epoll.CloseOnExec)
	typ &^= flags
	switch {
	case family == FamilyIPv4:
		return -1, -1, notSupported.linux()
	case family != FamilyUnix:
		return -1, -1, noFamily.linux()
	case typ != TypeStream && typ != TypeDatagram:
		return -1, -1, epoll.EINVAL
	}
	if f := k.room(2); f != ok {
		return -1, -1, f.linux()
	}
	blocking := flags&epoll.NonBlock == 0
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
		return o.bind(at.Port).linux()
	default:
		return epoll.EINVAL
	}
}

// Listen is listen(2).
func (l Linux) Listen(fd, backlog int) epoll.Errno {
	d, _, f := l.socket("listen", fd, false)
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *stream:
		return l.k.listen(d, o, backlog).linux()
	case *listener:
		o.backlog = backlog
		return 0
	default:
		return notSupported.linux()
	}
}

// Connect is connect(2).
func (l Linux) Connect(fd int, to Sockaddr) epoll.Errno {
	k := l.k
	d, call, f := l.socket("connect", fd, false)
	if f != ok {
		return f.linux()
	}
	switch o := d.object.(type) {
	case *datagram:
		return o.connect(to.Port).linux()
	case *listener:
		if o.unix() {
			if _, f := k.acceptor(to.Name); f != ok {
				return f.linux()
			}
			return epoll.EINVAL
		}
		return isConnected.linux()
	case *stream:
		if !o.tcp {
			return k.retry(d, call, func() failure { return k.connectUnix(o, to.Name) }).linux()
		}
		f := k.connectTCP(o, to.Port)
		if f == inProgress && d.blocking {
			f = k.retry(d, call, o.connectEnd)
		}
		return f.linux()
	}
	return 0
}

// connectEnd is how a connect that blocked has ended, again while it has not.
func (s *stream) connectEnd() failure {
	switch {
	case s.state == connecting:
		return again
	case s.pending != ok:
		return s.takeError()
	default:
		s.attempt = told
		return ok
	}
}

// connect says whom a UDP socket sends to, and hears.
func (s *datagram) connect(port uint16) failure {
	if !s.udp {
		return connRefused
	}
	if !s.bindAny() {
		return again
	}
	s.remote = port
	return ok
}

// Accept4 is accept4(2).
func (l Linux) Accept4(fd, flags int) (int, epoll.Errno) {
	k := l.k
	d, call, f := l.socket("accept", fd, false)
	if f != ok {
		return -1, f.linux()
	}
	if flags&^(epoll.NonBlock|epoll.CloseOnExec) != 0 {
		return -1, epoll.EINVAL
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
	switch {
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

// LingerNot is setsockopt(2) of SO_LINGER with 0 seconds: a close of a TCP
// socket is a RST.
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

// Sendto is sendto(2). A zero address sends to whom the socket is connected.
func (l Linux) Sendto(fd int, b []byte, flags int, to Sockaddr) (int, epoll.Errno) {
	d, call, f := l.socket("sendto", fd, false)
	if f != ok {
		return -1, f.linux()
	}
	n := 0
	f = l.k.retry(d, call, func() (f failure) {
		switch o := d.object.(type) {
		case *datagram:
			n, f = o.sendFlags(b, flags, to.Port)
		case *stream:
			if flags&OutOfBand != 0 {
				n, f = o.sendUrgent(b)
				return f
			}
			n, f = o.write(b)
		case *listener:
			n, f = o.write(b)
		}
		return f
	})
	if f != ok {
		return -1, f.linux()
	}
	return n, 0
}

// Recvfrom is recvfrom(2), with the port that a UDP datagram came from. With
// WholeSize it returns the size of a datagram, of which b may have got less.
func (l Linux) Recvfrom(fd int, b []byte, flags int) (n int, from Sockaddr, e epoll.Errno) {
	d, call, f := l.socket("recvfrom", fd, false)
	if f != ok {
		return -1, Sockaddr{}, f.linux()
	}
	f = l.k.retry(d, call, func() (f failure) {
		switch o := d.object.(type) {
		case *stream:
			if flags&OutOfBand != 0 {
				n, f = o.receiveUrgent(b)
				return f
			}
			if o.tcp && flags&WholeSize != 0 {
				b = make([]byte, len(b)) // the bytes are discarded; tcp(7), MSG_TRUNC
			}
			n, f = o.receive(b)
		case *listener:
			n, f = o.read(make([]byte, 1)) // it has nothing to read
		case *datagram:
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
