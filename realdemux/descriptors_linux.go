package realdemux

import "golang.org/x/sys/unix"

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

// socket makes a TCP socket.
func socket(family int) (int, error) {
	return unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
}
