//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// tracing is where the kernel shows its tracepoints.
const tracing = "/sys/kernel/tracing"

type tracepoints struct{ all, ctls, sleeps []int }

// openTracepoints counts the system calls of all threads that the process has, and of those
// that they will have.
func openTracepoints(pid int) (counter, error) {
	if _, err := os.Stat(tracing + "/events"); err != nil {
		if err := mountTracing(); err != nil {
			return nil, err
		}
	}
	t := &tracepoints{}
	var err error
	if t.all, err = openEvent(pid, "raw_syscalls/sys_enter"); err != nil {
		return nil, err
	}
	if t.ctls, err = openEvent(pid, "syscalls/sys_enter_epoll_ctl"); err != nil {
		return nil, err
	}
	if t.sleeps, err = openEvent(pid, "syscalls/sys_enter_nanosleep"); err != nil {
		return nil, err
	}
	return t, nil
}

// mountTracing mounts tracefs for this thread alone: nobody else sees it, and it ends with
// the process. The goroutine stays on the thread.
func mountTracing() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return os.NewSyscallError("unshare", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return os.NewSyscallError("mount", err)
	}
	return os.NewSyscallError("mount", unix.Mount("nodev", tracing, "tracefs", 0, ""))
}

func openEvent(pid int, name string) ([]int, error) {
	b, err := os.ReadFile(tracing + "/events/" + name + "/id")
	if err != nil {
		return nil, err
	}
	id, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return nil, err
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	var fds []int
	for _, task := range tasks {
		tid, err := strconv.Atoi(task.Name())
		if err != nil {
			return nil, err
		}
		attr := unix.PerfEventAttr{Type: unix.PERF_TYPE_TRACEPOINT, Config: id, Bits: unix.PerfBitInherit}
		attr.Size = uint32(unsafe.Sizeof(attr))
		fd, err := unix.PerfEventOpen(&attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
		if err != nil {
			return nil, os.NewSyscallError("perf_event_open", err)
		}
		fds = append(fds, fd)
	}
	if len(fds) == 0 {
		return nil, errors.New("the server has no threads")
	}
	return fds, nil
}

func (*tracepoints) way() string { return "tracepoints" }

func (t *tracepoints) stop() (c calls, err error) {
	for _, x := range [...]struct {
		to  *int64
		fds []int
	}{{&c.all, t.all}, {&c.ctls, t.ctls}, {&c.sleeps, t.sleeps}} {
		if *x.to, err = sum(x.fds); err != nil {
			return c, err
		}
	}
	return c, nil
}

func sum(fds []int) (all int64, err error) {
	for _, fd := range fds {
		var b [8]byte
		if _, err := unix.Read(fd, b[:]); err != nil {
			return 0, os.NewSyscallError("read", err)
		}
		all += int64(binary.NativeEndian.Uint64(b[:]))
		_ = unix.Close(fd)
	}
	return all, nil
}
