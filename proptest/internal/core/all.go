package core

import (
	"errors"
	"fmt"
	"net/netip"

	"reactortest/demux"
)

// All is a host with every method that a host may have beyond demux.Host, for a host that
// wraps another. A method that the inner host does not have returns errors.ErrUnsupported,
// with its name.
type All struct{ demux.Host }

var (
	_ demux.VectorHost    = All{}
	_ demux.StreamOptions = All{}
	_ demux.UnixHost      = All{}
	_ demux.DatagramHost  = All{}
	_ demux.SharedHost    = All{}
)

// offered returns h as a T, or why it is none. method is what was called.
func offered[T any](h demux.Host, method string) (T, error) {
	t, has := h.(T)
	if !has {
		return t, fmt.Errorf("proptest: %s: %w", method, errors.ErrUnsupported)
	}
	return t, nil
}

// Stream makes a stream handle that is not connected, as the hosts of kernels with
// operations do.
func (a All) Stream(family netip.Addr) (demux.Handle, error) {
	h, err := offered[interface {
		Stream(family netip.Addr) (demux.Handle, error)
	}](a.Host, "Stream")
	if err != nil {
		return demux.NoHandle, err
	}
	return h.Stream(family)
}

// WriteVector writes several buffers.
func (a All) WriteVector(x demux.Handle, bufs [][]byte) (int, error) {
	h, err := offered[demux.VectorHost](a.Host, "WriteVector")
	if err != nil {
		return 0, err
	}
	return h.WriteVector(x, bufs)
}

// SetNoDelay sets TCP_NODELAY.
func (a All) SetNoDelay(x demux.Handle, on bool) error {
	h, err := offered[demux.StreamOptions](a.Host, "SetNoDelay")
	if err != nil {
		return err
	}
	return h.SetNoDelay(x, on)
}

// SetReset has Close end the connection with a reset.
func (a All) SetReset(x demux.Handle) error {
	h, err := offered[demux.StreamOptions](a.Host, "SetReset")
	if err != nil {
		return err
	}
	return h.SetReset(x)
}

// ListenUnix makes a listener on a path.
func (a All) ListenUnix(path string, backlog int) (demux.Handle, error) {
	h, err := offered[demux.UnixHost](a.Host, "ListenUnix")
	if err != nil {
		return demux.NoHandle, err
	}
	return h.ListenUnix(path, backlog)
}

// ConnectUnix connects to a path.
func (a All) ConnectUnix(path string) (demux.Handle, error) {
	h, err := offered[demux.UnixHost](a.Host, "ConnectUnix")
	if err != nil {
		return demux.NoHandle, err
	}
	return h.ConnectUnix(path)
}

// RemoveUnix removes the file of a socket.
func (a All) RemoveUnix(path string) error {
	h, err := offered[demux.UnixHost](a.Host, "RemoveUnix")
	if err != nil {
		return err
	}
	return h.RemoveUnix(path)
}

// Datagram makes a UDP socket.
func (a All) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	h, err := offered[demux.DatagramHost](a.Host, "Datagram")
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	return h.Datagram(addr)
}

// ReceiveFrom takes one datagram.
func (a All) ReceiveFrom(x demux.Handle, b []byte) (int, netip.AddrPort, error) {
	h, err := offered[demux.DatagramHost](a.Host, "ReceiveFrom")
	if err != nil {
		return 0, netip.AddrPort{}, err
	}
	return h.ReceiveFrom(x, b)
}

// SendTo sends one datagram.
func (a All) SendTo(x demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	h, err := offered[demux.DatagramHost](a.Host, "SendTo")
	if err != nil {
		return 0, err
	}
	return h.SendTo(x, b, to)
}

// ListenShared makes a listener on an address that others have.
func (a All) ListenShared(addr string, backlog int) (demux.Handle, netip.AddrPort, error) {
	h, err := offered[demux.SharedHost](a.Host, "ListenShared")
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	return h.ListenShared(addr, backlog)
}
