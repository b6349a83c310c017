//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// What follows makes descriptors that are non-blocking and closed on exec. Not
// all of the systems can do that in one step, so it is done in three, with
// syscall.ForkLock held: no program is started between them.

// make2 calls f, which makes up to two descriptors, and sets their flags. The
// second is -1 if there is one only.
func make2(nonblock bool, f func() ([2]int, error)) ([2]int, error) {
	syscall.ForkLock.RLock()
	fds, err := f()
	if err == nil {
		unix.CloseOnExec(fds[0])
		if fds[1] >= 0 {
			unix.CloseOnExec(fds[1])
		}
	}
	syscall.ForkLock.RUnlock()
	if err != nil || !nonblock {
		return fds, err
	}
	for _, fd := range fds {
		if fd < 0 {
			continue
		}
		if err := unix.SetNonblock(fd, true); err != nil {
			closeBoth(fds)
			return fds, err
		}
	}
	return fds, nil
}

// make1 is make2 for a call that makes one descriptor.
func make1(nonblock bool, f func() (int, error)) (int, error) {
	fds, err := make2(nonblock, func() ([2]int, error) {
		fd, err := f()
		return [2]int{fd, -1}, err
	})
	return fds[0], err
}

func closeBoth(fds [2]int) {
	for _, fd := range fds {
		if fd >= 0 {
			_ = unix.Close(fd)
		}
	}
}

func socketpair() ([2]int, error) {
	return make2(true, func() ([2]int, error) { return unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0) })
}

// pipe makes a pipe, whose ends are non-blocking if nonblock is true.
func pipe(nonblock bool) ([2]int, error) {
	return make2(nonblock, func() (fds [2]int, err error) {
		err = unix.Pipe(fds[:])
		return fds, err
	})
}

// socket makes a TCP socket.
func socket(family int) (int, error) {
	return make1(true, func() (int, error) { return unix.Socket(family, unix.SOCK_STREAM, unix.IPPROTO_TCP) })
}
