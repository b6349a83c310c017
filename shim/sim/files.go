//go:build linux

package sim

import (
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
)

// Read is read(2).
func Read(fd int, p []byte) (int, error) {
	return Call("read", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Read(fd, p) })
}

// Write is write(2).
func Write(fd int, p []byte) (int, error) {
	return call("write", fd, true, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Write(fd, p) })
}

// Readv is readv(2).
func Readv(fd int, vectors [][]byte) (int, error) {
	return Call("readv", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Readv(fd, vectors) })
}

// Writev is writev(2).
func Writev(fd int, vectors [][]byte) (int, error) {
	return call("writev", fd, true, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Writev(fd, vectors) })
}

// Close is close(2).
func Close(fd int) error {
	return only(Call("close", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Close(fd) }))
}

// Dup is dup(2).
func Dup(fd int) (int, error) {
	return Call("dup", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Dup(fd) })
}

// Dup2 is dup2(2).
func Dup2(fd, to int) error {
	return only(Call("dup2", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Dup2(fd, to) }))
}

// Dup3 is dup3(2).
func Dup3(fd, to, flags int) error {
	return only(Call("dup3", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Dup3(fd, to, flags) }))
}

// Fcntl is fcntl(2).
func Fcntl(fd, cmd, arg int) (int, error) {
	return Call("fcntl", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Fcntl(fd, cmd, arg) })
}

// SetNonblock sets or clears O_NONBLOCK.
func SetNonblock(fd int, on bool) error {
	return only(Call("fcntl", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.SetNonblock(fd, on) }))
}

// CloseOnExec is fcntl(2) with F_SETFD and FD_CLOEXEC.
func CloseOnExec(fd int) { _, _ = Fcntl(fd, fakedemux.SetFD, 1) }

// Ioctl is ioctl(2) of a request with an int: arg is what it reads, and the result
// what it stores.
func Ioctl(fd, request, arg int) (int, error) {
	return Call("ioctl", fd, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Ioctl(fd, request, arg) })
}

// Pipe2 is pipe2(2).
func Pipe2(flags int) (r, w int, err error) {
	r, err = Call("pipe2", -1, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		n, w, e = l.Pipe2(flags)
		return n, e
	})
	return r, w, err
}

// Open is open(2).
func Open(path string, flags int) (int, error) {
	return Call("open", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Open(path, flags) })
}

// Unlink is unlink(2).
func Unlink(path string) error {
	return only(Call("unlink", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return 0, l.Unlink(path) }))
}

// Lseek is lseek(2).
func Lseek(fd int, offset int64, whence int) (at int64, err error) {
	at = -1
	_, err = Call("lseek", fd, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		at, e = l.Lseek(fd, offset, whence)
		return int(at), e
	})
	return at, err
}

// Sendfile is sendfile(2).
func Sendfile(out, in int, offset *int64, count int) (int, error) {
	return Call("sendfile", out, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Sendfile(out, in, offset, count) })
}

// MemfdCreate is memfd_create(2).
func MemfdCreate() (int, error) {
	return Call("memfd_create", -1, func(l fakedemux.Linux) (int, epoll.Errno) { return l.MemfdCreate() })
}

// Getrlimit is getrlimit(2).
func Getrlimit(resource int) (limit fakedemux.Rlimit, err error) {
	_, err = Call("getrlimit", -1, func(l fakedemux.Linux) (n int, e epoll.Errno) {
		limit, e = l.Getrlimit(resource)
		return 0, e
	})
	return limit, err
}

// Setrlimit is setrlimit(2). The simulation has no such call. Limits that do not change
// anything are accepted; others are refused with EPERM, as to a process without
// privileges.
func Setrlimit(resource int, limit fakedemux.Rlimit) error {
	return only(Call("setrlimit", -1, func(l fakedemux.Linux) (int, epoll.Errno) {
		old, e := l.Getrlimit(resource)
		switch {
		case e != 0:
			return -1, e
		case limit.Cur > limit.Max:
			return -1, epoll.EINVAL
		case limit != old:
			return -1, epoll.EPERM
		}
		return 0, 0
	}))
}

// Rmdir is rmdir(2). The simulated file system has the call of a BSD, whose number for
// ENOTEMPTY is another one.
func Rmdir(path string) (err error) {
	err = Errno(epoll.EBADF)
	Enter("rmdir", -1, func(s *System) {
		e := epoll.Errno(s.Kernel.BSD().Rmdir(path))
		if e == 66 {
			e = epoll.ENOTEMPTY
		}
		s.Tell("rmdir", -1, 0, e)
		err = Errno(e)
	})
	return err
}
