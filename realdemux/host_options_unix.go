//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"os"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// SetNoDelay is setsockopt(2) of TCP_NODELAY.
func (*host) SetNoDelay(h demux.Handle, on bool) error {
	v := 0
	if on {
		v = 1
	}
	return os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(h), unix.IPPROTO_TCP, unix.TCP_NODELAY, v))
}

// SetReset is setsockopt(2) of SO_LINGER with a time of 0.
func (*host) SetReset(h demux.Handle) error {
	l := unix.Linger{Onoff: 1}
	return os.NewSyscallError("setsockopt", unix.SetsockoptLinger(int(h), unix.SOL_SOCKET, unix.SO_LINGER, &l))
}
