//go:build linux

package syscall

import (
	"syscall"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Socket is syscall.Socket.
func Socket(domain, typ, proto int) (int, error) {
	switch {
	case sim.Real():
		return syscall.Socket(domain, typ, proto)
	case domain == syscall.AF_INET6 && syscall.SocketDisableIPv6:
		return -1, syscall.EAFNOSUPPORT
	}
	return sim.Socket(domain, typ, proto)
}

// Socketpair is syscall.Socketpair.
func Socketpair(domain, typ, proto int) ([2]int, error) {
	if sim.Real() {
		return syscall.Socketpair(domain, typ, proto)
	}
	a, b, err := sim.Socketpair(domain, typ)
	if err != nil {
		return [2]int{}, err
	}
	return [2]int{a, b}, nil
}

// Bind is syscall.Bind.
func Bind(fd int, sa syscall.Sockaddr) error {
	if sim.Real() {
		return syscall.Bind(fd, sa)
	}
	at, err := sim.FromSyscall(sa)
	if err != nil {
		return err
	}
	return sim.Bind(fd, at)
}

// Connect is syscall.Connect.
func Connect(fd int, sa syscall.Sockaddr) error {
	if sim.Real() {
		return syscall.Connect(fd, sa)
	}
	to, err := sim.FromSyscall(sa)
	if err != nil {
		return err
	}
	return sim.Connect(fd, to)
}

// Listen is syscall.Listen.
func Listen(s, n int) error {
	if sim.Real() {
		return syscall.Listen(s, n)
	}
	return sim.Listen(s, n)
}

// Accept is syscall.Accept.
func Accept(fd int) (int, syscall.Sockaddr, error) {
	if sim.Real() {
		return syscall.Accept(fd)
	}
	return accepted(sim.Accept4(fd, 0))
}

// Accept4 is syscall.Accept4.
func Accept4(fd, flags int) (int, syscall.Sockaddr, error) {
	if sim.Real() {
		return syscall.Accept4(fd, flags)
	}
	return accepted(sim.Accept4(fd, flags))
}

func accepted(n int, from fakedemux.Sockaddr, err error) (int, syscall.Sockaddr, error) {
	if err != nil {
		return n, nil, err
	}
	return n, sim.ToSyscall(from), nil
}

// Shutdown is syscall.Shutdown.
func Shutdown(fd, how int) error {
	if sim.Real() {
		return syscall.Shutdown(fd, how)
	}
	return sim.Shutdown(fd, how)
}

// Getsockname is syscall.Getsockname.
func Getsockname(fd int) (syscall.Sockaddr, error) {
	if sim.Real() {
		return syscall.Getsockname(fd)
	}
	at, err := sim.Getsockname(fd)
	return sim.ToSyscall(at), err
}

// Getpeername is syscall.Getpeername.
func Getpeername(fd int) (syscall.Sockaddr, error) {
	if sim.Real() {
		return syscall.Getpeername(fd)
	}
	at, err := sim.Getpeername(fd)
	return sim.ToSyscall(at), err
}

// Sendto is syscall.Sendto.
func Sendto(fd int, p []byte, flags int, to syscall.Sockaddr) error {
	if sim.Real() {
		return syscall.Sendto(fd, p, flags, to)
	}
	at, err := sim.FromSyscall(to)
	if err == nil {
		_, err = sim.Sendto(fd, p, flags, at)
	}
	return err
}

// Recvfrom is syscall.Recvfrom.
func Recvfrom(fd int, p []byte, flags int) (int, syscall.Sockaddr, error) {
	if sim.Real() {
		return syscall.Recvfrom(fd, sim.ShortRead(fd, p), flags)
	}
	n, from, err := sim.Recvfrom(fd, p, flags)
	return n, sim.ToSyscall(from), err
}

// Sendmsg is syscall.Sendmsg.
func Sendmsg(fd int, p, oob []byte, to syscall.Sockaddr, flags int) error {
	_, err := SendmsgN(fd, p, oob, to, flags)
	return err
}

// SendmsgN is syscall.SendmsgN.
func SendmsgN(fd int, p, oob []byte, to syscall.Sockaddr, flags int) (int, error) {
	if sim.Real() {
		return syscall.SendmsgN(fd, p, oob, to, flags)
	}
	at, err := sim.FromSyscall(to)
	if err != nil {
		return 0, err
	}
	n, err := sim.Sendmsg(fd, &fakedemux.Message{Name: at, Vectors: [][]byte{p}, Control: oob}, flags)
	return max(n, 0), err
}

// Recvmsg is syscall.Recvmsg.
func Recvmsg(fd int, p, oob []byte, flags int) (n, oobn, recvflags int, from syscall.Sockaddr, err error) {
	if sim.Real() {
		return syscall.Recvmsg(fd, p, oob, flags)
	}
	m := fakedemux.Message{Vectors: [][]byte{p}, Control: oob}
	n, err = sim.Recvmsg(fd, &m, flags)
	if err != nil {
		return n, 0, 0, nil, err
	}
	return n, 0, m.Flags, sim.ToSyscall(m.Name), nil
}
