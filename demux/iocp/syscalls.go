package iocp

import (
	"net/netip"
	"time"

	"reactortest/demux"
)

// Overlapped is an OVERLAPPED: what the kernel writes when an operation has
// finished. Internal is the NTSTATUS and InternalHigh the number of bytes; both
// are valid from the packet on, or from a call that finished at once. Until the
// packet of an operation that was pending is dequeued, Internal is STATUS_PENDING. The
// offsets mean nothing for sockets. Event must be 0.
type Overlapped struct {
	Internal     uintptr
	InternalHigh uintptr
	Offset       uint32
	OffsetHigh   uint32
	Event        uintptr
}

// PollInfo is an AFD_POLL_INFO for one handle. The caller fills it in before
// PollAFD. The kernel writes NumberOfHandles, Events and Status when the poll
// finishes; Handle is then still the handle that the poll asked about.
type PollInfo struct {
	Timeout         int64  // in 100 ns: NoPollTimeout waits forever, 0 polls, below 0 is relative
	NumberOfHandles uint32 // in: 1; out: 1 if something is reported, 0 after the timeout or a cancel
	Exclusive       uint32 // not 0: the next exclusive poll of the same socket ends this one, if it is the first that waits there
	Handle          demux.Handle
	Events          uint32 // in: the conditions asked for; out: those of them that hold
	Status          Errno  // out: with PollConnectFail, why the attempt has failed
}

// Operation is the memory of one overlapped operation. It belongs to the kernel
// from the call that receives it until its packet is dequeued, or until the call
// returns and no packet will come. Meanwhile the caller may read only Slot.
//
// Overlapped must stay the first field: a packet names its operation by the
// address of Overlapped.
type Operation struct {
	Overlapped Overlapped
	Poll       PollInfo  // of PollAFD
	Flags      uint32    // of Recv and Send: in, the flags of the message, such as MsgOutOfBand; a Recv writes it
	Addresses  [128]byte // of AcceptEx: where the kernel puts the two addresses, in a format of its own; of RecvFrom: see From
	Slot       uint32    // the backend's: which of its requests this is
	Owner      any       // the Syscalls': what it keeps of the operation

	AddressSize int32 // of RecvFrom: the size of the address in Addresses
}

// Entry is an OVERLAPPED_ENTRY: a packet that was dequeued.
type Entry struct {
	Key         uintptr    // of Associate, or of Post
	Operation   *Operation // nil for a packet of Post
	Internal    uintptr    // reserved
	Transferred uint32     // bytes moved, or Post's number
}

// Syscalls are the calls of Windows that the backend makes. Package realdemux has
// those of the operating system, and package fakedemux those of a simulated
// kernel. Any goroutine may call them at any time. Only GetQueued blocks.
//
// # Packets
//
// A port is a FIFO queue of packets. An operation on a handle that is associated
// with a port queues one packet when it finishes, even if it is canceled or its
// handle is closed. There is one exception: on a handle with SkipOnSuccess, an
// operation that succeeds within the call queues no packet.
//
// So the Errno of a call that starts an operation says whether a packet comes:
//
//	0                            finished; no packet with SkipOnSuccess, else one
//	ERROR_IO_PENDING             in progress; one packet
//	STATUS_PENDING (PollAFD)     in progress; one packet
//	any other                    failed; no packet
//
// A packet that was queued stays queued, whatever happens to the handle.
//
// # Memory
//
// The backend gets Operations from Acquire and gives them back with Release, never
// while one belongs to the kernel. Until Release, the Syscalls keeps an Operation
// and its buffer from being collected or moved. A buffer given to Recv or Send
// belongs to the kernel as long as the Operation does. A simulated kernel may
// check all of this.
type Syscalls interface {
	// Now is a monotonic clock, from any origin.
	Now() time.Duration

	// Acquire returns an Operation whose fields are zero, except Owner. It does
	// not fail.
	Acquire() *Operation
	// Release gives op back.
	Release(op *Operation)

	// CreatePort is CreateIoCompletionPort without a handle: a new port, for
	// one thread.
	CreatePort() (port demux.Handle, e Errno)
	// Associate is CreateIoCompletionPort with a handle: h belongs to port for
	// its life, and so do its duplicates. The packets of its operations have
	// key. ERROR_INVALID_PARAMETER: h belongs to a port already, to this one
	// or another. ERROR_INVALID_HANDLE: h is not open.
	Associate(port, h demux.Handle, key uintptr) Errno
	// SetModes is SetFileCompletionNotificationModes; modes are
	// SkipOnSuccess and SkipSetEvent. A mode that is set stays set.
	SetModes(h demux.Handle, modes uint8) Errno
	// Post is PostQueuedCompletionStatus with a nil OVERLAPPED: it queues a
	// packet with key and transferred.
	Post(port demux.Handle, key uintptr, transferred uint32) Errno
	// GetQueued is GetQueuedCompletionStatusEx, not alertable: it takes up to
	// len(entries) packets, oldest first, and waits up to msec milliseconds if
	// there is none; Infinite waits forever. It returns with n > 0 and 0, or
	// with 0 and WAIT_TIMEOUT. It may return a little early, by less than a
	// tick of the system's clock. Threads that wait are served last come,
	// first served.
	//
	// A port that is closed under a thread that waits: ERROR_ABANDONED_WAIT_0
	// on Windows; Wine 8.0 leaves the thread waiting. The backend does not do
	// it.
	GetQueued(port demux.Handle, entries []Entry, msec uint32) (n int, e Errno)
	// CloseHandle is CloseHandle, of a port or of what OpenAFD returned. Closing
	// the latter does not end the polls that were made through it, and nothing can
	// cancel them any more: cancel them first (Wine ends them, with
	// STATUS_HANDLES_CLOSED).
	CloseHandle(h demux.Handle) Errno

	// BaseSocket is WSAIoctl with SIO_BASE_HANDLE: the handle that AFD knows
	// socket h by, h itself where no layered provider is installed.
	// WSAENOTSOCK: h is no open socket.
	BaseSocket(h demux.Handle) (base demux.Handle, e Errno)
	// OpenAFD is NtCreateFile of \Device\Afd: a handle to make polls through.
	OpenAFD() (afd demux.Handle, e Errno)
	// PollAFD is NtDeviceIoControlFile with IOCTL_AFD_POLL and op.Poll as
	// input and output, and op as what the packet names. It is one report: the
	// poll finishes once, with all the conditions asked for that hold then,
	// at once if there is one. STATUS_INVALID_HANDLE: op.Poll.Handle or afd
	// is not open.
	//
	// Closing the last handle of the socket finishes the poll with PollLocalClose,
	// whether it asked for that or not.
	//
	// Keep at most one poll of a socket in flight through one AFD handle. Windows
	// mixes up two: a condition that only the second asked for may finish the
	// first, and then the second does not finish until it is canceled. A canceled
	// poll is in flight until its packet comes. A socket may have several polls
	// through different AFD handles.
	//
	// A poll that is Exclusive is ended, with success and no events, by the next
	// Exclusive one of the same socket, through whatever AFD handle; one that is
	// not is left alone (observed on Wine 8.0).
	//
	// The packet's number of bytes is 32 with a report, 16 without one, and 0
	// for a poll that was canceled.
	PollAFD(afd demux.Handle, op *Operation) Errno
	// CancelAFD is NtCancelIoFileEx: it asks that the poll of op, made
	// through afd, end; a nil op means all of them. Its packet comes all the
	// same, with STATUS_CANCELLED, or with what it found if the cancel comes
	// too late. STATUS_NOT_FOUND: it has finished, and its packet is queued or
	// dequeued.
	CancelAFD(afd demux.Handle, op *Operation) Errno

	// Recv is WSARecv of one buffer, with op.Flags. End of stream is success with 0 bytes;
	// a reset is STATUS_CONNECTION_RESET, or WSAECONNRESET from the call.
	// Several on one stream are filled in the order of the calls.
	Recv(h demux.Handle, op *Operation, buf []byte) Errno
	// Send is WSASend of one buffer, with op.Flags. On a stream the kernel takes all of buf
	// before it finishes, unless it fails.
	Send(h demux.Handle, op *Operation, buf []byte) Errno
	// AcceptEx takes a connection from listener l into s, a socket of
	// AcceptSocket, without waiting for data. Closing l ends it.
	AcceptEx(l, s demux.Handle, op *Operation) Errno
	// ConnectEx starts to connect h, which it binds first if the caller has
	// not. Refused: STATUS_CONNECTION_REFUSED; then it may be called again.
	ConnectEx(h demux.Handle, op *Operation, to netip.AddrPort) Errno
	// AcceptSocket makes a non-blocking stream socket of the family of l.
	AcceptSocket(l demux.Handle) (s demux.Handle, e Errno)
	// CloseSocket is closesocket: operations in flight on the last handle of
	// the socket finish with an error, and each has its packet. A Recv or Send
	// of a connection ends with STATUS_CONNECTION_ABORTED,
	// STATUS_LOCAL_DISCONNECT or STATUS_CANCELLED, everything else with
	// STATUS_CANCELLED.
	CloseSocket(s demux.Handle) Errno
	// UpdateAccepted is SO_UPDATE_ACCEPT_CONTEXT: it makes s, which AcceptEx
	// has connected, a socket like any other, with what l had set.
	UpdateAccepted(s, l demux.Handle) Errno
	// UpdateConnected is SO_UPDATE_CONNECT_CONTEXT: the same after ConnectEx.
	UpdateConnected(s demux.Handle) Errno
	// CancelIoEx asks that op, an operation on h, end. Its packet comes all
	// the same, with STATUS_CANCELLED, or with its result if the cancel comes
	// too late. ERROR_NOT_FOUND: it has finished, or was never on h. A nil op
	// means all that were started through h.
	CancelIoEx(h demux.Handle, op *Operation) Errno
}
