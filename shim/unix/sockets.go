//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Socket is unix.Socket.
func Socket(domain, typ, proto int) (int, error) {
	if sim.Real() {
		return unix.Socket(domain, typ, proto)
	}
	if domain == unix.AF_INET6 && unix.SocketDisableIPv6 {
		return -1, unix.EAFNOSUPPORT
	}
	return sim.Socket(domain, typ, proto)
}

// Socketpair is unix.Socketpair.
func Socketpair(domain, typ, proto int) ([2]int, error) {
	if sim.Real() {
		return unix.Socketpair(domain, typ, proto)
	}
	a, b, err := sim.Socketpair(domain, typ)
	if err != nil {
		return [2]int{}, err
	}
	return [2]int{a, b}, nil
}

// Bind is unix.Bind.
func Bind(fd int, sa unix.Sockaddr) error {
	if sim.Real() {
		return unix.Bind(fd, sa)
	}
	at, err := sim.FromUnix(sa)
	if err != nil {
		return err
	}
	return sim.Bind(fd, at)
}

// Connect is unix.Connect.
func Connect(fd int, sa unix.Sockaddr) error {
	if sim.Real() {
		return unix.Connect(fd, sa)
	}
	to, err := sim.FromUnix(sa)
	if err != nil {
		return err
	}
	return sim.Connect(fd, to)
}

// Listen is unix.Listen.
func Listen(s, n int) error {
	if sim.Real() {
		return unix.Listen(s, n)
	}
	return sim.Listen(s, n)
}

// Accept is unix.Accept.
func Accept(fd int) (int, unix.Sockaddr, error) {
	if sim.Real() {
		return unix.Accept(fd)
	}
	return accepted(sim.Accept4(fd, 0))
}

// Accept4 is unix.Accept4.
func Accept4(fd, flags int) (int, unix.Sockaddr, error) {
	if sim.Real() {
		return unix.Accept4(fd, flags)
	}
	return accepted(sim.Accept4(fd, flags))
}

func accepted(n int, from fakedemux.Sockaddr, err error) (int, unix.Sockaddr, error) {
	if err != nil {
		return n, nil, err
	}
	return n, sim.ToUnix(from), nil
}

// Shutdown is unix.Shutdown.
func Shutdown(fd, how int) error {
	if sim.Real() {
		return unix.Shutdown(fd, how)
	}
	return sim.Shutdown(fd, how)
}

// Getsockname is unix.Getsockname.
func Getsockname(fd int) (unix.Sockaddr, error) {
	if sim.Real() {
		return unix.Getsockname(fd)
	}
	at, err := sim.Getsockname(fd)
	return sim.ToUnix(at), err
}

// Getpeername is unix.Getpeername.
func Getpeername(fd int) (unix.Sockaddr, error) {
	if sim.Real() {
		return unix.Getpeername(fd)
	}
	at, err := sim.Getpeername(fd)
	return sim.ToUnix(at), err
}

// Sendto is unix.Sendto.
func Sendto(fd int, p []byte, flags int, to unix.Sockaddr) error {
	if sim.Real() {
		return unix.Sendto(fd, p, flags, to)
	}
	at, err := sim.FromUnix(to)
	if err == nil {
		_, err = sim.Sendto(fd, p, flags, at)
	}
	return err
}

// Recvfrom is unix.Recvfrom.
func Recvfrom(fd int, p []byte, flags int) (int, unix.Sockaddr, error) {
	if sim.Real() {
		return unix.Recvfrom(fd, sim.ShortRead(fd, p), flags)
	}
	n, from, err := sim.Recvfrom(fd, p, flags)
	return n, sim.ToUnix(from), err
}
