package program

import (
	"bytes"
	"net/netip"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// What the host of a program has beyond demux.Host, where the host of the run has it.
var (
	_ demux.VectorHost    = (*host)(nil)
	_ demux.StreamOptions = (*host)(nil)
	_ demux.UnixHost      = (*host)(nil)
	_ demux.DatagramHost  = (*host)(nil)
	_ demux.SharedHost    = (*host)(nil)
)

func (h *host) all() core.All { return core.All{Host: h.inner} }

// WriteVector writes several buffers.
func (h *host) WriteVector(s demux.Handle, bufs [][]byte) (int, error) {
	was := h.enter()
	n, err := h.all().WriteVector(s, bufs)
	var b []byte
	if h.c.Verbose {
		b = bytes.Join(bufs, nil)
	}
	h.moved(callWrite, was, s, b, n, err)
	return n, err
}

// SetNoDelay sets TCP_NODELAY.
func (h *host) SetNoDelay(s demux.Handle, on bool) error {
	was := h.enter()
	err := h.all().SetNoDelay(s, on)
	h.told(callOption, was, s, err, h.c.Say("no delay %v", on))
	return err
}

// SetReset has Close end the connection with a reset.
func (h *host) SetReset(s demux.Handle) error {
	was := h.enter()
	err := h.all().SetReset(s)
	h.told(callOption, was, s, err, "reset on close")
	return err
}

// ListenUnix makes a listener on a path.
func (h *host) ListenUnix(path string, backlog int) (demux.Handle, error) {
	was := h.enter()
	l, err := h.all().ListenUnix(path, backlog)
	h.told(callListen, was, demux.NoHandle, err, h.c.Say("on %s", path), l)
	return l, err
}

// ConnectUnix connects to a path.
func (h *host) ConnectUnix(path string) (demux.Handle, error) {
	was := h.enter()
	s, err := h.all().ConnectUnix(path)
	h.told(callConnect, was, demux.NoHandle, err, h.c.Say("to %s", path), s)
	return s, err
}

// RemoveUnix removes the file of a socket.
func (h *host) RemoveUnix(path string) error {
	was := h.enter()
	err := h.all().RemoveUnix(path)
	h.told(callRemove, was, demux.NoHandle, err, path)
	return err
}

// Datagram makes a UDP socket.
func (h *host) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	was := h.enter()
	s, at, err := h.all().Datagram(addr)
	h.told(callDatagram, was, demux.NoHandle, err, h.c.Say("on %v", at), s)
	return s, at, err
}

// ReceiveFrom takes one datagram.
func (h *host) ReceiveFrom(s demux.Handle, b []byte) (int, netip.AddrPort, error) {
	was := h.enter()
	n, from, err := h.all().ReceiveFrom(s, b)
	h.moved(callReceive, was, s, b, n, err)
	return n, from, err
}

// SendTo sends one datagram.
func (h *host) SendTo(s demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	was := h.enter()
	n, err := h.all().SendTo(s, b, to)
	h.moved(callSend, was, s, b, n, err)
	return n, err
}

// ListenShared makes a listener on an address that others have.
func (h *host) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	was := h.enter()
	l, at, err := h.all().ListenShared(addr, backlog)
	h.told(callListen, was, demux.NoHandle, err, h.c.Say("on %v", at), l)
	return l, at, err
}
