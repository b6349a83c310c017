package demux

import (
	"strconv"
	"syscall"
)

// Errno is a system error of a simulated kernel. It prints its symbolic name and
// carries the number that its dialect has for it, so a simulated BSD on Linux has
// the numbers of the BSD. errors.Is matches it with the host's syscall.Errno of the
// same name, and with the error of that name in every dialect.
//
// The upper 16 bits are the symbol, the lower 16 the dialect's number.
type Errno uint32

// symbol is an index into symbols.
type symbol uint16

// symbols are the names that a simulated kernel can return, with the number
// that this host has for each. The order is fixed: an Errno holds an index.
var symbols = [...]struct {
	name string
	host syscall.Errno
	text string
}{
	{"E?", 0, "unknown error"},
	{"EADDRINUSE", syscall.EADDRINUSE, "address already in use"},
	{"EAGAIN", syscall.EAGAIN, "resource temporarily unavailable"},
	{"EBADF", syscall.EBADF, "bad file descriptor"},
	{"ECONNABORTED", syscall.ECONNABORTED, "connection aborted"},
	{"ECONNREFUSED", syscall.ECONNREFUSED, "connection refused"},
	{"ECONNRESET", syscall.ECONNRESET, "connection reset by peer"},
	{"EDEADLK", syscall.EDEADLK, "resource deadlock avoided"},
	{"EEXIST", syscall.EEXIST, "file exists"},
	{"EFAULT", syscall.EFAULT, "bad address"},
	{"EINPROGRESS", syscall.EINPROGRESS, "operation now in progress"},
	{"EINTR", syscall.EINTR, "interrupted system call"},
	{"EINVAL", syscall.EINVAL, "invalid argument"},
	{"ELOOP", syscall.ELOOP, "too many levels"},
	{"EMFILE", syscall.EMFILE, "too many open files"},
	{"ENFILE", syscall.ENFILE, "too many open files in system"},
	{"ENOENT", syscall.ENOENT, "no such file or directory"},
	{"ENOMEM", syscall.ENOMEM, "cannot allocate memory"},
	{"ENOSPC", syscall.ENOSPC, "no space left on device"},
	{"ENOTCONN", syscall.ENOTCONN, "transport endpoint is not connected"},
	{"ENOTSOCK", syscall.ENOTSOCK, "socket operation on non-socket"},
	{"EPERM", syscall.EPERM, "operation not permitted"},
	{"EPIPE", syscall.EPIPE, "broken pipe"},
	{"EOPNOTSUPP", syscall.EOPNOTSUPP, "operation not supported"},
	{"EADDRNOTAVAIL", syscall.EADDRNOTAVAIL, "cannot assign requested address"},
	{"EISCONN", syscall.EISCONN, "transport endpoint is already connected"},
	{"EALREADY", syscall.EALREADY, "operation already in progress"},
	{"ENOSYS", syscall.ENOSYS, "function not implemented"},
	{"ESRCH", syscall.ESRCH, "no such process"},
	{"ETIMEDOUT", syscall.ETIMEDOUT, "operation timed out"},
	{"EACCES", syscall.EACCES, "permission denied"},
	{"ENXIO", syscall.ENXIO, "no such device or address"},
	{"ENODEV", syscall.ENODEV, "no such device"},
	{"ENOTDIR", syscall.ENOTDIR, "not a directory"},
	{"EISDIR", syscall.EISDIR, "is a directory"},
	{"ENOTTY", syscall.ENOTTY, "inappropriate ioctl for device"},
	{"ESPIPE", syscall.ESPIPE, "illegal seek"},
	{"ENOTEMPTY", syscall.ENOTEMPTY, "directory not empty"},
	{"EDESTADDRREQ", syscall.EDESTADDRREQ, "destination address required"},
	{"EMSGSIZE", syscall.EMSGSIZE, "message too long"},
	{"EPROTOTYPE", syscall.EPROTOTYPE, "wrong protocol type for socket"},
	{"ENOPROTOOPT", syscall.ENOPROTOOPT, "protocol option not available"},
	{"EPROTONOSUPPORT", syscall.EPROTONOSUPPORT, "protocol not supported"},
	{"ESOCKTNOSUPPORT", syscall.ESOCKTNOSUPPORT, "socket type not supported"},
	{"EAFNOSUPPORT", syscall.EAFNOSUPPORT, "address family not supported"},
	{"ENETUNREACH", syscall.ENETUNREACH, "network is unreachable"},
	{"EHOSTUNREACH", syscall.EHOSTUNREACH, "no route to host"},
	{"ECANCELED", syscall.ECANCELED, "operation canceled"},
	{"ENOBUFS", syscall.ENOBUFS, "no buffer space available"},
	{"EFBIG", syscall.EFBIG, "file too large"},
	{"ENOTSIMULATED", 0, "the simulation does not have it"},
}

// NewErrno returns the Errno with the given name, such as "ECONNRESET", and its
// number in the dialect. An unknown name gives an Errno that prints the number
// and matches no syscall.Errno. NewErrno does not allocate.
func NewErrno(name string, number uint16) Errno {
	for i := range symbols {
		if symbols[i].name == name {
			return Errno(i)<<16 | Errno(number)
		}
	}
	return Errno(number)
}

func (e Errno) symbol() symbol {
	if s := symbol(e >> 16); int(s) < len(symbols) {
		return s
	}
	return 0
}

// Name returns the symbolic name, "ECONNRESET".
func (e Errno) Name() string { return symbols[e.symbol()].name }

// Number returns the number that the error has in its dialect.
func (e Errno) Number() int { return int(e & 0xffff) }

// Error returns the symbolic name and its meaning.
func (e Errno) Error() string {
	s := e.symbol()
	if s == 0 {
		return "errno " + strconv.Itoa(e.Number())
	}
	return symbols[s].name + ": " + symbols[s].text
}

// Is reports whether target is an error of the same name: the host's syscall.Errno, or
// an error of any dialect, such as epoll.ECONNRESET of package demux/epoll.
func (e Errno) Is(target error) bool {
	own := e.symbol()
	if own == 0 {
		return false
	}
	switch t := target.(type) {
	case syscall.Errno:
		return t != 0 && symbols[own].host == t
	case Errno:
		return t.symbol() == own
	case interface{ Symbol() Errno }:
		return t.Symbol().symbol() == own
	default:
		return false
	}
}
