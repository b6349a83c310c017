package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/demux/iocp"
	"reactortest/demux/kqueue"
)

// failure is why a simulated call failed, 0 if it did not. It is a number, so
// that a call that fails does not allocate; each dialect has its own numbers.
type failure uint8

const (
	ok failure = iota
	again
	badFile
	exists
	notFound
	invalid
	notPermitted
	noFiles
	tooManyFiles
	noMemory
	noSpace
	brokenPipe
	connReset
	connRefused
	inProgress
	interrupted
	deadlock
	fault
	notConnected
	notSocket
	addressInUse
	notSupported
	noProcess
	isConnected
	noDestination
	tooLong
	wrongType
	noFamily
	alreadyConnecting
	aborted
	noSocketType
	unreadable // read(2) or write(2) of a kqueue
	restarted  // a signal has ended a call that is made again; no program sees it
	noAddress
	noNetwork
	noOption
	noTerminal
	noSeek
	isDirectory
	noDirectory
	noProtocol
	noDevice
	noSuchDevice
	tooBig       // a file, for the simulation
	notSup       // ENOTSUP, where that is not EOPNOTSUPP
	notSimulated // see NotSimulated
)

// failures has the error of each failure in every dialect. On Windows there are two:
// what a call returns, and the status that a packet has. The calls of Winsock know no
// handle that is not open: it is no socket. The BSDs differ in notSupported and
// unreadable: there the profile has the number.
var failures = [...]struct {
	linux           epoll.Errno
	bsd             kqueue.Errno
	winsock, status iocp.Errno
}{
	ok:                {},
	again:             {epoll.EAGAIN, kqueue.EAGAIN, iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	badFile:           {epoll.EBADF, kqueue.EBADF, iocp.WSAENOTSOCK, iocp.StatusInvalidHandle},
	exists:            {epoll.EEXIST, kqueue.EEXIST, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notFound:          {epoll.ENOENT, kqueue.ENOENT, iocp.ErrorNotFound, iocp.StatusNotFound},
	invalid:           {epoll.EINVAL, kqueue.EINVAL, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notPermitted:      {epoll.EPERM, kqueue.EPERM, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noFiles:           {epoll.EMFILE, kqueue.EMFILE, iocp.WSAEMFILE, iocp.StatusTooManyOpenFiles},
	tooManyFiles:      {epoll.ENFILE, kqueue.ENFILE, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	noMemory:          {epoll.ENOMEM, kqueue.ENOMEM, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	noSpace:           {epoll.ENOSPC, kqueue.ENOSPC, iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	brokenPipe:        {epoll.EPIPE, kqueue.EPIPE, iocp.WSAESHUTDOWN, iocp.StatusPipeDisconnected},
	connReset:         {epoll.ECONNRESET, kqueue.ECONNRESET, iocp.WSAECONNRESET, iocp.StatusConnectionReset},
	connRefused:       {epoll.ECONNREFUSED, kqueue.ECONNREFUSED, iocp.WSAECONNREFUSED, iocp.StatusConnectionRefused},
	inProgress:        {epoll.EINPROGRESS, kqueue.EINPROGRESS, iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	interrupted:       {epoll.EINTR, kqueue.EINTR, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	deadlock:          {epoll.EDEADLK, kqueue.EDEADLK, iocp.ErrorDeadlock, iocp.ErrorDeadlock},
	fault:             {epoll.EFAULT, kqueue.EFAULT, iocp.WSAEFAULT, iocp.StatusInvalidParameter},
	notConnected:      {epoll.ENOTCONN, kqueue.ENOTCONN, iocp.WSAENOTCONN, iocp.StatusInvalidConnection},
	notSocket:         {epoll.ENOTSOCK, kqueue.ENOTSOCK, iocp.WSAENOTSOCK, iocp.StatusObjectTypeMismatch},
	addressInUse:      {epoll.EADDRINUSE, kqueue.EADDRINUSE, iocp.WSAEADDRINUSE, iocp.StatusAddressExists},
	notSupported:      {epoll.EOPNOTSUPP, 0, iocp.WSAEOPNOTSUPP, iocp.StatusInvalidParameter},
	noProcess:         {epoll.ESRCH, kqueue.ESRCH, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	isConnected:       {epoll.EISCONN, kqueue.EISCONN, iocp.WSAEISCONN, iocp.StatusInvalidParameter},
	noDestination:     {epoll.EDESTADDRREQ, kqueue.EDESTADDRREQ, iocp.WSAEDESTADDRREQ, iocp.StatusInvalidParameter},
	tooLong:           {epoll.EMSGSIZE, kqueue.EMSGSIZE, iocp.WSAEMSGSIZE, iocp.StatusBufferOverflow},
	wrongType:         {epoll.EPROTOTYPE, kqueue.EPROTOTYPE, iocp.WSAEPROTOTYPE, iocp.StatusInvalidParameter},
	noFamily:          {epoll.EAFNOSUPPORT, kqueue.EAFNOSUPPORT, iocp.WSAEAFNOSUPPORT, iocp.StatusInvalidParameter},
	alreadyConnecting: {epoll.EALREADY, kqueue.EALREADY, iocp.WSAEALREADY, iocp.StatusInvalidParameter},
	aborted:           {epoll.ECONNABORTED, kqueue.ECONNABORTED, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	noSocketType:      {epoll.ESOCKTNOSUPPORT, kqueue.ESOCKTNOSUPPORT, iocp.WSAESOCKTNOSUPPORT, iocp.StatusInvalidParameter},
	unreadable:        {epoll.EINVAL, 0, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noAddress:         {epoll.EADDRNOTAVAIL, kqueue.EADDRNOTAVAIL, iocp.WSAEADDRNOTAVAIL, iocp.StatusInvalidParameter},
	noNetwork:         {epoll.ENETUNREACH, kqueue.ENETUNREACH, iocp.WSAENETUNREACH, iocp.StatusInvalidParameter},
	noOption:          {epoll.ENOPROTOOPT, kqueue.ENOPROTOOPT, iocp.WSAENOPROTOOPT, iocp.StatusInvalidParameter},
	noTerminal:        {epoll.ENOTTY, kqueue.ENOTTY, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noSeek:            {epoll.ESPIPE, kqueue.ESPIPE, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	isDirectory:       {epoll.EISDIR, kqueue.EISDIR, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noDirectory:       {epoll.ENOTDIR, kqueue.ENOTDIR, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noProtocol:        {epoll.EPROTONOSUPPORT, kqueue.EPROTONOSUPPORT, iocp.WSAEPROTONOSUPPORT, iocp.StatusInvalidParameter},
	noDevice:          {epoll.ENODEV, kqueue.ENODEV, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noSuchDevice:      {epoll.ENXIO, kqueue.ENXIO, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notSup:            {epoll.EOPNOTSUPP, kqueue.ENOTSUP, iocp.WSAEOPNOTSUPP, iocp.StatusInvalidParameter},
	restarted:         {512 /* ERESTARTSYS */, kqueue.EINTR, iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	tooBig:            {epoll.EFBIG, kqueue.EFBIG, iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notSimulated:      {epoll.ENOTSIMULATED, kqueue.ENOTSIMULATED, iocp.ENOTSIMULATED, iocp.ENOTSIMULATED},
}

// linux returns the number of f on Linux.
func (f failure) linux() epoll.Errno { return failures[f].linux }

// winsock returns what a call of Winsock returns for f.
func (f failure) winsock() iocp.Errno { return failures[f].winsock }

// status returns what the packet of an operation has for f.
func (f failure) status() iocp.Errno { return failures[f].status }

// bsd returns the number of f on the system of p.
func (f failure) bsd(p *kqueue.Profile) kqueue.Errno {
	if f == notSupported {
		return p.EOPNOTSUPP
	}
	if f == unreadable {
		return p.Unreadable
	}
	return failures[f].bsd
}
