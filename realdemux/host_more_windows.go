package realdemux

import (
	"errors"
	"fmt"
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// WriteVector is WSASend of the first demux.MaxVector buffers. No buffers are one that is
// empty: WSASend, dwBufferCount.
func (*host) WriteVector(h demux.Handle, bufs [][]byte) (int, error) {
	var vectors [demux.MaxVector]windows.WSABuf
	bufs = bufs[:min(len(bufs), demux.MaxVector)]
	for i, b := range bufs {
		vectors[i] = windows.WSABuf{Len: size(b), Buf: unsafe.SliceData(b)}
		if int(size(b)) < len(b) { // the rest of it comes before the next one
			bufs = bufs[:i+1]
			break
		}
	}
	var n uint32
	if err := windows.WSASend(windows.Handle(h), &vectors[0], uint32(max(len(bufs), 1)), &n, 0, nil, nil); err != nil {
		return 0, failure("WSASend", err)
	}
	return int(n), nil
}

// SetNoDelay is setsockopt of TCP_NODELAY.
func (*host) SetNoDelay(h demux.Handle, on bool) error {
	v := 0
	if on {
		v = 1
	}
	return failure("setsockopt", windows.SetsockoptInt(windows.Handle(h), windows.IPPROTO_TCP, windows.TCP_NODELAY, v))
}

// SetReset is setsockopt of SO_LINGER with a time of 0.
func (*host) SetReset(h demux.Handle) error {
	l := windows.Linger{Onoff: 1}
	return failure("setsockopt", windows.SetsockoptLinger(windows.Handle(h), windows.SOL_SOCKET, windows.SO_LINGER, &l))
}

// Datagram is WSASocket and bind.
func (*host) Datagram(addr string) (demux.Handle, netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return demux.NoHandle, netip.AddrPort{}, fmt.Errorf("realdemux: Datagram on %q: %w", addr, err)
	}
	if err := startup(); err != nil {
		return demux.NoHandle, netip.AddrPort{}, err
	}
	s, e := socket(at.Addr(), windows.SOCK_DGRAM, windows.IPPROTO_UDP)
	if e != 0 {
		return demux.NoHandle, netip.AddrPort{}, e.Err("WSASocket")
	}
	if err := windows.Bind(windows.Handle(s), sockaddr(at)); err != nil {
		_ = windows.Closesocket(windows.Handle(s))
		return demux.NoHandle, netip.AddrPort{}, failure("bind", err)
	}
	sa, err := windows.Getsockname(windows.Handle(s))
	if err != nil {
		_ = windows.Closesocket(windows.Handle(s))
		return demux.NoHandle, netip.AddrPort{}, failure("getsockname", err)
	}
	return s, addrPort(sa), nil
}

// ReceiveFrom is WSARecvFrom. WSAEMSGSIZE says that the datagram did not fit, and b is
// full then. After a datagram that found no socket it returns ECONNRESET; WSARecvFrom,
// WSAECONNRESET.
func (*host) ReceiveFrom(h demux.Handle, b []byte) (int, netip.AddrPort, error) {
	buf := windows.WSABuf{Len: size(b), Buf: unsafe.SliceData(b)}
	var from windows.RawSockaddrAny
	var n, flags uint32
	room := int32(unsafe.Sizeof(from))
	err := windows.WSARecvFrom(windows.Handle(h), &buf, 1, &n, &flags, &from, &room, nil, nil)
	switch e := number(err); {
	case e == iocp.WSAEMSGSIZE:
		n = buf.Len
	case e != 0:
		return 0, netip.AddrPort{}, failure("WSARecvFrom", err)
	}
	sa, err := from.Sockaddr()
	if err != nil { // a stream has nobody to name
		return int(n), netip.AddrPort{}, nil
	}
	return int(n), addrPort(sa), nil
}

// SendTo is WSASendTo. It returns EDESTADDRREQ if to is not valid.
func (*host) SendTo(h demux.Handle, b []byte, to netip.AddrPort) (int, error) {
	if !to.IsValid() {
		return 0, iocp.WSAEDESTADDRREQ.Err("WSASendTo")
	}
	buf := windows.WSABuf{Len: size(b), Buf: unsafe.SliceData(b)}
	var n uint32
	if err := windows.WSASendto(windows.Handle(h), &buf, 1, &n, 0, sockaddr(to), nil, nil); err != nil {
		return 0, failure("WSASendTo", err)
	}
	return int(n), nil
}

// ListenUnix returns errors.ErrUnsupported: AF_UNIX of Windows is not tested here.
func (*host) ListenUnix(string, int) (demux.Handle, error) {
	return demux.NoHandle, unsupported("ListenUnix")
}

// ConnectUnix returns errors.ErrUnsupported.
func (*host) ConnectUnix(string) (demux.Handle, error) {
	return demux.NoHandle, unsupported("ConnectUnix")
}

// RemoveUnix returns errors.ErrUnsupported.
func (*host) RemoveUnix(string) error { return unsupported("RemoveUnix") }

// ListenShared returns errors.ErrUnsupported. SO_REUSEADDR of Windows lets several sockets
// listen at one address, but which of them gets a connection is undefined, and any program
// can take the address over: "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE".
func (*host) ListenShared(string, int) (demux.Handle, netip.AddrPort, error) {
	return demux.NoHandle, netip.AddrPort{}, unsupported("ListenShared")
}

func unsupported(method string) error {
	return fmt.Errorf("realdemux: %s: %w", method, errors.ErrUnsupported)
}
