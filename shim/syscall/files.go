//go:build linux

package syscall

import (
	"syscall"

	"reactortest/fakedemux"
	"reactortest/shim/sim"
)

// Read is syscall.Read.
func Read(fd int, p []byte) (int, error) {
	if sim.Real() {
		return syscall.Read(fd, sim.ShortRead(fd, p))
	}
	return sim.Read(fd, p)
}

// Write is syscall.Write.
func Write(fd int, p []byte) (int, error) {
	if sim.Real() {
		return syscall.Write(fd, sim.ShortWrite(fd, p))
	}
	return sim.Write(fd, p)
}

// Close is syscall.Close.
func Close(fd int) error {
	if sim.Real() {
		sim.Closed(fd)
		return syscall.Close(fd)
	}
	return sim.Close(fd)
}

// Dup is syscall.Dup.
func Dup(fd int) (int, error) {
	if sim.Real() {
		return syscall.Dup(fd)
	}
	return sim.Dup(fd)
}

// Dup3 is syscall.Dup3.
func Dup3(fd, to, flags int) error {
	if sim.Real() {
		return syscall.Dup3(fd, to, flags)
	}
	return sim.Dup3(fd, to, flags)
}

// SetNonblock is syscall.SetNonblock.
func SetNonblock(fd int, nonblocking bool) error {
	if sim.Real() {
		return syscall.SetNonblock(fd, nonblocking)
	}
	return sim.SetNonblock(fd, nonblocking)
}

// CloseOnExec is syscall.CloseOnExec.
func CloseOnExec(fd int) {
	if sim.Real() {
		syscall.CloseOnExec(fd)
		return
	}
	sim.CloseOnExec(fd)
}

// Pipe is syscall.Pipe.
func Pipe(p []int) error { return Pipe2(p, 0) }

// Pipe2 is syscall.Pipe2.
func Pipe2(p []int, flags int) error {
	if sim.Real() {
		return syscall.Pipe2(p, flags)
	}
	if len(p) != 2 {
		return syscall.EINVAL
	}
	r, w, err := sim.Pipe2(flags)
	if err == nil {
		p[0], p[1] = r, w
	}
	return err
}

// Open is syscall.Open.
func Open(path string, mode int, perm uint32) (int, error) {
	if sim.Real() {
		return syscall.Open(path, mode, perm)
	}
	return sim.Open(path, mode)
}

// Unlink is syscall.Unlink.
func Unlink(path string) error {
	if sim.Real() {
		return syscall.Unlink(path)
	}
	return sim.Unlink(path)
}

// Seek is syscall.Seek.
func Seek(fd int, offset int64, whence int) (int64, error) {
	if sim.Real() {
		return syscall.Seek(fd, offset, whence)
	}
	return sim.Lseek(fd, offset, whence)
}

// Sendfile is syscall.Sendfile.
func Sendfile(outfd, infd int, offset *int64, count int) (int, error) {
	if sim.Real() {
		return syscall.Sendfile(outfd, infd, offset, sim.ShortCount(outfd, count))
	}
	return sim.Sendfile(outfd, infd, offset, count)
}

// Getrlimit is syscall.Getrlimit.
func Getrlimit(resource int, rlim *syscall.Rlimit) error {
	if sim.Real() {
		return syscall.Getrlimit(resource, rlim)
	}
	limit, err := sim.Getrlimit(resource)
	if err == nil {
		*rlim = syscall.Rlimit(limit)
	}
	return err
}

// Setrlimit is syscall.Setrlimit.
func Setrlimit(resource int, rlim *syscall.Rlimit) error {
	if sim.Real() {
		return syscall.Setrlimit(resource, rlim)
	}
	return sim.Setrlimit(resource, fakedemux.Rlimit(*rlim))
}
