//go:build linux

package os_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reactortest/shim/internal/trial"
	"reactortest/shim/net"
	"reactortest/shim/os"
)

// program says the same in the simulation and on the operating system.
func program(say func(format string, args ...any), dir string) {
	path := filepath.Join(dir, "file")
	_, err := os.Open(path)
	say("%v %v", err, errors.Is(err, fs.ErrNotExist))
	_, err = os.ReadFile(path)
	say("%v", err)
	say("%v", os.WriteFile(path, []byte("hello"), 0o600))
	data, err := os.ReadFile(path)
	say("%s %v", data, err)
	f, err := os.Open(path)
	say("%v %v", err, f.Name() == path)
	at, err := f.Seek(2, io.SeekStart)
	say("%d %v", at, err)
	info, err := f.Stat()
	say("%s %d %v %v", info.Name(), info.Size(), info.Mode().IsRegular(), err)
	data, err = io.ReadAll(f)
	say("%s %v", data, err)
	_, err = f.Write([]byte("x"))
	say("%v", err)
	say("%v", f.Close())
	say("%v", f.Close())
	_, err = f.Read(make([]byte, 1))
	say("%v", err)
	info, err = os.Stat(path)
	say("%d %v", info.Size(), err)
	say("%v", os.Remove(path))
	say("%v", os.Remove(path))
	say("%v", os.RemoveAll(path))
	_, err = os.Stat(path)
	say("%v", err)
	_, err = os.Lstat(path)
	say("%v", err)

	l, err := net.Listen("unix", path)
	say("%v", err)
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	info, err = os.Stat(path)
	say("%v %v", info.Mode()&fs.ModeSocket != 0, err)
	l.Close()
	say("%v", os.RemoveAll(path))
	l, err = net.Listen("unix", path)
	say("%v", err)
	l.Close()

	r, w, err := os.Pipe()
	say("%v", err)
	w.WriteString("through a pipe")
	w.Close()
	data, err = io.ReadAll(r)
	say("%s %v", data, err)
	say("%v", r.Close())
}

// TestTheSameAsPackageOS plays the program on both.
func TestTheSameAsPackageOS(t *testing.T) {
	play := func(dir string) (said []string) {
		program(func(format string, args ...any) {
			said = append(said, strings.ReplaceAll(fmt.Sprintf(format, args...), dir, "dir"))
		}, dir)
		return said
	}
	var got []string
	r := trial.Quiet(t, func(*trial.Run) { got = play("/tmp") })
	if want := play(t.TempDir()); len(got) == 0 || !slices.Equal(got, want) || len(r.Kernel.Leaks()) > 0 {
		t.Errorf("in the simulation:\n%s\non the operating system:\n%s\nleaks %v", strings.Join(got, "\n"), strings.Join(want, "\n"), r.Kernel.Leaks())
	}
}

// TestNothingOfTheMachine opens a file that engines read: a run does not depend on it.
func TestNothingOfTheMachine(t *testing.T) {
	trial.Quiet(t, func(*trial.Run) {
		if _, err := os.Open("/proc/sys/net/core/somaxconn"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v", err)
		}
	})
}

// TestFd gives a descriptor away and takes it back.
func TestFd(t *testing.T) {
	trial.Quiet(t, func(r *trial.Run) {
		a, b, _ := os.Pipe()
		c := os.NewFile(b.Fd(), "again")
		if c.Fd() != b.Fd() || c.Name() != "again" || c.Sync() != nil {
			t.Errorf("%d %d %s", b.Fd(), c.Fd(), c.Name())
		}
		c.Close()
		a.Close()
		if leaks := r.Kernel.Leaks(); len(leaks) > 0 {
			t.Error(leaks)
		}
		if f := os.NewFile(^uintptr(0), "none"); f != nil {
			t.Errorf("a file of -1: %v", f)
		}
	})
}
