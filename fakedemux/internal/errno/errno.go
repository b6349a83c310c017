// Package errno has the reasons why simulated calls fail, and their numbers in every
// dialect.
package errno

import (
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
)

// Failure is why a simulated call failed, 0 if it did not. It is a number, so
// that a call that fails does not allocate; each dialect has its own numbers.
type Failure uint8

// The failures.
const (
	OK Failure = iota
	Again
	BadFile
	Exists
	NotFound
	Invalid
	NotPermitted
	NoFiles
	TooManyFiles
	NoMemory
	NoSpace
	BrokenPipe
	ConnReset
	ConnRefused
	InProgress
	Interrupted
	Deadlock
	fault
	NotConnected
	NotSocket
	AddressInUse
	NotSupported
	NoProcess
	IsConnected
	NoDestination
	TooLong
	WrongType
	NoFamily
	AlreadyConnecting
	Aborted
	NoSocketType
	Unreadable // read(2) or write(2) of a kqueue
	Restarted  // a signal has ended a call that is made again; no program sees it
	NoAddress
	NoNetwork
	NoOption
	NoTerminal
	NoSeek
	IsDirectory
	NoDirectory
	NoProtocol
	NoDevice
	NoSuchDevice
	TooBig // a file, for the simulation
	Range
	NotSup       // ENOTSUP, where that is not EOPNOTSUPP
	NotSimulated // see NotSimulated
)

// failures has the error of each failure in every dialect. On Windows there are two:
// what a call returns, and the status that a packet has. The calls of Winsock know no
// handle that is not open: it is no socket. The BSDs differ in NotSupported and
// unreadable: there the profile has the number.
var failures = [...]struct {
	linux           epoll.Errno
	bsd             kqueue.Errno
	winsock, status iocp.Errno
}{
	OK:                {},
	Again:             {epoll.EAGAIN, kqueue.EAGAIN, iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	BadFile:           {epoll.EBADF, kqueue.EBADF, iocp.WSAENOTSOCK, iocp.StatusInvalidHandle},
	Exists:            {epoll.EEXIST, kqueue.EEXIST, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NotFound:          {epoll.ENOENT, kqueue.ENOENT, iocp.ErrorNotFound, iocp.StatusNotFound},
	Invalid:           {epoll.EINVAL, kqueue.EINVAL, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NotPermitted:      {epoll.EPERM, kqueue.EPERM, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoFiles:           {epoll.EMFILE, kqueue.EMFILE, iocp.WSAEMFILE, iocp.StatusTooManyOpenFiles},
	TooManyFiles:      {epoll.ENFILE, kqueue.ENFILE, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	NoMemory:          {epoll.ENOMEM, kqueue.ENOMEM, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	NoSpace:           {epoll.ENOSPC, kqueue.ENOSPC, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	BrokenPipe:        {epoll.EPIPE, kqueue.EPIPE, iocp.WSAESHUTDOWN, iocp.StatusPipeDisconnected},
	ConnReset:         {epoll.ECONNRESET, kqueue.ECONNRESET, iocp.WSAECONNRESET, iocp.StatusConnectionReset},
	ConnRefused:       {epoll.ECONNREFUSED, kqueue.ECONNREFUSED, iocp.WSAECONNREFUSED, iocp.StatusConnectionRefused},
	InProgress:        {epoll.EINPROGRESS, kqueue.EINPROGRESS, iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	Interrupted:       {epoll.EINTR, kqueue.EINTR, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	Deadlock:          {epoll.EDEADLK, kqueue.EDEADLK, iocp.ErrorDeadlock, iocp.ErrorDeadlock},
	fault:             {epoll.EFAULT, kqueue.EFAULT, iocp.WSAEFAULT, iocp.StatusInvalidParameter},
	NotConnected:      {epoll.ENOTCONN, kqueue.ENOTCONN, iocp.WSAENOTCONN, iocp.StatusInvalidConnection},
	NotSocket:         {epoll.ENOTSOCK, kqueue.ENOTSOCK, iocp.WSAENOTSOCK, iocp.StatusObjectTypeMismatch},
	AddressInUse:      {epoll.EADDRINUSE, kqueue.EADDRINUSE, iocp.WSAEADDRINUSE, iocp.StatusAddressExists},
	NotSupported:      {epoll.EOPNOTSUPP, 0, iocp.WSAEOPNOTSUPP, iocp.StatusInvalidParameter},
	NoProcess:         {epoll.ESRCH, kqueue.ESRCH, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	IsConnected:       {epoll.EISCONN, kqueue.EISCONN, iocp.WSAEISCONN, iocp.StatusInvalidParameter},
	NoDestination:     {epoll.EDESTADDRREQ, kqueue.EDESTADDRREQ, iocp.WSAEDESTADDRREQ, iocp.StatusInvalidParameter},
	TooLong:           {epoll.EMSGSIZE, kqueue.EMSGSIZE, iocp.WSAEMSGSIZE, iocp.StatusBufferOverflow},
	WrongType:         {epoll.EPROTOTYPE, kqueue.EPROTOTYPE, iocp.WSAEPROTOTYPE, iocp.StatusInvalidParameter},
	NoFamily:          {epoll.EAFNOSUPPORT, kqueue.EAFNOSUPPORT, iocp.WSAEAFNOSUPPORT, iocp.StatusInvalidParameter},
	AlreadyConnecting: {epoll.EALREADY, kqueue.EALREADY, iocp.WSAEALREADY, iocp.StatusInvalidParameter},
	Aborted:           {epoll.ECONNABORTED, kqueue.ECONNABORTED, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	NoSocketType:      {epoll.ESOCKTNOSUPPORT, kqueue.ESOCKTNOSUPPORT, iocp.WSAESOCKTNOSUPPORT, iocp.StatusInvalidParameter},
	Unreadable:        {epoll.EINVAL, 0, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoAddress:         {epoll.EADDRNOTAVAIL, kqueue.EADDRNOTAVAIL, iocp.WSAEADDRNOTAVAIL, iocp.StatusInvalidParameter},
	NoNetwork:         {epoll.ENETUNREACH, kqueue.ENETUNREACH, iocp.WSAENETUNREACH, iocp.StatusInvalidParameter},
	NoOption:          {epoll.ENOPROTOOPT, kqueue.ENOPROTOOPT, iocp.WSAENOPROTOOPT, iocp.StatusInvalidParameter},
	NoTerminal:        {epoll.ENOTTY, kqueue.ENOTTY, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoSeek:            {epoll.ESPIPE, kqueue.ESPIPE, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	IsDirectory:       {epoll.EISDIR, kqueue.EISDIR, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoDirectory:       {epoll.ENOTDIR, kqueue.ENOTDIR, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoProtocol:        {epoll.EPROTONOSUPPORT, kqueue.EPROTONOSUPPORT, iocp.WSAEPROTONOSUPPORT, iocp.StatusInvalidParameter},
	NoDevice:          {epoll.ENODEV, kqueue.ENODEV, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NoSuchDevice:      {epoll.ENXIO, kqueue.ENXIO, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NotSup:            {epoll.EOPNOTSUPP, kqueue.ENOTSUP, iocp.WSAEOPNOTSUPP, iocp.StatusInvalidParameter},
	Restarted:         {512 /* ERESTARTSYS */, kqueue.EINTR, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	TooBig:            {epoll.EFBIG, kqueue.EFBIG, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	Range:             {epoll.EINVAL, kqueue.ERANGE, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	NotSimulated:      {epoll.ENOTSIMULATED, kqueue.ENOTSIMULATED, iocp.ENOTSIMULATED, iocp.ENOTSIMULATED},
}

// Linux returns the number of f on Linux.
func (f Failure) Linux() epoll.Errno { return failures[f].linux }

// Winsock returns what a call of Winsock returns for f.
func (f Failure) Winsock() iocp.Errno { return failures[f].winsock }

// Status returns what the packet of an operation has for f.
func (f Failure) Status() iocp.Errno { return failures[f].status }

// BSD returns the number of f on the system of p.
func (f Failure) BSD(p *kqueue.Profile) kqueue.Errno {
	if f == NotSupported {
		return p.EOPNOTSUPP
	}
	if f == Unreadable {
		return p.Unreadable
	}
	return failures[f].bsd
}
