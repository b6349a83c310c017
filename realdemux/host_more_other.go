//go:build !linux && !windows && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package realdemux

import (
	"errors"
	"net/netip"

	"reactortest/demux"
)

func (*host) WriteVector(demux.Handle, [][]byte) (int, error) { return 0, errors.ErrUnsupported }

func (*host) SetNoDelay(demux.Handle, bool) error { return errors.ErrUnsupported }

func (*host) SetReset(demux.Handle) error { return errors.ErrUnsupported }

func (*host) ListenUnix(string, int) (demux.Handle, error) {
	return demux.NoHandle, errors.ErrUnsupported
}

func (*host) ConnectUnix(string) (demux.Handle, error) { return demux.NoHandle, errors.ErrUnsupported }

func (*host) RemoveUnix(string) error { return errors.ErrUnsupported }

func (*host) Datagram(string) (demux.Handle, netip.AddrPort, error) {
	return demux.NoHandle, netip.AddrPort{}, errors.ErrUnsupported
}

func (*host) ReceiveFrom(demux.Handle, []byte) (int, netip.AddrPort, error) {
	return 0, netip.AddrPort{}, errors.ErrUnsupported
}

func (*host) SendTo(demux.Handle, []byte, netip.AddrPort) (int, error) {
	return 0, errors.ErrUnsupported
}

func (*host) ListenShared(string, int) (demux.Handle, netip.AddrPort, error) {
	return demux.NoHandle, netip.AddrPort{}, errors.ErrUnsupported
}
