package fakedemux_test

import (
	"net/netip"

	"reactortest/demux"
	"reactortest/demux/iocp"
)

// many is a poll of several sockets.
func (w *iocpWorld) many(afd demux.Handle, n uint32, last demux.Handle) iocp.Errno {
	l := &iocp.PollList{Timeout: iocp.NoPollTimeout, NumberOfHandles: n}
	for i := range l.Handles[:min(n, iocp.MaxPollHandles)] {
		l.Handles[i] = iocp.PollHandle{Handle: w.connected, Events: iocp.PollReceive}
	}
	if n > 0 {
		l.Handles[min(n, iocp.MaxPollHandles)-1].Handle = last
	}
	return w.PollMany(afd, w.op, l)
}

// udp is a UDP socket, bound or not.
func (w *iocpWorld) udp(bound bool) demux.Handle {
	h, _ := w.DatagramSocket(w.at.Addr())
	if bound {
		w.Bind(h, netip.AddrPortFrom(w.at.Addr(), 0))
	}
	return h
}

// badWinsock are bad calls of iocp.Winsock.
var badWinsock = []iocpCall{
	{"PollMany", "no memory", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.PollMany(w.afd, nil, &iocp.PollList{}) }},
	{"PollMany", "no list", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.PollMany(w.afd, w.op, nil) }},
	{"PollMany", "NtDeviceIoControlFile, FileHandle: closed", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.many(w.gone, 1, w.connected) }},
	{"PollMany", "NtDeviceIoControlFile, FileHandle: no file", iocp.StatusObjectTypeMismatch, func(w *iocpWorld) iocp.Errno { return w.many(w.port, 1, w.connected) }},
	{"PollMany", "AFD_POLL_INFO: no handle", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno { return w.many(w.afd, 0, 0) }},
	{"PollMany", "AFD_POLL_INFO: more handles than there are", iocp.StatusInvalidParameter, func(w *iocpWorld) iocp.Errno {
		return w.many(w.afd, iocp.MaxPollHandles+1, w.connected)
	}},
	{"PollMany", "AFD_POLL_INFO: as many as there are", iocp.StatusPending, func(w *iocpWorld) iocp.Errno { return w.many(w.afd, iocp.MaxPollHandles, w.connected) }},
	{"PollMany", "AFD_POLL_INFO: one of them is closed", iocp.StatusInvalidHandle, func(w *iocpWorld) iocp.Errno { return w.many(w.afd, 3, w.gone) }},
	{"PollMany", "AFD_POLL_INFO: one of them is no socket", iocp.StatusObjectTypeMismatch, func(w *iocpWorld) iocp.Errno { return w.many(w.afd, 3, w.port) }},

	{"DatagramSocket", "WSASocket: any address of a family", 0, func(w *iocpWorld) iocp.Errno { _, e := w.DatagramSocket(netip.Addr{}); return e }},
	{"Bind", "bind, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Bind(w.port, w.at) }},
	{"Bind", "bind, WSAEFAULT: no address", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.Bind(w.fresh, netip.AddrPort{}) }},
	{"Bind", "bind, WSAEADDRINUSE", iocp.WSAEADDRINUSE, func(w *iocpWorld) iocp.Errno { return w.Bind(w.fresh, w.at) }},
	{"Bind", "bind, WSAEINVAL: connected", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.Bind(w.connected, w.at) }},
	{"LocalAddr", "getsockname, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { _, e := w.LocalAddr(w.gone); return e }},
	{"LocalAddr", "getsockname, WSAEINVAL: not bound", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { _, e := w.LocalAddr(w.fresh); return e }},
	{"ConnectDatagram", "WSAConnect, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.ConnectDatagram(w.afd, w.at) }},
	{"ConnectDatagram", "WSAConnect, WSAEADDRNOTAVAIL: port 0", iocp.WSAEADDRNOTAVAIL, func(w *iocpWorld) iocp.Errno {
		return w.ConnectDatagram(w.udp(false), netip.AddrPortFrom(w.at.Addr(), 0))
	}},
	{"ConnectDatagram", "a stream socket", iocp.WSAEOPNOTSUPP, func(w *iocpWorld) iocp.Errno { return w.ConnectDatagram(w.fresh, w.at) }},
	{"RecvFrom", "WSARecvFrom, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.RecvFrom(w.port, w.op, nil) }},
	{"RecvFrom", "WSARecvFrom, WSAEINVAL: not bound", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.RecvFrom(w.udp(false), w.op, nil) }},
	{"RecvFrom", "WSARecvFrom, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.RecvFrom(w.udp(true), nil, nil) }},
	{"RecvFrom", "WSARecvFrom, WSAEOPNOTSUPP: urgent data of messages", iocp.WSAEOPNOTSUPP, func(w *iocpWorld) iocp.Errno {
		w.op.Flags = iocp.MsgOutOfBand
		return w.RecvFrom(w.udp(true), w.op, nil)
	}},
	{"SendTo", "WSASendTo, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.SendTo(w.port, w.op, nil, w.at) }},
	{"SendTo", "WSASendTo, WSAEDESTADDRREQ", iocp.WSAEDESTADDRREQ, func(w *iocpWorld) iocp.Errno { return w.SendTo(w.udp(true), w.op, nil, netip.AddrPort{}) }},
	{"SendTo", "WSASendTo, WSAEADDRNOTAVAIL: port 0", iocp.WSAEADDRNOTAVAIL, func(w *iocpWorld) iocp.Errno {
		return w.SendTo(w.udp(true), w.op, nil, netip.AddrPortFrom(w.at.Addr(), 0))
	}},
	{"SendTo", "WSASendTo, WSAEMSGSIZE", iocp.WSAEMSGSIZE, func(w *iocpWorld) iocp.Errno { return w.SendTo(w.udp(true), w.op, make([]byte, 65508), w.at) }},
	{"SendTo", "WSASendTo, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.SendTo(w.udp(true), nil, nil, w.at) }},
	{"Send", "WSASend, WSAENOTCONN: a UDP socket without a peer", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Send(w.udp(true), w.op, nil) }},
	{"Recv", "WSARecv, WSAEINVAL: a UDP socket that is not bound", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.Recv(w.udp(false), w.op, nil) }},

	{"AcceptReceive", "AcceptEx, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.AcceptReceive(w.gone, w.fresh, w.op, make([]byte, 200)) }},
	{"AcceptReceive", "AcceptEx, dwLocalAddressLength: no room for the addresses", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno {
		return w.AcceptReceive(w.listener, w.fresh, w.op, make([]byte, iocp.AcceptRoom-1))
	}},
	{"AcceptReceive", "AcceptEx, dwReceiveDataLength: no room for data waits for none", iocp.ErrorIOPending, func(w *iocpWorld) iocp.Errno {
		return w.AcceptReceive(w.listener, w.fresh, w.op, make([]byte, iocp.AcceptRoom))
	}},
	{"AcceptReceive", "AcceptEx, sAcceptSocket: must not be bound", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno {
		w.Bind(w.fresh, netip.AddrPortFrom(w.at.Addr(), 0))
		return w.AcceptReceive(w.listener, w.fresh, w.op, make([]byte, 200))
	}},
	{"AcceptReceive", "AcceptEx: a UDP socket", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno {
		return w.AcceptReceive(w.listener, w.udp(true), w.op, make([]byte, 200))
	}},
	{"ConnectSend", "ConnectEx, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.ConnectSend(w.gone, w.op, w.at, nil) }},
	{"ConnectSend", "ConnectEx: a UDP socket", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.ConnectSend(w.udp(true), w.op, w.at, nil) }},
	{"ConnectSend", "ConnectEx, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.ConnectSend(w.fresh, nil, w.at, nil) }},
	{"DisconnectEx", "DisconnectEx, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.port, w.op, 0) }},
	{"DisconnectEx", "DisconnectEx, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.fresh, w.op, 0) }},
	{"DisconnectEx", "DisconnectEx, WSAENOTCONN: a listener", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.listener, w.op, 0) }},
	{"DisconnectEx", "DisconnectEx, dwFlags", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.connected, w.op, 4) }},
	{"DisconnectEx", "DisconnectEx, WSAEFAULT: no memory", iocp.WSAEFAULT, func(w *iocpWorld) iocp.Errno { return w.DisconnectEx(w.connected, nil, 0) }},
	{"DisconnectEx", "it has one in flight", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno {
		w.DisconnectEx(w.connected, w.op, iocp.ReuseSocket)
		return w.DisconnectEx(w.connected, w.Acquire(), iocp.ReuseSocket)
	}},
	{"Shutdown", "shutdown, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Shutdown(w.port, iocp.ShutSend) }},
	{"Shutdown", "shutdown, WSAENOTCONN", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Shutdown(w.fresh, iocp.ShutBoth) }},
	{"Shutdown", "shutdown, WSAENOTCONN: a listener", iocp.WSAENOTCONN, func(w *iocpWorld) iocp.Errno { return w.Shutdown(w.listener, iocp.ShutReceive) }},
	{"Shutdown", "shutdown, WSAEINVAL: how", iocp.WSAEINVAL, func(w *iocpWorld) iocp.Errno { return w.Shutdown(w.connected, -1) }},
	{"Linger", "setsockopt, WSAENOTSOCK", iocp.WSAENOTSOCK, func(w *iocpWorld) iocp.Errno { return w.Linger(w.port, true, 0) }},
	{"Linger", "setsockopt, WSAENOPROTOOPT: a UDP socket", iocp.WSAENOPROTOOPT, func(w *iocpWorld) iocp.Errno { return w.Linger(w.udp(true), true, 0) }},
	{"Linger", "SO_LINGER: switched off again", 0, func(w *iocpWorld) iocp.Errno { w.Linger(w.connected, true, 0); return w.Linger(w.connected, false, 0) }},
}
