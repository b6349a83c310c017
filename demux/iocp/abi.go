package iocp

import "reactortest/demux"

// Errno is an error number of Windows, 0 for success: a Win32 or Winsock error
// below 0x10000, or an NTSTATUS. It is a number and not an error so that a
// call that fails does not allocate.
type Errno uint32

// What calls and operations return; winerror.h, winsock2.h, ntstatus.h.
const (
	ErrorInvalidHandle    Errno = 6     // ERROR_INVALID_HANDLE
	ErrorNotEnoughMemory  Errno = 8     // ERROR_NOT_ENOUGH_MEMORY
	ErrorInvalidParameter Errno = 87    // ERROR_INVALID_PARAMETER
	WaitTimeout           Errno = 258   // WAIT_TIMEOUT
	ErrorAbandonedWait    Errno = 735   // ERROR_ABANDONED_WAIT_0
	ErrorOperationAborted Errno = 995   // ERROR_OPERATION_ABORTED
	ErrorIOPending        Errno = 997   // ERROR_IO_PENDING
	ErrorNotFound         Errno = 1168  // ERROR_NOT_FOUND
	ErrorNoResources      Errno = 1450  // ERROR_NO_SYSTEM_RESOURCES
	WSAEBADF              Errno = 10009 // for a handle that is not open
	WSAEFAULT             Errno = 10014
	WSAEINVAL             Errno = 10022
	WSAEMFILE             Errno = 10024
	WSAEWOULDBLOCK        Errno = 10035
	WSAENOTSOCK           Errno = 10038
	WSAEOPNOTSUPP         Errno = 10045
	WSAEADDRINUSE         Errno = 10048
	WSAEADDRNOTAVAIL      Errno = 10049
	WSAENETUNREACH        Errno = 10051
	WSAECONNABORTED       Errno = 10053
	WSAECONNRESET         Errno = 10054
	WSAENOBUFS            Errno = 10055
	WSAEISCONN            Errno = 10056
	WSAENOTCONN           Errno = 10057
	WSAESHUTDOWN          Errno = 10058
	WSAETIMEDOUT          Errno = 10060
	WSAECONNREFUSED       Errno = 10061
	WSAEHOSTUNREACH       Errno = 10065

	StatusTimeout              Errno = 0x00000102
	StatusPending              Errno = 0x00000103
	StatusBufferOverflow       Errno = 0x80000005
	StatusHandlesClosed        Errno = 0x8000000a
	StatusInvalidHandle        Errno = 0xc0000008
	StatusInvalidParameter     Errno = 0xc000000d
	StatusNoMemory             Errno = 0xc0000017
	StatusObjectTypeMismatch   Errno = 0xc0000024
	StatusInsufficientResource Errno = 0xc000009a
	StatusTooManyOpenFiles     Errno = 0xc000011f
	StatusCancelled            Errno = 0xc0000120
	StatusFileClosed           Errno = 0xc0000128
	StatusLocalDisconnect      Errno = 0xc000013b
	StatusRemoteDisconnect     Errno = 0xc000013c
	StatusInvalidConnection    Errno = 0xc0000140
	StatusIOTimeout            Errno = 0xc00000b5
	StatusPipeDisconnected     Errno = 0xc00000b0
	StatusAddressExists        Errno = 0xc000020a
	StatusDisconnected         Errno = 0xc000020c // CONNECTION_DISCONNECTED
	StatusConnectionReset      Errno = 0xc000020d
	StatusNotFound             Errno = 0xc0000225
	StatusConnectionRefused    Errno = 0xc0000236
	StatusConnectionInvalid    Errno = 0xc000023a
	StatusNetworkUnreachable   Errno = 0xc000023c
	StatusHostUnreachable      Errno = 0xc000023d
	StatusConnectionAborted    Errno = 0xc0000241
)

// The conditions of a PollInfo. Each is observed on Wine 8.0.
const (
	PollReceive     = 0x1   // there is data; a FIN alone does not set it
	PollExpedited   = 0x2   // there is urgent data
	PollSend        = 0x4   // there is room, or a connection has been made
	PollDisconnect  = 0x8   // the peer sends no more
	PollAbort       = 0x10  // the connection was reset
	PollLocalClose  = 0x20  // the last handle of the socket was closed here
	PollConnect     = 0x40  // connected; set on every connected socket
	PollAccept      = 0x80  // a listener has a connection
	PollConnectFail = 0x100 // an attempt to connect has failed
)

// IoctlAFDPoll is the control code of PollAFD.
const IoctlAFDPoll = 0x00012024

// NoPollTimeout is the Timeout of a poll that waits forever.
const NoPollTimeout int64 = 1<<63 - 1

// Infinite is the timeout of a GetQueued that waits forever.
const Infinite = ^uint32(0)

// Modes of SetModes; winbase.h.
const (
	SkipOnSuccess = 1 // FILE_SKIP_COMPLETION_PORT_ON_SUCCESS
	SkipSetEvent  = 2 // FILE_SKIP_SET_EVENT_ON_HANDLE
)

// meanings are the errors that have a name common to all systems, and for an
// NTSTATUS the Winsock error that says the same.
var meanings = [...]struct {
	e      Errno
	number Errno
	name   string
}{
	{ErrorInvalidHandle, ErrorInvalidHandle, "EBADF"},
	{ErrorNotEnoughMemory, ErrorNotEnoughMemory, "ENOMEM"},
	{ErrorInvalidParameter, ErrorInvalidParameter, "EINVAL"},
	{ErrorNoResources, ErrorNoResources, "ENOMEM"},
	{ErrorNotFound, ErrorNotFound, "ENOENT"},
	{WSAEBADF, WSAEBADF, "EBADF"},
	{WSAEFAULT, WSAEFAULT, "EFAULT"},
	{WSAEINVAL, WSAEINVAL, "EINVAL"},
	{WSAEMFILE, WSAEMFILE, "EMFILE"},
	{WSAEWOULDBLOCK, WSAEWOULDBLOCK, "EAGAIN"},
	{WSAENOTSOCK, WSAENOTSOCK, "ENOTSOCK"},
	{WSAEOPNOTSUPP, WSAEOPNOTSUPP, "EOPNOTSUPP"},
	{WSAEADDRINUSE, WSAEADDRINUSE, "EADDRINUSE"},
	{WSAEADDRNOTAVAIL, WSAEADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{WSAECONNABORTED, WSAECONNABORTED, "ECONNABORTED"},
	{WSAECONNRESET, WSAECONNRESET, "ECONNRESET"},
	{WSAENOBUFS, WSAENOBUFS, "ENOMEM"},
	{WSAEISCONN, WSAEISCONN, "EISCONN"},
	{WSAENOTCONN, WSAENOTCONN, "ENOTCONN"},
	{WSAESHUTDOWN, WSAESHUTDOWN, "EPIPE"},
	{WSAECONNREFUSED, WSAECONNREFUSED, "ECONNREFUSED"},
	{StatusInvalidHandle, ErrorInvalidHandle, "EBADF"},
	{StatusInvalidParameter, ErrorInvalidParameter, "EINVAL"},
	{StatusNoMemory, ErrorNotEnoughMemory, "ENOMEM"},
	{StatusObjectTypeMismatch, WSAENOTSOCK, "ENOTSOCK"},
	{StatusInsufficientResource, ErrorNoResources, "ENOMEM"},
	{StatusTooManyOpenFiles, WSAEMFILE, "EMFILE"},
	{StatusFileClosed, ErrorInvalidHandle, "EBADF"},
	{StatusLocalDisconnect, WSAECONNABORTED, "ECONNABORTED"},
	{StatusRemoteDisconnect, WSAECONNRESET, "ECONNRESET"},
	{StatusInvalidConnection, WSAENOTCONN, "ENOTCONN"},
	{StatusIOTimeout, WSAETIMEDOUT, ""},
	{StatusPipeDisconnected, WSAESHUTDOWN, "EPIPE"},
	{StatusAddressExists, WSAEADDRINUSE, "EADDRINUSE"},
	{StatusDisconnected, WSAECONNRESET, "ECONNRESET"},
	{StatusConnectionReset, WSAECONNRESET, "ECONNRESET"},
	{StatusNotFound, ErrorNotFound, "ENOENT"},
	{StatusConnectionRefused, WSAECONNREFUSED, "ECONNREFUSED"},
	{StatusConnectionInvalid, WSAENOTCONN, "ENOTCONN"},
	{StatusNetworkUnreachable, WSAENETUNREACH, ""},
	{StatusHostUnreachable, WSAEHOSTUNREACH, ""},
	{StatusConnectionAborted, WSAECONNABORTED, "ECONNABORTED"},
}

// Err returns e as an error that names the call, nil for 0, and
// demux.ErrCanceled for an operation that was canceled or whose handle was
// closed. errors.Is matches it with the syscall.Errno of the same name on
// every host.
func (e Errno) Err(call string) error {
	if e == 0 {
		return nil
	}
	if e == StatusCancelled || e == StatusHandlesClosed || e == ErrorOperationAborted {
		return demux.ErrCanceled
	}
	name, number := "", e
	for i := range meanings {
		if meanings[i].e == e {
			name, number = meanings[i].name, meanings[i].number
			break
		}
	}
	return demux.SyscallError(call, demux.NewErrno(name, uint16(number)))
}
