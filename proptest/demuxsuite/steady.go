package demuxsuite

import (
	"errors"
	"net/netip"
	"syscall"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// steadyHost makes a call again that a signal interrupted before it had done
// anything, as a host in posix mode may have it: a suite that judges a
// demultiplexer does not judge its own calls.
type steadyHost struct {
	core.All
}

func interrupted(err error) bool { return errors.Is(err, syscall.EINTR) }

func (h steadyHost) Accept(l demux.Handle) (demux.Handle, error) {
	for {
		if c, err := h.Host.Accept(l); !interrupted(err) {
			return c, err
		}
	}
}

func (h steadyHost) Read(x demux.Handle, b []byte) (int, error) {
	for {
		if n, err := h.Host.Read(x, b); !interrupted(err) {
			return n, err
		}
	}
}

func (h steadyHost) Write(x demux.Handle, b []byte) (int, error) {
	for {
		if n, err := h.Host.Write(x, b); !interrupted(err) {
			return n, err
		}
	}
}

func (h steadyHost) WriteVector(x demux.Handle, bufs [][]byte) (int, error) {
	for {
		if n, err := h.All.WriteVector(x, bufs); !interrupted(err) {
			return n, err
		}
	}
}

func (h steadyHost) ReceiveFrom(x demux.Handle, b []byte) (int, netip.AddrPort, error) {
	for {
		if n, from, err := h.All.ReceiveFrom(x, b); !interrupted(err) {
			return n, from, err
		}
	}
}

func (h steadyHost) SendTo(x demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	for {
		if n, err := h.All.SendTo(x, b, to); !interrupted(err) {
			return n, err
		}
	}
}
