//go:build linux

package os

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"reactortest/shim/internal/file"
	"reactortest/shim/sim"
)

// File is os.File.
type File = file.File

// The standard streams are the operating system's, in a bubble too: programs write
// their logs to them.
var (
	Stdin, _  = file.Wrap(os.Stdin, nil)
	Stdout, _ = file.Wrap(os.Stdout, nil)
	Stderr, _ = file.Wrap(os.Stderr, nil)
)

// NewFile is os.NewFile.
func NewFile(fd uintptr, name string) *File { return file.New(fd, name) }

// OpenFile is os.OpenFile.
func OpenFile(name string, flag int, perm fs.FileMode) (*File, error) {
	if sim.Real() {
		return file.Wrap(os.OpenFile(name, flag, perm))
	}
	for {
		fd, err := sim.Open(name, flag|syscall.O_CLOEXEC)
		switch {
		case err == nil:
			return file.New(uintptr(fd), name), nil
		case !errors.Is(err, syscall.EINTR):
			return nil, failed("open", name, err)
		}
	}
}

// Open is os.Open.
func Open(name string) (*File, error) { return OpenFile(name, os.O_RDONLY, 0) }

// Create is os.Create.
func Create(name string) (*File, error) {
	return OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

// ReadFile is os.ReadFile.
func ReadFile(name string) ([]byte, error) {
	if sim.Real() {
		return os.ReadFile(name)
	}
	f, err := Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(f)
	return data, errors.Join(err, f.Close())
}

// WriteFile is os.WriteFile.
func WriteFile(name string, data []byte, perm fs.FileMode) error {
	if sim.Real() {
		return os.WriteFile(name, data, perm)
	}
	f, err := Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// Pipe is os.Pipe.
func Pipe() (r, w *File, err error) {
	if sim.Real() {
		rr, rw, err := os.Pipe()
		if err != nil {
			return nil, nil, err
		}
		r, _ = file.Wrap(rr, nil)
		w, _ = file.Wrap(rw, nil)
		return r, w, nil
	}
	a, b, err := sim.Pipe2(syscall.O_CLOEXEC)
	if err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	return file.New(uintptr(a), "|0"), file.New(uintptr(b), "|1"), nil
}

// Remove is os.Remove.
func Remove(name string) error {
	if sim.Real() {
		return os.Remove(name)
	}
	return failed("remove", name, remove(name))
}

// RemoveAll is os.RemoveAll. In the simulation it removes a directory only if it is
// empty.
func RemoveAll(path string) error {
	if sim.Real() {
		return os.RemoveAll(path)
	}
	err := remove(path)
	if path == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return failed("unlinkat", path, err)
}

func remove(name string) error {
	err := sim.Unlink(name)
	if errors.Is(err, syscall.EISDIR) {
		return sim.Rmdir(name)
	}
	return err
}

// Stat is os.Stat. In the simulation it opens the file for a moment.
func Stat(name string) (fs.FileInfo, error) {
	if sim.Real() {
		return os.Stat(name)
	}
	return stat("stat", name)
}

// Lstat is os.Lstat. The simulation has no symbolic links.
func Lstat(name string) (fs.FileInfo, error) {
	if sim.Real() {
		return os.Lstat(name)
	}
	return stat("lstat", name)
}

func stat(op, name string) (fs.FileInfo, error) {
	f, err := Open(name)
	switch {
	case errors.Is(err, syscall.ENXIO): // open(2): the file is a socket
		return file.NewInfo(name, fs.ModeSocket), nil
	case err != nil:
		return nil, failed(op, name, errors.Unwrap(err))
	}
	info, err := f.Stat()
	return info, errors.Join(err, f.Close())
}

func failed(op, path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
