//go:build linux || dragonfly || freebsd

package realdemux

import (
	"fmt"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// ListenShared is Listen with SO_REUSEPORT, and SO_REUSEPORT_LB on FreeBSD.
func (*host) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: ListenShared on %q: %w", addr, err)
	}
	fd, err := stream(at)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, sharing, 1); err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, netip.AddrPort{}, os.NewSyscallError("setsockopt", err)
	}
	at, err = listen(fd, at, backlog)
	if err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, netip.AddrPort{}, err
	}
	return demux.Handle(fd), at, nil
}
