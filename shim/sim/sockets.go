//go:build linux

package sim

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// Socket is socket(2).
func Socket(family, typ, protocol int) (int, error) {
	return Call("socket", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.SocketProtocol(family, typ, protocol) })
}

// Socketpair is socketpair(2).
func Socketpair(family, typ int) (a, b int, err error) {
	a, err = Call("socketpair", -1, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		n, b, e = l.Socketpair(family, typ)
		return n, e
	})
	return a, b, err
}

// Bind is bind(2).
func Bind(fd int, at fakedemux.Sockaddr) error {
	return only(Call("bind", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Bind(fd, at) }))
}

// Listen is listen(2).
func Listen(fd, backlog int) error {
	return only(Call("listen", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Listen(fd, backlog) }))
}

// Connect is connect(2).
func Connect(fd int, to fakedemux.Sockaddr) error {
	return only(Call("connect", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Connect(fd, to) }))
}

// Accept4 is accept4(2). The judge hears of the calls accept and accept4 by the name
// of the first.
func Accept4(fd, flags int) (n int, from fakedemux.Sockaddr, err error) {
	n, err = Call("accept", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		n, from, e = l.AcceptFrom(fd, flags)
		return n, e
	})
	return n, from, err
}

// Shutdown is shutdown(2).
func Shutdown(fd, how int) error {
	return only(Call("shutdown", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Shutdown(fd, how) }))
}

// Getsockname is getsockname(2).
func Getsockname(fd int) (at fakedemux.Sockaddr, err error) {
	_, err = Call("getsockname", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		at, e = l.Getsockname(fd)
		return 0, e
	})
	return at, err
}

// Getpeername is getpeername(2).
func Getpeername(fd int) (at fakedemux.Sockaddr, err error) {
	_, err = Call("getpeername", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		at, e = l.Getpeername(fd)
		return 0, e
	})
	return at, err
}

// Sendto is sendto(2).
func Sendto(fd int, p []byte, flags int, to fakedemux.Sockaddr) (int, error) {
	return Call("sendto", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Sendto(fd, p, flags, to) })
}

// Recvfrom is recvfrom(2).
func Recvfrom(fd int, p []byte, flags int) (n int, from fakedemux.Sockaddr, err error) {
	n, err = Call("recvfrom", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		n, from, e = l.Recvfrom(fd, p, flags)
		return n, e
	})
	return n, from, err
}

// Sendmsg is sendmsg(2).
func Sendmsg(fd int, m *fakedemux.Message, flags int) (int, error) {
	return Call("sendmsg", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Sendmsg(fd, m, flags) })
}

// Recvmsg is recvmsg(2).
func Recvmsg(fd int, m *fakedemux.Message, flags int) (int, error) {
	return Call("recvmsg", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Recvmsg(fd, m, flags) })
}

// Setsockopt is setsockopt(2). value is the memory of the option.
func Setsockopt(fd, level, name int, value []byte) error {
	return only(Call("setsockopt", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Setsockopt(fd, level, name, value) }))
}

// SetsockoptInt is Setsockopt of an int of C.
func SetsockoptInt(fd, level, name, value int) error {
	v := int32(value)
	return Setsockopt(fd, level, name, Memory(&v))
}

// Getsockopt is getsockopt(2). It returns how many bytes of value it has stored.
func Getsockopt(fd, level, name int, value []byte) (int, error) {
	return Call("getsockopt", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Getsockopt(fd, level, name, value) })
}

// GetsockoptInt is Getsockopt of an int of C.
func GetsockoptInt(fd, level, name int) (int, error) {
	var v int32
	_, err := Getsockopt(fd, level, name, Memory(&v))
	return int(v), err
}
