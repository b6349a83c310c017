package server

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// What the host of an engine has beyond demux.Host, where the host of the run has it.
var (
	_ demux.VectorHost    = (*watchedHost)(nil)
	_ demux.StreamOptions = (*watchedHost)(nil)
	_ demux.UnixHost      = (*watchedHost)(nil)
	_ demux.DatagramHost  = (*watchedHost)(nil)
	_ demux.SharedHost    = (*watchedHost)(nil)
)

func (h *watchedHost) all() core.All { return core.All{Host: h.inner} }

// WriteVector writes several buffers.
func (h *watchedHost) WriteVector(x demux.Handle, bufs [][]byte) (int, error) {
	n, err := h.all().WriteVector(x, bufs)
	h.told(callWrite, x, n, err)
	return n, err
}

// SetNoDelay sets TCP_NODELAY.
func (h *watchedHost) SetNoDelay(x demux.Handle, on bool) error {
	err := h.all().SetNoDelay(x, on)
	h.told("setsockopt", x, 0, err)
	return err
}

// SetReset has Close end the connection with a reset.
func (h *watchedHost) SetReset(x demux.Handle) error {
	err := h.all().SetReset(x)
	h.told("setsockopt", x, 0, err)
	return err
}

// ListenUnix makes a listener on a path.
func (h *watchedHost) ListenUnix(path string, backlog int) (demux.Handle, error) {
	l, err := h.all().ListenUnix(path, backlog)
	h.opened("listen", demux.NoHandle, err, l)
	return l, err
}

// ConnectUnix connects to a path.
func (h *watchedHost) ConnectUnix(path string) (demux.Handle, error) {
	x, err := h.all().ConnectUnix(path)
	h.opened("connect", demux.NoHandle, err, x)
	return x, err
}

// RemoveUnix removes the file of a socket.
func (h *watchedHost) RemoveUnix(path string) error {
	err := h.all().RemoveUnix(path)
	h.told("unlink", demux.NoHandle, 0, err)
	return err
}

// Datagram makes a UDP socket.
func (h *watchedHost) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	x, at, err := h.all().Datagram(addr)
	h.opened("socket", demux.NoHandle, err, x)
	return x, at, err
}

// ReceiveFrom takes one datagram.
func (h *watchedHost) ReceiveFrom(x demux.Handle, b []byte) (int, netip.AddrPort, error) {
	n, from, err := h.all().ReceiveFrom(x, b)
	h.told(callRead, x, n, err)
	return n, from, err
}

// SendTo sends one datagram.
func (h *watchedHost) SendTo(x demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	n, err := h.all().SendTo(x, b, to)
	h.told(callWrite, x, n, err)
	return n, err
}

// ListenShared makes a listener on an address that others have. The peers connect to the
// address of the last listener.
func (h *watchedHost) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.all().ListenShared(addr, backlog)
	h.listens(l, at, err)
	return l, at, err
}
