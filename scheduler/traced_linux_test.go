package scheduler_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"reactortest/scheduler"
)

// tracedChild in the environment has TestMain's process print Traced.
const tracedChild = "SCHEDULER_TRACED_CHILD"

// A process knows whether it is traced, from its first moment.
func TestTraced(t *testing.T) {
	if os.Getenv(tracedChild) != "" {
		t.Logf("traced: %v", scheduler.Traced())
		return
	}
	for _, trace := range []bool{false, true} {
		out, err := runTraced(t, trace)
		if trace && errors.Is(err, os.ErrPermission) {
			t.Skipf("this system lets nobody trace: %v", err)
		}
		want := "traced: false"
		if trace {
			want = "traced: true"
		}
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("a process that is traced (%v) says %q, %v, want %q", trace, out, err, want)
		}
	}
}

// runTraced runs TestTraced in a process of its own and returns what it prints.
func runTraced(t *testing.T, trace bool) (string, error) {
	t.Helper()
	runtime.LockOSThread() // ptrace(2): all requests come from the thread that traces
	defer runtime.UnlockOSThread()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTraced$", "-test.v")
	cmd.Env = append(os.Environ(), tracedChild+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: trace}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return "", err
	}
	if trace {
		follow(t, cmd.Process.Pid)
	}
	err := cmd.Wait()
	if trace && errors.Is(err, syscall.ECHILD) { // follow has collected it
		err = nil
	}
	return out.String(), err
}

// follow lets a traced process go on after each of its stops, until it ends.
func follow(t *testing.T, pid int) {
	t.Helper()
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(pid, &status, 0, nil); {
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil || !status.Stopped():
			return
		}
		signal := int(status.StopSignal())
		if status.StopSignal() == syscall.SIGTRAP {
			signal = 0 // the stop of execve(2), not a signal of the process
		}
		if err := syscall.PtraceCont(pid, signal); err != nil {
			t.Error(err)
			return
		}
	}
}
