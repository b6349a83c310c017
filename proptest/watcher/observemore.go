package watcher

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// What the host of a subject has beyond demux.Host, where the host of the run has it.
var (
	_ demux.VectorHost    = (*observedHost)(nil)
	_ demux.StreamOptions = (*observedHost)(nil)
	_ demux.UnixHost      = (*observedHost)(nil)
	_ demux.DatagramHost  = (*observedHost)(nil)
	_ demux.SharedHost    = (*observedHost)(nil)
)

func (h *observedHost) all() core.All { return core.All{Host: h.host} }

// made books the handle of a call that has made one if err is nil.
func (h *observedHost) made(call string, x demux.Handle, err error) {
	if err == nil {
		h.own(call, x)
	}
}

func (h *observedHost) WriteVector(x demux.Handle, bufs [][]byte) (int, error) {
	h.judge.use("WriteVector", x)
	return h.all().WriteVector(x, bufs)
}

func (h *observedHost) SetNoDelay(x demux.Handle, on bool) error {
	h.judge.use("SetNoDelay", x)
	return h.all().SetNoDelay(x, on)
}

func (h *observedHost) SetReset(x demux.Handle) error {
	h.judge.use("SetReset", x)
	return h.all().SetReset(x)
}

func (h *observedHost) ListenUnix(path string, backlog int) (demux.Handle, error) {
	l, err := h.all().ListenUnix(path, backlog)
	h.made("ListenUnix", l, err)
	return l, err
}

func (h *observedHost) ConnectUnix(path string) (demux.Handle, error) {
	c, err := h.all().ConnectUnix(path)
	h.made("ConnectUnix", c, err)
	return c, err
}

func (h *observedHost) RemoveUnix(path string) error { return h.all().RemoveUnix(path) }

func (h *observedHost) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	x, at, err := h.all().Datagram(addr)
	h.made("Datagram", x, err)
	return x, at, err
}

func (h *observedHost) ReceiveFrom(x demux.Handle, b []byte) (int, netip.AddrPort, error) {
	h.judge.use("ReceiveFrom", x)
	n, from, err := h.all().ReceiveFrom(x, b)
	h.judge.Lock()
	defer h.judge.Unlock()
	h.judge.handles.of(x).touch()
	return n, from, err
}

func (h *observedHost) SendTo(x demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	h.judge.use("SendTo", x)
	return h.all().SendTo(x, b, to)
}

func (h *observedHost) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	l, at, err := h.all().ListenShared(addr, backlog)
	h.made("ListenShared", l, err)
	return l, at, err
}
