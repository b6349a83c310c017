package iocp

// Errno is an error number of Windows, 0 for success: a Win32 or Winsock error
// below 0x10000, or an NTSTATUS. A call returns it as a number, so that a call that
// fails does not allocate.
type Errno uint32

// What calls and operations return; winerror.h, winsock2.h, ntstatus.h. If a comment
// has the name in the headers, String returns that name.
const (
	ErrorInvalidHandle    Errno = 6     // ERROR_INVALID_HANDLE
	ErrorNotEnoughMemory  Errno = 8     // ERROR_NOT_ENOUGH_MEMORY
	ErrorNetnameDeleted   Errno = 64    // ERROR_NETNAME_DELETED
	ErrorInvalidParameter Errno = 87    // ERROR_INVALID_PARAMETER
	WaitTimeout           Errno = 258   // WAIT_TIMEOUT
	ErrorAbandonedWait    Errno = 735   // ERROR_ABANDONED_WAIT_0
	ErrorOperationAborted Errno = 995   // ERROR_OPERATION_ABORTED
	ErrorIOPending        Errno = 997   // ERROR_IO_PENDING
	ErrorDeadlock         Errno = 1131  // ERROR_POSSIBLE_DEADLOCK
	ErrorNotFound         Errno = 1168  // ERROR_NOT_FOUND
	ErrorConnAborted      Errno = 1236  // ERROR_CONNECTION_ABORTED
	ErrorNoResources      Errno = 1450  // ERROR_NO_SYSTEM_RESOURCES
	WSAEBADF              Errno = 10009 // for a handle that is not open
	WSAEACCES             Errno = 10013
	WSAEFAULT             Errno = 10014
	WSAEINVAL             Errno = 10022
	WSAEMFILE             Errno = 10024
	WSAEWOULDBLOCK        Errno = 10035
	WSAEALREADY           Errno = 10037
	WSAENOTSOCK           Errno = 10038
	WSAEDESTADDRREQ       Errno = 10039
	WSAEMSGSIZE           Errno = 10040
	WSAEPROTOTYPE         Errno = 10041
	WSAENOPROTOOPT        Errno = 10042
	WSAEPROTONOSUPPORT    Errno = 10043
	WSAESOCKTNOSUPPORT    Errno = 10044
	WSAEOPNOTSUPP         Errno = 10045
	WSAEAFNOSUPPORT       Errno = 10047
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

	// ENOTSIMULATED is not an error of Windows. A simulated kernel returns it when a
	// program asks for something that Windows has and the simulation does not have.
	ENOTSIMULATED Errno = 60000

	StatusTimeout              Errno = 0x00000102 // STATUS_TIMEOUT, the number of WAIT_TIMEOUT
	StatusPending              Errno = 0x00000103 // STATUS_PENDING
	StatusBufferOverflow       Errno = 0x80000005 // STATUS_BUFFER_OVERFLOW
	StatusHandlesClosed        Errno = 0x8000000a // STATUS_HANDLES_CLOSED
	StatusInvalidHandle        Errno = 0xc0000008 // STATUS_INVALID_HANDLE
	StatusInvalidParameter     Errno = 0xc000000d // STATUS_INVALID_PARAMETER
	StatusNoMemory             Errno = 0xc0000017 // STATUS_NO_MEMORY
	StatusObjectTypeMismatch   Errno = 0xc0000024 // STATUS_OBJECT_TYPE_MISMATCH
	StatusInsufficientResource Errno = 0xc000009a // STATUS_INSUFFICIENT_RESOURCES
	StatusDeviceNotReady       Errno = 0xc00000a3 // STATUS_DEVICE_NOT_READY
	StatusPipeDisconnected     Errno = 0xc00000b0 // STATUS_PIPE_DISCONNECTED
	StatusIOTimeout            Errno = 0xc00000b5 // STATUS_IO_TIMEOUT
	StatusTooManyOpenFiles     Errno = 0xc000011f // STATUS_TOO_MANY_OPENED_FILES
	StatusCancelled            Errno = 0xc0000120 // STATUS_CANCELLED
	StatusFileClosed           Errno = 0xc0000128 // STATUS_FILE_CLOSED
	StatusLocalDisconnect      Errno = 0xc000013b // STATUS_LOCAL_DISCONNECT
	StatusRemoteDisconnect     Errno = 0xc000013c // STATUS_REMOTE_DISCONNECT
	StatusInvalidConnection    Errno = 0xc0000140 // STATUS_INVALID_CONNECTION
	StatusAddressExists        Errno = 0xc000020a // STATUS_ADDRESS_ALREADY_EXISTS
	StatusDisconnected         Errno = 0xc000020c // STATUS_CONNECTION_DISCONNECTED
	StatusConnectionReset      Errno = 0xc000020d // STATUS_CONNECTION_RESET
	StatusNotFound             Errno = 0xc0000225 // STATUS_NOT_FOUND
	StatusConnectionRefused    Errno = 0xc0000236 // STATUS_CONNECTION_REFUSED
	StatusConnectionInvalid    Errno = 0xc000023a // STATUS_CONNECTION_INVALID
	StatusNetworkUnreachable   Errno = 0xc000023c // STATUS_NETWORK_UNREACHABLE
	StatusHostUnreachable      Errno = 0xc000023d // STATUS_HOST_UNREACHABLE
	StatusPortUnreachable      Errno = 0xc000023f // STATUS_PORT_UNREACHABLE
	StatusConnectionAborted    Errno = 0xc0000241 // STATUS_CONNECTION_ABORTED
)

// The conditions of a PollInfo; src/afd.h of wepoll has their numbers. Those up
// to PollConnectFail are observed on Wine 8.0. Windows has the others too: they
// tell of the quality of service, and of changes of routes and addresses. The
// simulated kernel has neither, and refuses them.
const (
	PollReceive       = 0x1    // there is data; a FIN alone does not set it
	PollExpedited     = 0x2    // there is urgent data
	PollSend          = 0x4    // there is room, or a connection has been made
	PollDisconnect    = 0x8    // the peer sends no more
	PollAbort         = 0x10   // the connection was reset
	PollLocalClose    = 0x20   // the last handle of the socket was closed here
	PollConnect       = 0x40   // connected; set on every connected socket
	PollAccept        = 0x80   // a listener has a connection
	PollConnectFail   = 0x100  // an attempt to connect has failed
	PollQOS           = 0x200  // AFD_POLL_QOS
	PollGroupQOS      = 0x400  // AFD_POLL_GROUP_QOS
	PollRoutingChange = 0x800  // AFD_POLL_ROUTING_IF_CHANGE
	PollAddressChange = 0x1000 // AFD_POLL_ADDRESS_LIST_CHANGE
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
