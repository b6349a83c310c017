//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// socketSet is of use on Linux only.
type socketSet struct{}

func (socketSet) add(int)        {}
func (socketSet) remove(uintptr) {}

// read reads from a socket or a pipe, and names the call that it made.
func (socketSet) read(fd uintptr, b []byte) (n int, call string, e syscall.Errno) {
	n, e = hookedRead(fd, b)
	return n, "read", e
}

// write writes to a socket or a pipe and names the call that it made. SIGPIPE is
// the Go runtime's, which ignores it for all but standard output and standard
// error.
func (socketSet) write(fd uintptr, b []byte) (n int, call string, e syscall.Errno) {
	n, e = hookedWrite(fd, b)
	return n, "write", e
}

func accept(l uintptr) (int, syscall.Errno) {
	fd, err := make1(true, func() (int, error) {
		// l is non-blocking: the lock is not held for long.
		fd, _, err := unix.Accept(int(l))
		return fd, err
	})
	return fd, errorNumber(err)
}
