package iocp

import (
	"strconv"

	"reactortest/demux"
)

// meaning is what is known of an error.
type meaning struct {
	e      Errno
	name   string // in the headers of Windows
	number Errno  // see Winsock
	common string // the name that all systems have for it, "" if they have none
}

// meanings are all errors that have a constant. The numbers for a status follow
// uv_ntstatus_to_winsock_error of libuv, src/win/winsock.c, except that a status about
// handles or memory has the Win32 error.
var meanings = [...]meaning{
	{ErrorInvalidHandle, "ERROR_INVALID_HANDLE", ErrorInvalidHandle, "EBADF"},
	{ErrorNotEnoughMemory, "ERROR_NOT_ENOUGH_MEMORY", ErrorNotEnoughMemory, "ENOMEM"},
	{ErrorNetnameDeleted, "ERROR_NETNAME_DELETED", WSAECONNRESET, "ECONNRESET"},
	{ErrorInvalidParameter, "ERROR_INVALID_PARAMETER", ErrorInvalidParameter, "EINVAL"},
	{WaitTimeout, "WAIT_TIMEOUT", WaitTimeout, "ETIMEDOUT"}, // and STATUS_TIMEOUT
	{ErrorAbandonedWait, "ERROR_ABANDONED_WAIT_0", ErrorAbandonedWait, ""},
	{ErrorOperationAborted, "ERROR_OPERATION_ABORTED", ErrorOperationAborted, "ECANCELED"},
	{ErrorIOPending, "ERROR_IO_PENDING", ErrorIOPending, "EINPROGRESS"},
	{ErrorDeadlock, "ERROR_POSSIBLE_DEADLOCK", ErrorDeadlock, "EDEADLK"},
	{ErrorNotFound, "ERROR_NOT_FOUND", ErrorNotFound, "ENOENT"},
	{ErrorConnAborted, "ERROR_CONNECTION_ABORTED", WSAECONNABORTED, "ECONNABORTED"},
	{ErrorNoResources, "ERROR_NO_SYSTEM_RESOURCES", ErrorNoResources, "ENOMEM"},
	{WSAEBADF, "WSAEBADF", WSAEBADF, "EBADF"},
	{WSAEACCES, "WSAEACCES", WSAEACCES, "EACCES"},
	{WSAEFAULT, "WSAEFAULT", WSAEFAULT, "EFAULT"},
	{WSAEINVAL, "WSAEINVAL", WSAEINVAL, "EINVAL"},
	{WSAEMFILE, "WSAEMFILE", WSAEMFILE, "EMFILE"},
	{WSAEWOULDBLOCK, "WSAEWOULDBLOCK", WSAEWOULDBLOCK, "EAGAIN"},
	{WSAEALREADY, "WSAEALREADY", WSAEALREADY, "EALREADY"},
	{WSAENOTSOCK, "WSAENOTSOCK", WSAENOTSOCK, "ENOTSOCK"},
	{WSAEDESTADDRREQ, "WSAEDESTADDRREQ", WSAEDESTADDRREQ, "EDESTADDRREQ"},
	{WSAEMSGSIZE, "WSAEMSGSIZE", WSAEMSGSIZE, "EMSGSIZE"},
	{WSAEPROTOTYPE, "WSAEPROTOTYPE", WSAEPROTOTYPE, "EPROTOTYPE"},
	{WSAENOPROTOOPT, "WSAENOPROTOOPT", WSAENOPROTOOPT, "ENOPROTOOPT"},
	{WSAEPROTONOSUPPORT, "WSAEPROTONOSUPPORT", WSAEPROTONOSUPPORT, "EPROTONOSUPPORT"},
	{WSAESOCKTNOSUPPORT, "WSAESOCKTNOSUPPORT", WSAESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"},
	{WSAEOPNOTSUPP, "WSAEOPNOTSUPP", WSAEOPNOTSUPP, "EOPNOTSUPP"},
	{WSAEAFNOSUPPORT, "WSAEAFNOSUPPORT", WSAEAFNOSUPPORT, "EAFNOSUPPORT"},
	{WSAEADDRINUSE, "WSAEADDRINUSE", WSAEADDRINUSE, "EADDRINUSE"},
	{WSAEADDRNOTAVAIL, "WSAEADDRNOTAVAIL", WSAEADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{WSAENETUNREACH, "WSAENETUNREACH", WSAENETUNREACH, "ENETUNREACH"},
	{WSAECONNABORTED, "WSAECONNABORTED", WSAECONNABORTED, "ECONNABORTED"},
	{WSAECONNRESET, "WSAECONNRESET", WSAECONNRESET, "ECONNRESET"},
	{WSAENOBUFS, "WSAENOBUFS", WSAENOBUFS, "ENOMEM"},
	{WSAEISCONN, "WSAEISCONN", WSAEISCONN, "EISCONN"},
	{WSAENOTCONN, "WSAENOTCONN", WSAENOTCONN, "ENOTCONN"},
	{WSAESHUTDOWN, "WSAESHUTDOWN", WSAESHUTDOWN, "EPIPE"},
	{WSAETIMEDOUT, "WSAETIMEDOUT", WSAETIMEDOUT, "ETIMEDOUT"},
	{WSAECONNREFUSED, "WSAECONNREFUSED", WSAECONNREFUSED, "ECONNREFUSED"},
	{WSAEHOSTUNREACH, "WSAEHOSTUNREACH", WSAEHOSTUNREACH, "EHOSTUNREACH"},

	{ENOTSIMULATED, "ENOTSIMULATED", WSAEOPNOTSUPP, "ENOTSIMULATED"},

	{StatusPending, "STATUS_PENDING", ErrorIOPending, "EINPROGRESS"},
	{StatusBufferOverflow, "STATUS_BUFFER_OVERFLOW", WSAEMSGSIZE, "EMSGSIZE"},
	{StatusHandlesClosed, "STATUS_HANDLES_CLOSED", ErrorOperationAborted, "ECANCELED"},
	{StatusInvalidHandle, "STATUS_INVALID_HANDLE", ErrorInvalidHandle, "EBADF"},
	{StatusInvalidParameter, "STATUS_INVALID_PARAMETER", ErrorInvalidParameter, "EINVAL"},
	{StatusNoMemory, "STATUS_NO_MEMORY", ErrorNotEnoughMemory, "ENOMEM"},
	{StatusObjectTypeMismatch, "STATUS_OBJECT_TYPE_MISMATCH", WSAENOTSOCK, "ENOTSOCK"},
	{StatusInsufficientResource, "STATUS_INSUFFICIENT_RESOURCES", ErrorNoResources, "ENOMEM"},
	{StatusDeviceNotReady, "STATUS_DEVICE_NOT_READY", WSAEWOULDBLOCK, "EAGAIN"},
	{StatusPipeDisconnected, "STATUS_PIPE_DISCONNECTED", WSAESHUTDOWN, "EPIPE"},
	{StatusIOTimeout, "STATUS_IO_TIMEOUT", WSAETIMEDOUT, "ETIMEDOUT"},
	{StatusTooManyOpenFiles, "STATUS_TOO_MANY_OPENED_FILES", WSAEMFILE, "EMFILE"},
	{StatusCancelled, "STATUS_CANCELLED", ErrorOperationAborted, "ECANCELED"},
	{StatusFileClosed, "STATUS_FILE_CLOSED", ErrorInvalidHandle, "EBADF"},
	{StatusLocalDisconnect, "STATUS_LOCAL_DISCONNECT", WSAECONNABORTED, "ECONNABORTED"},
	{StatusRemoteDisconnect, "STATUS_REMOTE_DISCONNECT", WSAECONNRESET, "ECONNRESET"},
	{StatusInvalidConnection, "STATUS_INVALID_CONNECTION", WSAENOTCONN, "ENOTCONN"},
	{StatusAddressExists, "STATUS_ADDRESS_ALREADY_EXISTS", WSAEADDRINUSE, "EADDRINUSE"},
	{StatusDisconnected, "STATUS_CONNECTION_DISCONNECTED", WSAECONNRESET, "ECONNRESET"},
	{StatusConnectionReset, "STATUS_CONNECTION_RESET", WSAECONNRESET, "ECONNRESET"},
	{StatusNotFound, "STATUS_NOT_FOUND", ErrorNotFound, "ENOENT"},
	{StatusConnectionRefused, "STATUS_CONNECTION_REFUSED", WSAECONNREFUSED, "ECONNREFUSED"},
	{StatusConnectionInvalid, "STATUS_CONNECTION_INVALID", WSAENOTCONN, "ENOTCONN"},
	{StatusNetworkUnreachable, "STATUS_NETWORK_UNREACHABLE", WSAENETUNREACH, "ENETUNREACH"},
	{StatusHostUnreachable, "STATUS_HOST_UNREACHABLE", WSAEHOSTUNREACH, "EHOSTUNREACH"},
	{StatusPortUnreachable, "STATUS_PORT_UNREACHABLE", WSAECONNRESET, "ECONNRESET"},
	{StatusConnectionAborted, "STATUS_CONNECTION_ABORTED", WSAECONNABORTED, "ECONNABORTED"},
}

// meaning returns what is known of e, nil if that is nothing.
func (e Errno) meaning() *meaning {
	for i := range meanings {
		if meanings[i].e == e {
			return &meanings[i]
		}
	}
	return nil
}

// String returns the name that the headers of Windows have for e, such as
// "WSAECONNRESET" or "STATUS_PENDING", "OK" for 0, and the number of an error that
// has no constant here.
func (e Errno) String() string {
	if e == 0 {
		return "OK"
	}
	if m := e.meaning(); m != nil {
		return m.name
	}
	return "0x" + strconv.FormatUint(uint64(e), 16)
}

// Common returns the name that all systems have for e, such as "ECONNRESET", and
// "" if they have none. For ENOTSIMULATED it returns "ENOTSIMULATED".
func (e Errno) Common() string {
	if m := e.meaning(); m != nil {
		return m.common
	}
	return ""
}

// Winsock returns the Winsock or Win32 error that means the same as e: for a status, for
// ERROR_NETNAME_DELETED and ERROR_CONNECTION_ABORTED, and for ENOTSIMULATED, which
// becomes WSAEOPNOTSUPP. For every other error, and for a number without a constant in
// this package, Winsock returns e.
func (e Errno) Winsock() Errno {
	if m := e.meaning(); m != nil {
		return m.number
	}
	return e
}

// Errors returns all errors that have a constant, in the order of their constants.
func Errors() []Errno {
	all := make([]Errno, len(meanings))
	for i := range meanings {
		all[i] = meanings[i].e
	}
	return all
}

// Symbol returns e as the error that all dialects share, with the number that Winsock
// returns.
func (e Errno) Symbol() demux.Errno { return demux.NewErrno(e.Common(), uint16(e.Winsock())) }

// Error returns what String returns.
func (e Errno) Error() string { return e.String() }

// Is reports whether target is an error of the same name: the syscall.Errno of any
// host, or an error of another dialect.
func (e Errno) Is(target error) bool { return e.Symbol().Is(target) }

// Err returns e as an error that names the call, nil for 0, and
// demux.ErrCanceled for an operation that was canceled. errors.Is matches it with
// errors of the same name on every host and in every dialect.
func (e Errno) Err(call string) error {
	if e == 0 {
		return nil
	}
	if e == StatusCancelled || e == StatusHandlesClosed || e == ErrorOperationAborted {
		return demux.ErrCanceled
	}
	return demux.SyscallError(call, e.Symbol())
}
