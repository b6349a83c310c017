//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// Datagram is socket(2) and bind(2).
func (*host) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: Datagram on %q: %w", addr, err)
	}
	family := unix.AF_INET
	if at.Addr().Is6() && !at.Addr().Is4In6() {
		family = unix.AF_INET6
	}
	fd, err := socketOf(family, unix.SOCK_DGRAM)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, os.NewSyscallError("socket", err)
	}
	if err := unix.Bind(fd, sockaddr(at)); err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, netip.AddrPort{}, os.NewSyscallError("bind", err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, netip.AddrPort{}, os.NewSyscallError("getsockname", err)
	}
	return demux.Handle(fd), addrPort(sa), nil
}

// ReceiveFrom is recvfrom(2).
func (*host) ReceiveFrom(h demux.Handle, b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := recvfrom(int(h), b)
		if err == nil {
			return n, from, nil
		}
		if err := failure("recvfrom", errorNumber(err)); err != nil {
			return 0, netip.AddrPort{}, err
		}
	}
}

// SendTo is sendto(2). It returns EDESTADDRREQ if to is not valid.
func (*host) SendTo(h demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	for {
		n, err := sendto(int(h), b, to)
		if err == nil {
			return n, nil
		}
		if err := failure("sendto", errorNumber(err)); err != nil {
			return 0, err
		}
	}
}
