//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package realdemux

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"reactortest/demux"
)

// ListenUnix is socket(2), bind(2) and listen(2).
func (*host) ListenUnix(path string, backlog int) (demux.Handle, error) {
	fd, err := namedSocket(path, "bind")
	if err != nil {
		return demux.NoHandle, err
	}
	if err = unix.Bind(fd, nameOf(path)); err != nil {
		_ = unix.Close(fd)
		return demux.NoHandle, os.NewSyscallError("bind", err)
	}
	if err = unix.Listen(fd, backlog); err != nil {
		_ = unix.Close(fd)
		_ = unix.Unlink(path) // bind has made it
		return demux.NoHandle, os.NewSyscallError("listen", err)
	}
	return demux.Handle(fd), nil
}

// ConnectUnix is socket(2) and connect(2), which has finished when it returns. Linux
// returns EAGAIN, here demux.ErrAgain, while the backlog of the listener is full, and the
// BSDs ECONNREFUSED.
func (*host) ConnectUnix(path string) (demux.Handle, error) {
	fd, err := namedSocket(path, "connect")
	if err != nil {
		return demux.NoHandle, err
	}
	for {
		err = unix.Connect(fd, nameOf(path))
		if err == nil || errors.Is(err, unix.EINPROGRESS) {
			return demux.Handle(fd), nil
		}
		if err := failure("connect", errorNumber(err)); err != nil {
			_ = unix.Close(fd)
			return demux.NoHandle, err
		}
	}
}

// RemoveUnix is unlink(2), whatever the path names.
func (*host) RemoveUnix(path string) error {
	return os.NewSyscallError("unlink", unix.Unlink(path))
}

// namedSocket makes a stream socket for a path. Without a path, Linux would choose a name
// that is no file: unix(7), "Autobind feature".
func namedSocket(path, call string) (int, error) {
	if path == "" {
		return -1, os.NewSyscallError(call, unix.EINVAL)
	}
	fd, err := socketOf(unix.AF_UNIX, unix.SOCK_STREAM)
	return fd, os.NewSyscallError("socket", err)
}

// nameOf returns the address of a path. In x/sys an @ in front stands for a name that is
// no file.
func nameOf(path string) unix.Sockaddr {
	if path[0] == '@' {
		path = "./" + path
	}
	return &unix.SockaddrUnix{Name: path}
}
