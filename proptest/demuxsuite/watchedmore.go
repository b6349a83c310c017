package demuxsuite

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// What the host of a case has beyond demux.Host, where the host of the run has it.
var (
	_ demux.VectorHost    = (*watchedHost)(nil)
	_ demux.StreamOptions = (*watchedHost)(nil)
	_ demux.UnixHost      = (*watchedHost)(nil)
	_ demux.DatagramHost  = (*watchedHost)(nil)
	_ demux.SharedHost    = (*watchedHost)(nil)
)

func (h *watchedHost) all() core.All { return core.All{Host: h.Host} }

// WriteVector writes several buffers.
func (h *watchedHost) WriteVector(s demux.Handle, bufs [][]byte) (int, error) {
	n, err := h.all().WriteVector(s, bufs)
	h.note(core.Entry{Kind: didWrite, ID: int(s), N: n}, err, "WriteVector(%d, %d buffers): %d", s, len(bufs), n)
	return n, err
}

// SetNoDelay sets TCP_NODELAY.
func (h *watchedHost) SetNoDelay(s demux.Handle, on bool) error {
	err := h.all().SetNoDelay(s, on)
	h.note(core.Entry{Kind: didOption, ID: int(s)}, err, "SetNoDelay(%d, %v)", s, on)
	return err
}

// SetReset has Close end the connection with a reset.
func (h *watchedHost) SetReset(s demux.Handle) error {
	err := h.all().SetReset(s)
	h.note(core.Entry{Kind: didOption, ID: int(s)}, err, "SetReset(%d)", s)
	return err
}

// ListenUnix makes a listener on a path.
func (h *watchedHost) ListenUnix(path string, backlog int) (demux.Handle, error) {
	l, err := h.all().ListenUnix(path, backlog)
	h.made(didListen, "ListenUnix", err, l)
	return l, err
}

// ConnectUnix connects to a path.
func (h *watchedHost) ConnectUnix(path string) (demux.Handle, error) {
	s, err := h.all().ConnectUnix(path)
	h.made(didConnect, "ConnectUnix", err, s)
	return s, err
}

// RemoveUnix removes the file of a socket.
func (h *watchedHost) RemoveUnix(path string) error {
	err := h.all().RemoveUnix(path)
	h.note(core.Entry{Kind: didRemove}, err, "RemoveUnix(%q)", path)
	return err
}

// Datagram makes a UDP socket.
func (h *watchedHost) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	s, at, err := h.all().Datagram(addr)
	h.made(didDatagram, "Datagram", err, s)
	return s, at, err
}

// ReceiveFrom takes one datagram.
func (h *watchedHost) ReceiveFrom(s demux.Handle, b []byte) (int, netip.AddrPort, error) {
	n, from, err := h.all().ReceiveFrom(s, b)
	h.note(core.Entry{Kind: didRead, ID: int(s), N: n}, err, "ReceiveFrom(%d, %s): %d", s, count(len(b)), n)
	return n, from, err
}

// SendTo sends one datagram.
func (h *watchedHost) SendTo(s demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	n, err := h.all().SendTo(s, b, to)
	h.note(core.Entry{Kind: didWrite, ID: int(s), N: n}, err, "SendTo(%d, %s): %d", s, count(len(b)), n)
	return n, err
}

// ListenShared makes a listener on an address that others have.
func (h *watchedHost) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.all().ListenShared(addr, backlog)
	h.made(didListen, "ListenShared", err, l)
	return l, at, err
}
