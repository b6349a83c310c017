//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// host is Linux or a BSD. They make descriptors with different calls: see
// descriptors_linux.go and descriptors_bsd.go.
type host struct {
	began   time.Time
	sockets socketSet
}

func wine() bool { return false }

func (*host) Open() (demux.Demux, error) { return open() }

func (h *host) Now() time.Duration { return time.Since(h.began) }

func (*host) Go(_ string, f func()) { go f() }

func (*host) Yield(string) {}

func (*host) Pair() (a, b demux.Handle, err error) {
	fds, err := socketpair()
	if err != nil {
		return demux.NoHandle, demux.NoHandle, os.NewSyscallError("socketpair", err)
	}
	return demux.Handle(fds[0]), demux.Handle(fds[1]), nil
}

func (*host) Pipe() (r, w demux.Handle, err error) {
	fds, err := pipe(true)
	if err != nil {
		return demux.NoHandle, demux.NoHandle, os.NewSyscallError("pipe", err)
	}
	return demux.Handle(fds[0]), demux.Handle(fds[1]), nil
}

func (*host) Listen(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: Listen on %q: %w", addr, err)
	}
	fd, err := stream(at)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	at, err = listen(fd, at, backlog)
	if err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, netip.AddrPort{}, err
	}
	return demux.Handle(fd), at, nil
}

func listen(fd int, at netip.AddrPort, backlog int) (netip.AddrPort, error) {
	// Without it, an address stays taken for minutes after its last listener.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return netip.AddrPort{}, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(fd, sockaddr(at)); err != nil {
		return netip.AddrPort{}, os.NewSyscallError("bind", err)
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return netip.AddrPort{}, os.NewSyscallError("listen", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, os.NewSyscallError("getsockname", err)
	}
	return addrPort(sa), nil
}

func (h *host) Accept(l demux.Handle) (demux.Handle, error) {
	for {
		fd, e := accept(uintptr(l))
		if e == 0 {
			h.sockets.add(fd)
			return demux.Handle(fd), nil
		}
		if err := failure("accept", e); err != nil {
			return demux.NoHandle, err
		}
	}
}

func (h *host) Connect(addr netip.AddrPort) (demux.Handle, error) {
	fd, err := stream(addr)
	if err != nil {
		return demux.NoHandle, err
	}
	// After EINTR the attempt goes on, connect(2), as it does after
	// EINPROGRESS.
	err = unix.Connect(fd, sockaddr(addr))
	if err != nil && !errors.Is(err, unix.EINPROGRESS) && !errors.Is(err, unix.EINTR) {
		_ = unix.Close(fd)
		return demux.NoHandle, os.NewSyscallError("connect", err)
	}
	h.sockets.add(fd)
	return demux.Handle(fd), nil
}

func (*host) ConnectResult(h demux.Handle) error {
	fd := int(h)
	if err := pendingError(fd); err != nil {
		return err
	}
	_, err := unix.Getpeername(fd)
	if !errors.Is(err, unix.ENOTCONN) {
		return os.NewSyscallError("getpeername", err)
	}
	// Not connected: the attempt goes on, or it has failed. connect(2): it
	// has finished when the socket is writable.
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	if n, _ := unix.Poll(fds, 0); n == 0 {
		if listens, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN); listens != 0 {
			return os.NewSyscallError("getpeername", err) // a listener is never connected
		}
		return demux.ErrAgain
	}
	if err := pendingError(fd); err != nil {
		return err // it failed between the first look and the poll
	}
	return os.NewSyscallError("connect", err)
}

// pendingError takes the error that waits on the socket.
func pendingError(fd int) error {
	e, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return os.NewSyscallError("getsockopt", err)
	}
	if e != 0 {
		return os.NewSyscallError("connect", unix.Errno(e))
	}
	return nil
}

func (h *host) Read(from demux.Handle, b []byte) (int, error) {
	for {
		n, call, e := h.sockets.read(uintptr(from), b)
		switch {
		case e == 0 && n == 0 && len(b) > 0:
			return 0, io.EOF
		case e == 0:
			return n, nil
		}
		if err := failure(call, e); err != nil {
			return 0, err
		}
	}
}

func (h *host) Write(to demux.Handle, b []byte) (int, error) {
	for {
		n, call, e := h.sockets.write(uintptr(to), b)
		if e == 0 {
			return n, nil
		}
		if err := failure(call, e); err != nil {
			return 0, err
		}
	}
}

func (*host) CloseWrite(h demux.Handle) error {
	return os.NewSyscallError("shutdown", unix.Shutdown(int(h), unix.SHUT_WR))
}

func (*host) Dup(h demux.Handle) (demux.Handle, error) {
	fd, err := unix.FcntlInt(uintptr(h), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return demux.NoHandle, os.NewSyscallError("fcntl", err)
	}
	return demux.Handle(fd), nil
}

func (h *host) Close(x demux.Handle) error {
	h.sockets.remove(uintptr(x))
	err := unix.Close(int(x))
	if errors.Is(err, unix.EINTR) {
		return nil // close(2): the descriptor is closed all the same
	}
	return os.NewSyscallError("close", err)
}

// failure returns what a call that failed with e is to return, nil if it is
// to be made again.
func failure(call string, e syscall.Errno) error {
	if e == unix.EAGAIN {
		return demux.ErrAgain
	}
	if e == unix.EINTR {
		return nil
	}
	return os.NewSyscallError(call, e)
}

// stream makes a TCP socket for the family of addr.
func stream(addr netip.AddrPort) (int, error) {
	family := unix.AF_INET
	if addr.Addr().Is6() && !addr.Addr().Is4In6() {
		family = unix.AF_INET6
	}
	fd, err := socket(family)
	return fd, os.NewSyscallError("socket", err)
}

// Stream makes a stream handle of the family of addr that is not connected. An
// operation that connects needs such a handle.
func (*host) Stream(addr netip.Addr) (demux.Handle, error) {
	fd, err := stream(netip.AddrPortFrom(addr, 0))
	if err != nil {
		return demux.NoHandle, err
	}
	return demux.Handle(fd), nil
}

func sockaddr(addr netip.AddrPort) unix.Sockaddr {
	if ip := addr.Addr(); ip.Is6() && !ip.Is4In6() {
		return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}
	}
	return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
}

func addrPort(sa unix.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	default:
		return netip.AddrPort{}
	}
}
