//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// hookedRead is read(2) that may block: the Go scheduler knows of it.
func hookedRead(fd uintptr, b []byte) (int, syscall.Errno) {
	n, err := unix.Read(int(fd), b)
	return max(n, 0), errorNumber(err)
}

// hookedWrite is write(2) that may block: the Go scheduler knows of it.
func hookedWrite(fd uintptr, b []byte) (int, syscall.Errno) {
	n, err := unix.Write(int(fd), b)
	return max(n, 0), errorNumber(err)
}

// errorNumber returns the error number of a call of x/sys, 0 for nil.
func errorNumber(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if e, ok := err.(syscall.Errno); ok { //nolint:errorlint // x/sys does not wrap
		return e
	}
	var e syscall.Errno
	if errors.As(err, &e) {
		return e
	}
	return unix.EINVAL
}
