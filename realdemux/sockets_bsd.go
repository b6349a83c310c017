//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"net/netip"

	"golang.org/x/sys/unix"
)

// socketOf makes a socket that is non-blocking and closed on exec.
func socketOf(family, typ int) (int, error) {
	return make1(true, func() (int, error) { return unix.Socket(family, typ, 0) })
}

func recvfrom(fd int, b []byte) (int, netip.AddrPort, error) {
	n, sa, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return n, addrPort(sa), nil
}

// sendto is sendto(2): all of a datagram is sent, or nothing.
func sendto(fd int, b []byte, to netip.AddrPort) (int, error) {
	if !to.IsValid() {
		return 0, unix.EDESTADDRREQ
	}
	return len(b), unix.Sendto(fd, b, 0, sockaddr(to))
}
