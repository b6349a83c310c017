//go:build !linux && !windows && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package realdemux

import (
	"errors"
	"net/netip"
	"time"

	"reactortest/demux"
)

// host is a system that has no backend yet: it has a clock and goroutines.
type host struct {
	began time.Time
}

func open() (demux.Demux, error) { return nil, errors.ErrUnsupported }

func wine() bool { return false }

func (*host) Open() (demux.Demux, error) { return open() }

func (h *host) Now() time.Duration { return time.Since(h.began) }

func (*host) Go(_ string, f func()) { go f() }

func (*host) Yield(string) {}

func (*host) Pair() (a, b demux.Handle, err error) {
	return demux.NoHandle, demux.NoHandle, errors.ErrUnsupported
}

func (*host) Pipe() (r, w demux.Handle, err error) {
	return demux.NoHandle, demux.NoHandle, errors.ErrUnsupported
}

func (*host) Listen(string, int) (demux.Handle, netip.AddrPort, error) {
	return demux.NoHandle, netip.AddrPort{}, errors.ErrUnsupported
}

func (*host) Accept(demux.Handle) (demux.Handle, error) {
	return demux.NoHandle, errors.ErrUnsupported
}

func (*host) Connect(netip.AddrPort) (demux.Handle, error) {
	return demux.NoHandle, errors.ErrUnsupported
}

func (*host) ConnectResult(demux.Handle) error { return errors.ErrUnsupported }

func (*host) Read(demux.Handle, []byte) (int, error) { return 0, errors.ErrUnsupported }

func (*host) Write(demux.Handle, []byte) (int, error) { return 0, errors.ErrUnsupported }

func (*host) CloseWrite(demux.Handle) error { return errors.ErrUnsupported }

func (*host) Dup(demux.Handle) (demux.Handle, error) { return demux.NoHandle, errors.ErrUnsupported }

func (*host) Close(demux.Handle) error { return errors.ErrUnsupported }
