package fakedemux

import (
	"reactortest/demux"
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
	loop
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
)

// linux has the number of each failure on Linux; asm-generic/errno.h.
var linux = [...]struct {
	name   string
	number epoll.Errno
}{
	ok:           {"", 0},
	again:        {"EAGAIN", epoll.EAGAIN},
	badFile:      {"EBADF", epoll.EBADF},
	exists:       {"EEXIST", epoll.EEXIST},
	notFound:     {"ENOENT", epoll.ENOENT},
	invalid:      {"EINVAL", epoll.EINVAL},
	notPermitted: {"EPERM", epoll.EPERM},
	noFiles:      {"EMFILE", epoll.EMFILE},
	tooManyFiles: {"ENFILE", epoll.ENFILE},
	noMemory:     {"ENOMEM", epoll.ENOMEM},
	noSpace:      {"ENOSPC", epoll.ENOSPC},
	loop:         {"ELOOP", epoll.ELOOP},
	brokenPipe:   {"EPIPE", epoll.EPIPE},
	connReset:    {"ECONNRESET", epoll.ECONNRESET},
	connRefused:  {"ECONNREFUSED", epoll.ECONNREFUSED},
	inProgress:   {"EINPROGRESS", 115},
	interrupted:  {"EINTR", epoll.EINTR},
	deadlock:     {"EDEADLK", epoll.EDEADLK},
	fault:        {"EFAULT", epoll.EFAULT},
	notConnected: {"ENOTCONN", 107},
	notSocket:    {"ENOTSOCK", 88},
	addressInUse: {"EADDRINUSE", 98},
	notSupported: {"EOPNOTSUPP", 95},
	noProcess:    {"ESRCH", 3},

	isConnected:       {"EISCONN", 106},
	noDestination:     {"EDESTADDRREQ", 89},
	tooLong:           {"EMSGSIZE", 90},
	wrongType:         {"EPROTOTYPE", 91},
	noFamily:          {"EAFNOSUPPORT", 97},
	alreadyConnecting: {"EALREADY", 114},
	aborted:           {"ECONNABORTED", 103},
	noSocketType:      {"ESOCKTNOSUPPORT", 94},
	unreadable:        {"EINVAL", epoll.EINVAL},
	restarted:         {"ERESTARTSYS", restartErrno},
}

// bsd has the number of each failure on the BSDs; sys/errno.h.
var bsd = [...]kqueue.Errno{
	ok:           0,
	again:        kqueue.EAGAIN,
	badFile:      kqueue.EBADF,
	exists:       kqueue.EEXIST,
	notFound:     kqueue.ENOENT,
	invalid:      kqueue.EINVAL,
	notPermitted: kqueue.EPERM,
	noFiles:      kqueue.EMFILE,
	tooManyFiles: kqueue.ENFILE,
	noMemory:     kqueue.ENOMEM,
	noSpace:      kqueue.ENOSPC,
	loop:         kqueue.ELOOP,
	brokenPipe:   kqueue.EPIPE,
	connReset:    kqueue.ECONNRESET,
	connRefused:  kqueue.ECONNREFUSED,
	inProgress:   kqueue.EINPROGRESS,
	interrupted:  kqueue.EINTR,
	deadlock:     kqueue.EDEADLK,
	fault:        kqueue.EFAULT,
	notConnected: kqueue.ENOTCONN,
	notSocket:    kqueue.ENOTSOCK,
	addressInUse: kqueue.EADDRINUSE,
	notSupported: 0, // differs: the profile has it
	noProcess:    kqueue.ESRCH,

	isConnected:       kqueue.EISCONN,
	noDestination:     39,
	tooLong:           40,
	wrongType:         41,
	noFamily:          47,
	alreadyConnecting: kqueue.EALREADY,
	aborted:           kqueue.ECONNABORTED,
	noSocketType:      44,
	unreadable:        0, // differs: the profile has it
	restarted:         kqueue.EINTR,
}

// errorDeadlock is ERROR_POSSIBLE_DEADLOCK; winerror.h.
const errorDeadlock iocp.Errno = 1131

// windows has the number of each failure on Windows, what the call returns; the
// status that a packet has for it; and the name that iocp.Errno gives them. The
// calls of Winsock know no handle that is not open: it is no socket.
var windows = [...]struct {
	name           string
	number, status iocp.Errno
}{
	ok:           {"", 0, 0},
	again:        {"EAGAIN", iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	badFile:      {"ENOTSOCK", iocp.WSAENOTSOCK, iocp.StatusInvalidHandle},
	exists:       {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notFound:     {"ENOENT", iocp.ErrorNotFound, iocp.StatusNotFound},
	invalid:      {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	notPermitted: {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	noFiles:      {"EMFILE", iocp.WSAEMFILE, iocp.StatusTooManyOpenFiles},
	tooManyFiles: {"ENOMEM", iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	noMemory:     {"ENOMEM", iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	noSpace:      {"ENOMEM", iocp.WSAENOBUFS, iocp.StatusInsufficientResource},
	loop:         {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	brokenPipe:   {"EPIPE", iocp.WSAESHUTDOWN, iocp.StatusPipeDisconnected},
	connReset:    {"ECONNRESET", iocp.WSAECONNRESET, iocp.StatusConnectionReset},
	connRefused:  {"ECONNREFUSED", iocp.WSAECONNREFUSED, iocp.StatusConnectionRefused},
	inProgress:   {"EAGAIN", iocp.WSAEWOULDBLOCK, iocp.StatusPending},
	interrupted:  {"ECONNABORTED", iocp.WSAECONNABORTED, iocp.StatusConnectionAborted}, // there are no signals
	deadlock:     {"EDEADLK", errorDeadlock, errorDeadlock},
	fault:        {"EFAULT", iocp.WSAEFAULT, iocp.StatusInvalidParameter},
	notConnected: {"ENOTCONN", iocp.WSAENOTCONN, iocp.StatusInvalidConnection},
	notSocket:    {"ENOTSOCK", iocp.WSAENOTSOCK, iocp.StatusObjectTypeMismatch},
	addressInUse: {"EADDRINUSE", iocp.WSAEADDRINUSE, iocp.StatusAddressExists},
	notSupported: {"EOPNOTSUPP", iocp.WSAEOPNOTSUPP, iocp.StatusInvalidParameter},
	noProcess:    {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},

	isConnected:       {"EISCONN", iocp.WSAEISCONN, iocp.StatusInvalidParameter},
	noDestination:     {"", 10039, iocp.StatusInvalidParameter},
	tooLong:           {"", 10040, iocp.StatusBufferOverflow},
	wrongType:         {"", 10041, iocp.StatusInvalidParameter},
	noFamily:          {"", 10047, iocp.StatusInvalidParameter},
	alreadyConnecting: {"EALREADY", 10037, iocp.StatusInvalidParameter},
	aborted:           {"ECONNABORTED", iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
	noSocketType:      {"", 10044, iocp.StatusInvalidParameter},
	unreadable:        {"EINVAL", iocp.WSAEINVAL, iocp.StatusInvalidParameter},
	restarted:         {"ECONNABORTED", iocp.WSAECONNABORTED, iocp.StatusConnectionAborted},
}

// winsock returns what a call of Winsock returns for f.
func (f failure) winsock() iocp.Errno { return windows[f].number }

// status returns what the packet of an operation has for f.
func (f failure) status() iocp.Errno { return windows[f].status }

// bsd returns the number of f on the system of p.
func (f failure) bsd(p *kqueue.Profile) kqueue.Errno {
	if f == notSupported {
		return p.EOPNOTSUPP
	}
	if f == unreadable {
		return p.Unreadable
	}
	return bsd[f]
}

// err returns f as the error that a Host returns.
func (k *Kernel) err(call string, f failure) error {
	if f == ok {
		return nil
	}
	if f == again {
		return demux.ErrAgain
	}
	if f == deadlock {
		return k.tasks.Err()
	}
	return demux.SyscallError(call, k.dialect.errno(f))
}
