//go:build linux

package file

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/fakedemux"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

// Real is a file of the standard library.
type Real = os.File

// File is os.File: a descriptor of the simulated kernel, or a file of the standard
// library. A file of the standard library is never made of a simulated number, because
// it would close a descriptor of the operating system.
type File struct {
	real *os.File // nil in the simulation

	run      *bubble.Bubble
	fd       int // -1 when closed
	name     string
	blocking bool // Fd makes the descriptor a blocking one
}

// New is os.NewFile.
func New(fd uintptr, name string) *File {
	if sim.Real() {
		return wrapped(os.NewFile(fd, name))
	}
	if int(fd) < 0 {
		return nil
	}
	return &File{run: bubble.Current(), fd: int(fd), name: name}
}

// OfSocket makes a file of a simulated socket that package net has duplicated.
func OfSocket(fd int, name string) *File {
	f := New(uintptr(fd), name)
	f.blocking = true
	return f
}

// Wrap makes a File of one of the standard library.
func Wrap(f *os.File, err error) (*File, error) { return wrapped(f), err }

func wrapped(f *os.File) *File {
	if f == nil {
		return nil
	}
	return &File{real: f, fd: -1}
}

// Unwrap returns the file of the standard library, nil in the simulation.
func Unwrap(f *File) *os.File {
	if f == nil {
		return nil
	}
	return f.real
}

// Fd is os.File.Fd. Like that, it makes a socket from package net a blocking one.
func (f *File) Fd() uintptr {
	switch {
	case f == nil:
		return ^uintptr(0)
	case f.real != nil:
		return f.real.Fd()
	case f.blocking && f.fd >= 0:
		_ = sim.SetNonblock(f.fd, false)
	}
	return uintptr(f.fd)
}

// Name is os.File.Name.
func (f *File) Name() string {
	if f.real != nil {
		return f.real.Name()
	}
	return f.name
}

// Close is os.File.Close.
func (f *File) Close() error {
	switch {
	case f == nil:
		return os.ErrInvalid
	case f.real != nil:
		return f.real.Close()
	case f.gone():
		return f.failed("close", os.ErrClosed)
	}
	fd := f.fd
	f.fd = -1
	return f.failed("close", sim.Close(fd))
}

// gone reports whether the descriptor is not this file's any more.
func (f *File) gone() bool { return f.fd < 0 || bubble.Current() != f.run }

func (f *File) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: err}
}

// transfer reads or writes, and waits if it has to.
func (f *File) transfer(op string, want demux.Ready, call func(l fakedemux.Linux) (int, epoll.Errno)) (n int, err error) {
	if f.gone() {
		return 0, f.failed(op, os.ErrClosed)
	}
	fd := f.fd
	sim.Enter(op, fd, func(sys *sim.System) {
		for {
			var e epoll.Errno
			n, e = call(sys.Linux)
			sys.Tell(op, fd, n, e)
			switch e { //nolint:exhaustive // every other number is an error
			case epoll.EINTR:
			case epoll.EAGAIN:
				if _, err = sys.Kernel.Await(demux.Handle(fd), want, -1); err != nil {
					return
				}
			default:
				err = sim.Errno(e)
				return
			}
		}
	})
	return max(n, 0), f.failed(op, err)
}

// Read is os.File.Read.
func (f *File) Read(p []byte) (int, error) {
	if f.real != nil {
		return f.real.Read(p)
	}
	n, err := f.transfer("read", demux.Readable, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Read(f.fd, p) })
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write is os.File.Write.
func (f *File) Write(p []byte) (done int, err error) {
	if f.real != nil {
		return f.real.Write(p)
	}
	for {
		n, err := f.transfer("write", demux.Writable, func(l fakedemux.Linux) (int, epoll.Errno) { return l.Write(f.fd, p[done:]) })
		done += n
		switch {
		case err != nil || done == len(p):
			return done, err
		case n == 0:
			return done, f.failed("write", io.ErrUnexpectedEOF)
		}
	}
}

// WriteString is os.File.WriteString.
func (f *File) WriteString(s string) (int, error) { return f.Write([]byte(s)) }

// Seek is os.File.Seek.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch {
	case f.real != nil:
		return f.real.Seek(offset, whence)
	case f.gone():
		return 0, f.failed("seek", os.ErrClosed)
	}
	at, err := sim.Lseek(f.fd, offset, whence)
	return max(at, 0), f.failed("seek", err)
}

// Stat is os.File.Stat. In the simulation it knows the size of regular files, and that
// everything else is something else.
func (f *File) Stat() (fs.FileInfo, error) {
	switch {
	case f.real != nil:
		return f.real.Stat()
	case f.gone():
		return nil, f.failed("stat", os.ErrClosed)
	}
	at, err := sim.Lseek(f.fd, 0, io.SeekCurrent)
	switch {
	case errors.Is(err, syscall.ESPIPE):
		return Info{name: f.name, mode: fs.ModeIrregular}, nil
	case err != nil:
		return nil, f.failed("stat", err)
	}
	size, err := sim.Lseek(f.fd, 0, io.SeekEnd)
	if err != nil {
		return Info{name: f.name, mode: fs.ModeDir}, nil //nolint:nilerr // only a directory has no end
	}
	if _, err := sim.Lseek(f.fd, at, io.SeekStart); err != nil {
		return nil, f.failed("stat", err)
	}
	return Info{name: f.name, size: size}, nil
}

// Sync is os.File.Sync. In the simulation there is nothing to wait for.
func (f *File) Sync() error {
	switch {
	case f.real != nil:
		return f.real.Sync()
	case f.gone():
		return f.failed("sync", os.ErrClosed)
	}
	return nil
}

// SetDeadline is os.File.SetDeadline. Simulated files have no deadlines.
func (f *File) SetDeadline(t time.Time) error {
	if f.real != nil {
		return f.real.SetDeadline(t)
	}
	return f.failed("set deadline", os.ErrNoDeadline)
}

// SetReadDeadline is os.File.SetReadDeadline.
func (f *File) SetReadDeadline(t time.Time) error {
	if f.real != nil {
		return f.real.SetReadDeadline(t)
	}
	return f.SetDeadline(t)
}

// SetWriteDeadline is os.File.SetWriteDeadline.
func (f *File) SetWriteDeadline(t time.Time) error {
	if f.real != nil {
		return f.real.SetWriteDeadline(t)
	}
	return f.SetDeadline(t)
}
