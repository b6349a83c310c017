package realdemux

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// Control codes of WSAIoctl; winsock2.h, mswsock.h.
const (
	sioBaseHandle    = 0x48000022 // SIO_BASE_HANDLE
	sioBSPHandlePoll = 0x4800001d // SIO_BSP_HANDLE_POLL
	fionbio          = 0x8004667e // FIONBIO
)

// BaseSocket asks for the handle below all layered providers. There are
// providers that refuse it and answer the older question, which handle to
// poll.
func (windowsCalls) BaseSocket(h demux.Handle) (demux.Handle, iocp.Errno) {
	base, e := askHandle(h, sioBaseHandle)
	if e != 0 && e != iocp.WSAENOTSOCK {
		if poll, failed := askHandle(h, sioBSPHandlePoll); failed == 0 {
			return poll, 0
		}
	}
	return base, e
}

func askHandle(h demux.Handle, code uint32) (demux.Handle, iocp.Errno) {
	answer := demux.NoHandle
	var n uint32
	err := windows.WSAIoctl(windows.Handle(h), code, nil, 0, (*byte)(unsafe.Pointer(&answer)),
		uint32(unsafe.Sizeof(answer)), &n, nil, 0)
	return answer, number(err)
}

func (windowsCalls) Recv(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	b := windows.WSABuf{Len: size(buf), Buf: buffer(op, buf)}
	var n uint32
	ov := overlapped(op)
	e := number(windows.WSARecv(windows.Handle(h), &b, 1, &n, &op.Flags, (*windows.Overlapped)(unsafe.Pointer(ov)), nil))
	return finished(op, n, e)
}

func (windowsCalls) Send(h demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	b := windows.WSABuf{Len: size(buf), Buf: buffer(op, buf)}
	var n uint32
	ov := overlapped(op)
	e := number(windows.WSASend(windows.Handle(h), &b, 1, &n, op.Flags, (*windows.Overlapped)(unsafe.Pointer(ov)), nil))
	return finished(op, n, e)
}

// finished puts the number of bytes of a call that has finished where the
// packet would have it.
func finished(op *iocp.Operation, n uint32, e iocp.Errno) iocp.Errno {
	if e == 0 {
		op.Overlapped.InternalHigh = uintptr(n)
	}
	return e
}

// size returns how much of buf one call takes.
func size(buf []byte) uint32 {
	return uint32(min(len(buf), 1<<30))
}

// addressSize is the room that AcceptEx wants for an address: a sockaddr of
// any family and 16 bytes.
const addressSize = uint32(len(iocp.Operation{}.Addresses) / 2)

func (windowsCalls) AcceptEx(l, s demux.Handle, op *iocp.Operation) iocp.Errno {
	var n uint32
	ov := overlapped(op)
	err := windows.AcceptEx(windows.Handle(l), windows.Handle(s), &op.Addresses[0], 0, addressSize, addressSize, &n,
		(*windows.Overlapped)(unsafe.Pointer(ov)))
	return number(err)
}

func (c windowsCalls) ConnectEx(h demux.Handle, op *iocp.Operation, to netip.AddrPort) iocp.Errno {
	return c.ConnectSend(h, op, to, nil)
}

func (windowsCalls) ConnectSend(h demux.Handle, op *iocp.Operation, to netip.AddrPort, buf []byte) iocp.Errno {
	if !to.IsValid() {
		return iocp.WSAEINVAL
	}
	// ConnectEx wants a bound socket; WSAEINVAL is the answer of one that is.
	if e := number(windows.Bind(windows.Handle(h), sockaddr(wildcard(to)))); e != 0 && e != iocp.WSAEINVAL {
		return e
	}
	var n uint32
	ov := overlapped(op)
	return number(windows.ConnectEx(windows.Handle(h), sockaddr(to), buffer(op, buf), size(buf), &n, (*windows.Overlapped)(unsafe.Pointer(ov))))
}

func wildcard(to netip.AddrPort) netip.AddrPort {
	if isIPv6(to.Addr()) {
		return netip.AddrPortFrom(netip.IPv6Unspecified(), 0)
	}
	return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
}

func (windowsCalls) AcceptSocket(l demux.Handle) (demux.Handle, iocp.Errno) {
	sa, err := windows.Getsockname(windows.Handle(l))
	if err != nil {
		return demux.NoHandle, number(err)
	}
	return stream(addrPort(sa).Addr())
}

func (windowsCalls) CloseSocket(s demux.Handle) iocp.Errno {
	return number(windows.Closesocket(windows.Handle(s)))
}

func (windowsCalls) UpdateAccepted(s, l demux.Handle) iocp.Errno {
	return number(windows.Setsockopt(windows.Handle(s), windows.SOL_SOCKET, windows.SO_UPDATE_ACCEPT_CONTEXT,
		(*byte)(unsafe.Pointer(&l)), int32(unsafe.Sizeof(l))))
}

func (windowsCalls) UpdateConnected(s demux.Handle) iocp.Errno {
	return number(windows.Setsockopt(windows.Handle(s), windows.SOL_SOCKET, windows.SO_UPDATE_CONNECT_CONTEXT, nil, 0))
}

func (windowsCalls) CancelIoEx(h demux.Handle, op *iocp.Operation) iocp.Errno {
	return number(windows.CancelIoEx(windows.Handle(h), (*windows.Overlapped)(unsafe.Pointer(op))))
}

// stream makes a TCP socket.
func stream(addr netip.Addr) (demux.Handle, iocp.Errno) {
	return socket(addr, windows.SOCK_STREAM, windows.IPPROTO_TCP)
}

// socket makes a socket of the family of addr, non-blocking and good for overlapped
// operations.
func socket(addr netip.Addr, typ, protocol int32) (demux.Handle, iocp.Errno) {
	family := int32(windows.AF_INET)
	if isIPv6(addr) {
		family = windows.AF_INET6
	}
	h, err := windows.WSASocket(family, typ, protocol, nil, 0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err != nil {
		return demux.NoHandle, number(err)
	}
	s := demux.Handle(h)
	if e := setNonBlocking(s); e != 0 {
		_ = windows.Closesocket(h)
		return demux.NoHandle, e
	}
	return s, 0
}

func setNonBlocking(s demux.Handle) iocp.Errno {
	on, n := uint32(1), uint32(0)
	return number(windows.WSAIoctl(windows.Handle(s), fionbio, (*byte)(unsafe.Pointer(&on)), uint32(unsafe.Sizeof(on)),
		nil, 0, &n, nil, 0))
}

func isIPv6(addr netip.Addr) bool { return addr.Is6() && !addr.Is4In6() }

func sockaddr(addr netip.AddrPort) windows.Sockaddr {
	if ip := addr.Addr(); isIPv6(ip) {
		return &windows.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16()}
	}
	return &windows.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
}

func addrPort(sa windows.Sockaddr) netip.AddrPort {
	switch sa := sa.(type) {
	case *windows.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(sa.Addr), uint16(sa.Port))
	case *windows.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(sa.Addr), uint16(sa.Port))
	default:
		return netip.AddrPort{}
	}
}
