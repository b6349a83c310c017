//go:build darwin || netbsd || openbsd

package realdemux

import (
	"errors"
	"fmt"
	"net/netip"

	"reactortest/demux"
)

// ListenShared returns errors.ErrUnsupported. SO_REUSEPORT lets these systems have several
// listeners at one address, but does not divide the connections among them: setsockopt(2)
// speaks of "completely duplicate bindings" for multicast.
func (*host) ListenShared(string, int) (demux.Handle, netip.AddrPort, error) {
	return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: ListenShared: %w", errors.ErrUnsupported)
}
