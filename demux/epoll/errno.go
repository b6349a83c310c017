package epoll

import "reactortest/demux"

// The errors; asm-generic/errno-base.h and errno.h. MIPS, SPARC and Alpha have other
// numbers for some. Linux has no ENOTSIMULATED: a simulated kernel returns it when a
// program asks for something that Linux has and the simulation does not have.
const (
	EPERM           Errno = 1
	ENOENT          Errno = 2
	ESRCH           Errno = 3
	EINTR           Errno = 4
	ENXIO           Errno = 6
	EBADF           Errno = 9
	EAGAIN          Errno = 11
	ENOMEM          Errno = 12
	EACCES          Errno = 13
	EFAULT          Errno = 14
	EEXIST          Errno = 17
	ENODEV          Errno = 19
	ENOTDIR         Errno = 20
	EISDIR          Errno = 21
	EINVAL          Errno = 22
	ENFILE          Errno = 23
	EMFILE          Errno = 24
	ENOTTY          Errno = 25
	EFBIG           Errno = 27
	ENOSPC          Errno = 28
	ESPIPE          Errno = 29
	EPIPE           Errno = 32
	EDEADLK         Errno = 35
	ENOSYS          Errno = 38
	ENOTEMPTY       Errno = 39
	ELOOP           Errno = 40
	ENOTSOCK        Errno = 88
	EDESTADDRREQ    Errno = 89
	EMSGSIZE        Errno = 90
	EPROTOTYPE      Errno = 91
	ENOPROTOOPT     Errno = 92
	EPROTONOSUPPORT Errno = 93
	ESOCKTNOSUPPORT Errno = 94
	EOPNOTSUPP      Errno = 95
	EAFNOSUPPORT    Errno = 97
	EADDRINUSE      Errno = 98
	EADDRNOTAVAIL   Errno = 99
	ENETUNREACH     Errno = 101
	ECONNABORTED    Errno = 103
	ECONNRESET      Errno = 104
	EISCONN         Errno = 106
	ENOTCONN        Errno = 107
	ETIMEDOUT       Errno = 110
	ECONNREFUSED    Errno = 111
	EHOSTUNREACH    Errno = 113
	EALREADY        Errno = 114
	EINPROGRESS     Errno = 115
	ECANCELED       Errno = 125
	ENOTSIMULATED   Errno = 60000
)

// names are the symbols of the numbers above.
var names = map[Errno]string{
	EPERM:           "EPERM",
	ENOENT:          "ENOENT",
	ESRCH:           "ESRCH",
	EINTR:           "EINTR",
	ENXIO:           "ENXIO",
	EBADF:           "EBADF",
	EAGAIN:          "EAGAIN",
	ENOMEM:          "ENOMEM",
	EACCES:          "EACCES",
	EFAULT:          "EFAULT",
	EEXIST:          "EEXIST",
	ENODEV:          "ENODEV",
	ENOTDIR:         "ENOTDIR",
	EISDIR:          "EISDIR",
	EINVAL:          "EINVAL",
	ENFILE:          "ENFILE",
	EMFILE:          "EMFILE",
	ENOTTY:          "ENOTTY",
	EFBIG:           "EFBIG",
	ENOSPC:          "ENOSPC",
	ESPIPE:          "ESPIPE",
	EPIPE:           "EPIPE",
	EDEADLK:         "EDEADLK",
	ENOSYS:          "ENOSYS",
	ENOTEMPTY:       "ENOTEMPTY",
	ELOOP:           "ELOOP",
	ENOTSOCK:        "ENOTSOCK",
	EDESTADDRREQ:    "EDESTADDRREQ",
	EMSGSIZE:        "EMSGSIZE",
	EPROTOTYPE:      "EPROTOTYPE",
	ENOPROTOOPT:     "ENOPROTOOPT",
	EPROTONOSUPPORT: "EPROTONOSUPPORT",
	ESOCKTNOSUPPORT: "ESOCKTNOSUPPORT",
	EOPNOTSUPP:      "EOPNOTSUPP",
	EAFNOSUPPORT:    "EAFNOSUPPORT",
	EADDRINUSE:      "EADDRINUSE",
	EADDRNOTAVAIL:   "EADDRNOTAVAIL",
	ENETUNREACH:     "ENETUNREACH",
	ECONNABORTED:    "ECONNABORTED",
	ECONNRESET:      "ECONNRESET",
	EISCONN:         "EISCONN",
	ENOTCONN:        "ENOTCONN",
	ETIMEDOUT:       "ETIMEDOUT",
	ECONNREFUSED:    "ECONNREFUSED",
	EHOSTUNREACH:    "EHOSTUNREACH",
	EALREADY:        "EALREADY",
	EINPROGRESS:     "EINPROGRESS",
	ECANCELED:       "ECANCELED",
	ENOTSIMULATED:   "ENOTSIMULATED",
}

// Name returns the symbol of e, such as "EBADF", and "" for 0 or a number without a
// constant in this package.
func (e Errno) Name() string { return names[e] }

// Symbol returns e as the error that all dialects share.
func (e Errno) Symbol() demux.Errno { return demux.NewErrno(e.Name(), uint16(e)) }

// Error returns the symbol of e and its meaning, such as "EBADF: bad file descriptor".
// It returns "OK" for 0, which is no error, and the number of an error that has no
// constant in this package.
func (e Errno) Error() string {
	if e == 0 {
		return "OK"
	}
	return e.Symbol().Error()
}

// Is reports whether target is an error of the same name: the syscall.Errno of any
// host, or an error of another dialect.
func (e Errno) Is(target error) bool { return e.Symbol().Is(target) }

// Err returns e as an error that names the call, nil for 0. errors.Is matches it with
// errors of the same name on every host and in every dialect.
func (e Errno) Err(call string) error {
	if e == 0 {
		return nil
	}
	return demux.SyscallError(call, e.Symbol())
}
