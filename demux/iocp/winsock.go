package iocp

import (
	"net/netip"

	"reactortest/demux"
)

// MaxPollHandles is how many handles a PollList has room for.
const MaxPollHandles = 16

// PollHandle is an AFD_POLL_HANDLE_INFO: one socket of a PollList.
type PollHandle struct {
	Handle demux.Handle
	Events uint32 // in: the conditions asked for; out: those of them that hold
	Status Errno  // out: with PollConnectFail, why the attempt has failed
}

// PollList is an AFD_POLL_INFO for several handles. When the poll finishes, the
// kernel writes NumberOfHandles, and the handles that are reported to the front of
// Handles, in the order in which they were asked about.
type PollList struct {
	Timeout         int64  // as that of a PollInfo
	NumberOfHandles uint32 // in: 1 to MaxPollHandles; out: how many are reported
	Exclusive       uint32 // as that of a PollInfo
	Handles         [MaxPollHandles]PollHandle
}

// Flags of messages, for Operation.Flags of Recv, Send, RecvFrom and SendTo;
// winsock2.h.
const (
	MsgOutOfBand     = 0x1    // MSG_OOB: urgent data
	MsgPeek          = 0x2    // MSG_PEEK
	MsgDontRoute     = 0x4    // MSG_DONTROUTE
	MsgWaitAll       = 0x8    // MSG_WAITALL
	MsgPushImmediate = 0x20   // MSG_PUSH_IMMEDIATE
	MsgPartial       = 0x8000 // MSG_PARTIAL
)

// What Shutdown ends; winsock2.h.
const (
	ShutReceive = 0 // SD_RECEIVE
	ShutSend    = 1 // SD_SEND
	ShutBoth    = 2 // SD_BOTH
)

// ReuseSocket is a flag of DisconnectEx: TF_REUSE_SOCKET; mswsock.h.
const ReuseSocket = 2

// AcceptRoom is how many bytes of its buffer AcceptReceive needs after the data, for
// the two addresses that AcceptEx writes there.
const AcceptRoom = len(Operation{}.Addresses)

// Winsock has the calls of Syscalls, and calls that the backend does not make but
// programs with completion ports do. Packages realdemux and fakedemux implement it. The
// rules of Syscalls about packets and memory hold for these calls too.
type Winsock interface {
	Syscalls

	// PollMany is NtDeviceIoControlFile with IOCTL_AFD_POLL about several
	// sockets, with list as input and output. It finishes once. If a requested
	// condition holds for any of the sockets, it finishes in the call and reports
	// every socket with such a condition. Otherwise it finishes when a condition
	// arises for one of them. list belongs to the kernel as long as op does. The
	// number of bytes is 16, and 16 more for each handle reported.
	PollMany(afd demux.Handle, op *Operation, list *PollList) Errno

	// DatagramSocket makes a non-blocking UDP socket of the family of addr.
	DatagramSocket(addr netip.Addr) (s demux.Handle, e Errno)
	// Bind is bind. With port 0 the system chooses a port. WSAEADDRINUSE,
	// WSAEINVAL: s has an address.
	Bind(s demux.Handle, at netip.AddrPort) Errno
	// LocalAddr is getsockname. WSAEINVAL: s has no address.
	LocalAddr(s demux.Handle) (netip.AddrPort, Errno)
	// ConnectDatagram is WSAConnect of a UDP socket: it sets the peer that the
	// socket sends to and receives from.
	ConnectDatagram(s demux.Handle, to netip.AddrPort) Errno
	// RecvFrom is WSARecvFrom of one buffer. op.From says who sent the message.
	// What does not fit in buf is lost: the result is STATUS_BUFFER_OVERFLOW, or
	// WSAEMSGSIZE from the call. That is a warning: the operation has its packet.
	// If an earlier message of s went to a port that nobody has, the result is
	// STATUS_PORT_UNREACHABLE, or WSAECONNRESET from the call.
	RecvFrom(s demux.Handle, op *Operation, buf []byte) Errno
	// SendTo is WSASendTo of one buffer.
	SendTo(s demux.Handle, op *Operation, buf []byte, to netip.AddrPort) Errno

	// AcceptReceive is AcceptEx that also receives the first data: it finishes
	// when the connection has come and its first data or its end have arrived. The
	// data go to buf without its last AcceptRoom bytes.
	AcceptReceive(l, s demux.Handle, op *Operation, buf []byte) Errno
	// ConnectSend is ConnectEx that also sends buf. InternalHigh is how much of
	// buf was sent.
	ConnectSend(s demux.Handle, op *Operation, to netip.AddrPort, buf []byte) Errno
	// DisconnectEx ends a connection after the sends in flight. With ReuseSocket
	// the operation also waits until the peer has ended its direction. Afterward
	// the socket is like a new one, for AcceptEx and ConnectEx.
	DisconnectEx(s demux.Handle, op *Operation, flags uint32) Errno
	// Shutdown is shutdown; how is ShutReceive, ShutSend or ShutBoth.
	Shutdown(s demux.Handle, how int) Errno
	// Linger is SO_LINGER. If on is set and seconds is 0, closing s resets the
	// connection.
	Linger(s demux.Handle, on bool, seconds uint16) Errno
}

// From returns the address in Addresses: the sender of the message that a RecvFrom has
// received. Before that it returns the zero AddrPort.
func (op *Operation) From() netip.AddrPort {
	const inet, inet6 = 2, 23 // AF_INET, AF_INET6
	a := &op.Addresses
	port := uint16(a[2])<<8 | uint16(a[3])
	switch {
	case op.AddressSize >= 16 && a[0] == inet:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(a[4:8])), port)
	case op.AddressSize >= 28 && a[0] == inet6:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(a[8:24])), port)
	default:
		return netip.AddrPort{}
	}
}
