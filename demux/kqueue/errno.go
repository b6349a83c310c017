package kqueue

import "reactortest/demux"

// Errno is an error number of a BSD, 0 for success. It is a number and not an
// error so that a call that fails does not allocate.
type Errno uint16

// The error numbers that the calls of Syscalls return; sys/errno.h, where all
// of these are the same on the five systems. What is not is in the Profile.
const (
	EPERM         Errno = 1
	ENOENT        Errno = 2
	ESRCH         Errno = 3
	EINTR         Errno = 4
	ENXIO         Errno = 6
	EBADF         Errno = 9
	EDEADLK       Errno = 11
	ENOMEM        Errno = 12
	EFAULT        Errno = 14
	EEXIST        Errno = 17
	ENOTDIR       Errno = 20
	EISDIR        Errno = 21
	EINVAL        Errno = 22
	ENFILE        Errno = 23
	EMFILE        Errno = 24
	ENOSPC        Errno = 28
	EPIPE         Errno = 32
	EAGAIN        Errno = 35
	EINPROGRESS   Errno = 36
	EALREADY      Errno = 37
	ENOTSOCK      Errno = 38
	EADDRINUSE    Errno = 48
	EADDRNOTAVAIL Errno = 49
	ENOTSUP       Errno = 45 // EOPNOTSUPP too, but on Darwin
	ECONNABORTED  Errno = 53
	ECONNRESET    Errno = 54
	EISCONN       Errno = 56
	ENOTCONN      Errno = 57
	ETIMEDOUT     Errno = 60
	ECONNREFUSED  Errno = 61
	ELOOP         Errno = 62
	ENOTEMPTY     Errno = 66
	ENOSYS        Errno = 78
)

// names are the symbols of the numbers above.
var names = [...]struct {
	e    Errno
	name string
}{
	{EPERM, "EPERM"},
	{ENOENT, "ENOENT"},
	{ESRCH, "ESRCH"},
	{EINTR, "EINTR"},
	{ENXIO, "ENXIO"},
	{EBADF, "EBADF"},
	{EDEADLK, "EDEADLK"},
	{ENOMEM, "ENOMEM"},
	{EFAULT, "EFAULT"},
	{EEXIST, "EEXIST"},
	{ENOTDIR, "ENOTDIR"},
	{EISDIR, "EISDIR"},
	{EINVAL, "EINVAL"},
	{ENFILE, "ENFILE"},
	{EMFILE, "EMFILE"},
	{ENOSPC, "ENOSPC"},
	{EPIPE, "EPIPE"},
	{EAGAIN, "EAGAIN"},
	{EINPROGRESS, "EINPROGRESS"},
	{EALREADY, "EALREADY"},
	{ENOTSOCK, "ENOTSOCK"},
	{EADDRINUSE, "EADDRINUSE"},
	{EADDRNOTAVAIL, "EADDRNOTAVAIL"},
	{ENOTSUP, "ENOTSUP"},
	{ECONNABORTED, "ECONNABORTED"},
	{ECONNRESET, "ECONNRESET"},
	{EISCONN, "EISCONN"},
	{ENOTCONN, "ENOTCONN"},
	{ETIMEDOUT, "ETIMEDOUT"},
	{ECONNREFUSED, "ECONNREFUSED"},
	{ELOOP, "ELOOP"},
	{ENOTEMPTY, "ENOTEMPTY"},
	{ENOSYS, "ENOSYS"},
}

// Name returns the symbol of e, such as "EBADF", and "" for 0 or a number without
// a symbol in this package.
func (e Errno) Name() string {
	for i := range names {
		if names[i].e == e {
			return names[i].name
		}
	}
	return ""
}

// Err returns e as an error that names the call, nil for 0. errors.Is matches
// it with the syscall.Errno of the same name on every host.
func (e Errno) Err(call string) error {
	if e == 0 {
		return nil
	}
	return demux.SyscallError(call, demux.NewErrno(e.Name(), uint16(e)))
}
