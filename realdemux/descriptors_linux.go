package realdemux

import (
	"errors"

	"golang.org/x/sys/unix"
)

// What follows makes descriptors that are non-blocking and closed on exec, in
// one step.

func socketpair() ([2]int, error) {
	return unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
}

// pipe makes a pipe, whose ends are non-blocking if nonblock is true.
func pipe(nonblock bool) (fds [2]int, err error) {
	flags := unix.O_CLOEXEC
	if nonblock {
		flags |= unix.O_NONBLOCK
	}
	err = unix.Pipe2(fds[:], flags)
	return fds, err
}

func accept(l int) (int, error) {
	fd, _, err := unix.Accept4(l, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	return fd, err
}

// socket makes a TCP socket.
func socket(family int) (int, error) {
	return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
}

// send writes to a socket or a pipe, without SIGPIPE, and names the call that
// it made.
func send(fd int, b []byte) (n int, call string, err error) {
	n, err = unix.SendmsgN(fd, b, nil, nil, unix.MSG_NOSIGNAL)
	if errors.Is(err, unix.ENOTSOCK) {
		// A pipe. Its SIGPIPE is the Go runtime's, which ignores it for all
		// but standard output and standard error.
		n, err = unix.Write(fd, b)
		return n, "write", err
	}
	return n, "sendmsg", err
}
