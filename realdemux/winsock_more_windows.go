package realdemux

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/windows"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

var _ iocp.Winsock = windowsCalls{}

// soType is SO_TYPE; winsock2.h.
const soType = 0x1008

// pollHeader is the size of an AFD_POLL_INFO without its handles.
const pollHeader = unsafe.Offsetof(iocp.PollList{}.Handles)

func (windowsCalls) PollMany(afd demux.Handle, op *iocp.Operation, list *iocp.PollList) iocp.Errno {
	if list.NumberOfHandles > iocp.MaxPollHandles {
		return iocp.StatusInvalidParameter
	}
	op.Owner.(*operation).pin.Pin(list)
	op.Overlapped = iocp.Overlapped{Internal: uintptr(iocp.StatusPending)}
	poll := uintptr(unsafe.Pointer(list))
	size := pollHeader + uintptr(list.NumberOfHandles)*unsafe.Sizeof(iocp.PollHandle{})
	return ioctl(afd, op, poll, size)
}

// DatagramSocket makes a socket like stream, for UDP.
func (windowsCalls) DatagramSocket(addr netip.Addr) (demux.Handle, iocp.Errno) {
	return socket(addr, windows.SOCK_DGRAM, windows.IPPROTO_UDP)
}

func (windowsCalls) Bind(s demux.Handle, at netip.AddrPort) iocp.Errno {
	if !at.IsValid() {
		return iocp.WSAEFAULT
	}
	return number(windows.Bind(windows.Handle(s), sockaddr(at)))
}

func (windowsCalls) LocalAddr(s demux.Handle) (netip.AddrPort, iocp.Errno) {
	sa, err := windows.Getsockname(windows.Handle(s))
	if err != nil {
		return netip.AddrPort{}, number(err)
	}
	return addrPort(sa), 0
}

func (windowsCalls) ConnectDatagram(s demux.Handle, to netip.AddrPort) iocp.Errno {
	if !to.IsValid() {
		return iocp.WSAEADDRNOTAVAIL
	}
	return number(windows.Connect(windows.Handle(s), sockaddr(to)))
}

func (windowsCalls) RecvFrom(s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	b := windows.WSABuf{Len: size(buf), Buf: buffer(op, buf)}
	var n uint32
	ov := overlapped(op)
	clear(op.Addresses[:])
	op.AddressSize = int32(unsafe.Sizeof(windows.RawSockaddrAny{}))
	e := number(windows.WSARecvFrom(windows.Handle(s), &b, 1, &n, &op.Flags,
		(*windows.RawSockaddrAny)(unsafe.Pointer(&op.Addresses)), &op.AddressSize, (*windows.Overlapped)(unsafe.Pointer(ov)), nil))
	return finished(op, n, e)
}

// The addresses of an Operation have room for any address.
var _ [len(iocp.Operation{}.Addresses) - int(unsafe.Sizeof(windows.RawSockaddrAny{}))]byte

func (c windowsCalls) SendTo(s demux.Handle, op *iocp.Operation, buf []byte, to netip.AddrPort) iocp.Errno {
	if !to.IsValid() { // there is nothing to call WSASendTo with
		typ, err := windows.GetsockoptInt(windows.Handle(s), windows.SOL_SOCKET, soType)
		switch {
		case err != nil:
			return number(err)
		case typ == windows.SOCK_STREAM:
			return c.Send(s, op, buf)
		default:
			return iocp.WSAEDESTADDRREQ
		}
	}
	b := windows.WSABuf{Len: size(buf), Buf: buffer(op, buf)}
	var n uint32
	ov := overlapped(op)
	e := number(windows.WSASendto(windows.Handle(s), &b, 1, &n, op.Flags, sockaddr(to), (*windows.Overlapped)(unsafe.Pointer(ov)), nil))
	return finished(op, n, e)
}

func (windowsCalls) AcceptReceive(l, s demux.Handle, op *iocp.Operation, buf []byte) iocp.Errno {
	if len(buf) < iocp.AcceptRoom {
		return iocp.WSAEFAULT
	}
	var n uint32
	ov := overlapped(op)
	e := number(windows.AcceptEx(windows.Handle(l), windows.Handle(s), buffer(op, buf), size(buf)-uint32(iocp.AcceptRoom),
		addressSize, addressSize, &n, (*windows.Overlapped)(unsafe.Pointer(ov))))
	return finished(op, n, e)
}

// disconnectExID names DisconnectEx; WSAID_DISCONNECTEX in mswsock.h.
var disconnectExID = windows.GUID{
	Data1: 0x7fda2e11, Data2: 0x8630, Data3: 0x436f, Data4: [8]byte{0xa0, 0x31, 0xf5, 0x36, 0xa6, 0xee, 0xc1, 0x57},
}

func (windowsCalls) DisconnectEx(s demux.Handle, op *iocp.Operation, flags uint32) iocp.Errno {
	var call uintptr
	var n uint32
	err := windows.WSAIoctl(windows.Handle(s), windows.SIO_GET_EXTENSION_FUNCTION_POINTER, (*byte)(unsafe.Pointer(&disconnectExID)),
		uint32(unsafe.Sizeof(disconnectExID)), (*byte)(unsafe.Pointer(&call)), uint32(unsafe.Sizeof(call)), &n, nil, 0)
	if err != nil {
		return number(err)
	}
	return disconnect(call, s, overlapped(op), flags)
}

func (windowsCalls) Shutdown(s demux.Handle, how int) iocp.Errno {
	return number(windows.Shutdown(windows.Handle(s), how))
}

func (windowsCalls) Linger(s demux.Handle, on bool, seconds uint16) iocp.Errno {
	l := windows.Linger{Linger: int32(seconds)}
	if on {
		l.Onoff = 1
	}
	return number(windows.SetsockoptLinger(windows.Handle(s), windows.SOL_SOCKET, windows.SO_LINGER, &l))
}
