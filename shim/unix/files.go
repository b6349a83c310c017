//go:build linux

package unix

import (
	"golang.org/x/sys/unix"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Read is unix.Read.
func Read(fd int, p []byte) (int, error) {
	if sim.Real() {
		return unix.Read(fd, sim.ShortRead(fd, p))
	}
	return sim.Read(fd, p)
}

// Write is unix.Write.
func Write(fd int, p []byte) (int, error) {
	if sim.Real() {
		return unix.Write(fd, sim.ShortWrite(fd, p))
	}
	return sim.Write(fd, p)
}

// Close is unix.Close.
func Close(fd int) error {
	if sim.Real() {
		sim.Closed(fd)
		return unix.Close(fd)
	}
	return sim.Close(fd)
}

// Dup is unix.Dup.
func Dup(fd int) (int, error) {
	if sim.Real() {
		return unix.Dup(fd)
	}
	return sim.Dup(fd)
}

// Dup3 is unix.Dup3.
func Dup3(fd, to, flags int) error {
	if sim.Real() {
		return unix.Dup3(fd, to, flags)
	}
	return sim.Dup3(fd, to, flags)
}

// SetNonblock is unix.SetNonblock.
func SetNonblock(fd int, nonblocking bool) error {
	if sim.Real() {
		return unix.SetNonblock(fd, nonblocking)
	}
	return sim.SetNonblock(fd, nonblocking)
}

// CloseOnExec is unix.CloseOnExec.
func CloseOnExec(fd int) {
	if sim.Real() {
		unix.CloseOnExec(fd)
		return
	}
	sim.CloseOnExec(fd)
}

// Pipe is unix.Pipe.
func Pipe(p []int) error { return Pipe2(p, 0) }

// Pipe2 is unix.Pipe2.
func Pipe2(p []int, flags int) error {
	if sim.Real() {
		return unix.Pipe2(p, flags)
	}
	if len(p) != 2 {
		return unix.EINVAL
	}
	r, w, err := sim.Pipe2(flags)
	if err == nil {
		p[0], p[1] = r, w
	}
	return err
}

// Open is unix.Open.
func Open(path string, mode int, perm uint32) (int, error) {
	if sim.Real() {
		return unix.Open(path, mode, perm)
	}
	return sim.Open(path, mode)
}

// Unlink is unix.Unlink.
func Unlink(path string) error {
	if sim.Real() {
		return unix.Unlink(path)
	}
	return sim.Unlink(path)
}

// Seek is unix.Seek.
func Seek(fd int, offset int64, whence int) (int64, error) {
	if sim.Real() {
		return unix.Seek(fd, offset, whence)
	}
	return sim.Lseek(fd, offset, whence)
}

// Sendfile is unix.Sendfile.
func Sendfile(outfd, infd int, offset *int64, count int) (int, error) {
	if sim.Real() {
		return unix.Sendfile(outfd, infd, offset, sim.ShortCount(outfd, count))
	}
	return sim.Sendfile(outfd, infd, offset, count)
}

// Getrlimit is unix.Getrlimit.
func Getrlimit(resource int, rlim *unix.Rlimit) error {
	if sim.Real() {
		return unix.Getrlimit(resource, rlim)
	}
	limit, err := sim.Getrlimit(resource)
	if err == nil {
		*rlim = unix.Rlimit(limit)
	}
	return err
}

// Setrlimit is unix.Setrlimit.
func Setrlimit(resource int, rlim *unix.Rlimit) error {
	if sim.Real() {
		return unix.Setrlimit(resource, rlim)
	}
	return sim.Setrlimit(resource, fakedemux.Rlimit(*rlim))
}
