package kqueue

import "reactortest/demux"

// Errno is an error number of a BSD, 0 for success. A call returns it as a number, so
// that a call that fails does not allocate.
type Errno uint16

// The errors; sys/errno.h. These numbers are the same on the five systems; the Profile
// has those that differ. No system has ENOTSIMULATED: a simulated kernel returns it when
// a program asks for something that the system has and the simulation does not have.
const (
	EPERM           Errno = 1
	ENOENT          Errno = 2
	ESRCH           Errno = 3
	EINTR           Errno = 4
	ENXIO           Errno = 6
	EBADF           Errno = 9
	EDEADLK         Errno = 11
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
	ERANGE          Errno = 34
	EAGAIN          Errno = 35
	EINPROGRESS     Errno = 36
	EALREADY        Errno = 37
	ENOTSOCK        Errno = 38
	EDESTADDRREQ    Errno = 39
	EMSGSIZE        Errno = 40
	EPROTOTYPE      Errno = 41
	ENOPROTOOPT     Errno = 42
	EPROTONOSUPPORT Errno = 43
	ESOCKTNOSUPPORT Errno = 44
	EOPNOTSUPP      Errno = 45
	EAFNOSUPPORT    Errno = 47
	EADDRINUSE      Errno = 48
	EADDRNOTAVAIL   Errno = 49
	ENETUNREACH     Errno = 51
	ECONNABORTED    Errno = 53
	ECONNRESET      Errno = 54
	ENOBUFS         Errno = 55
	EISCONN         Errno = 56
	ENOTCONN        Errno = 57
	ETIMEDOUT       Errno = 60
	ECONNREFUSED    Errno = 61
	ELOOP           Errno = 62
	EHOSTUNREACH    Errno = 65
	ENOTEMPTY       Errno = 66
	ENOSYS          Errno = 78
	ENOTSIMULATED   Errno = 60000

	// ENOTSUP is Darwin's number, which is EOPNOTSUPP on the others. Darwin has another
	// number for EOPNOTSUPP, and NetBSD and OpenBSD have another one for ENOTSUP.
	ENOTSUP = EOPNOTSUPP
)

// darwinEOPNOTSUPP is the number that Darwin has for EOPNOTSUPP.
const darwinEOPNOTSUPP Errno = 102

// names are the symbols of the numbers above.
var names = map[Errno]string{
	EPERM:            "EPERM",
	ENOENT:           "ENOENT",
	ESRCH:            "ESRCH",
	EINTR:            "EINTR",
	ENXIO:            "ENXIO",
	EBADF:            "EBADF",
	EDEADLK:          "EDEADLK",
	ENOMEM:           "ENOMEM",
	EACCES:           "EACCES",
	EFAULT:           "EFAULT",
	EEXIST:           "EEXIST",
	ENODEV:           "ENODEV",
	ENOTDIR:          "ENOTDIR",
	EISDIR:           "EISDIR",
	EINVAL:           "EINVAL",
	ENFILE:           "ENFILE",
	EMFILE:           "EMFILE",
	ENOTTY:           "ENOTTY",
	EFBIG:            "EFBIG",
	ENOSPC:           "ENOSPC",
	ESPIPE:           "ESPIPE",
	EPIPE:            "EPIPE",
	ERANGE:           "ERANGE",
	EAGAIN:           "EAGAIN",
	EINPROGRESS:      "EINPROGRESS",
	EALREADY:         "EALREADY",
	ENOTSOCK:         "ENOTSOCK",
	EDESTADDRREQ:     "EDESTADDRREQ",
	EMSGSIZE:         "EMSGSIZE",
	EPROTOTYPE:       "EPROTOTYPE",
	ENOPROTOOPT:      "ENOPROTOOPT",
	EPROTONOSUPPORT:  "EPROTONOSUPPORT",
	ESOCKTNOSUPPORT:  "ESOCKTNOSUPPORT",
	EOPNOTSUPP:       "EOPNOTSUPP",
	EAFNOSUPPORT:     "EAFNOSUPPORT",
	EADDRINUSE:       "EADDRINUSE",
	EADDRNOTAVAIL:    "EADDRNOTAVAIL",
	ENETUNREACH:      "ENETUNREACH",
	ECONNABORTED:     "ECONNABORTED",
	ECONNRESET:       "ECONNRESET",
	ENOBUFS:          "ENOBUFS",
	EISCONN:          "EISCONN",
	ENOTCONN:         "ENOTCONN",
	ETIMEDOUT:        "ETIMEDOUT",
	ECONNREFUSED:     "ECONNREFUSED",
	ELOOP:            "ELOOP",
	EHOSTUNREACH:     "EHOSTUNREACH",
	ENOTEMPTY:        "ENOTEMPTY",
	ENOSYS:           "ENOSYS",
	ENOTSIMULATED:    "ENOTSIMULATED",
	darwinEOPNOTSUPP: "EOPNOTSUPP",
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
