//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"reactortest/bench/internal/result"
)

// counted sends for a while and counts the server's system calls meanwhile: by tracepoints,
// which hardly slow the server down, if the kernel lets this process use them, and otherwise
// by strace, under which batches differ.
func (l *load) counted(o *options) (*result.Result, error) {
	c, err := openTracepoints(o.pid)
	if err != nil {
		reason := err
		if c, err = openStrace(o.pid); err != nil {
			return &result.Result{What: "calls", Note: fmt.Sprintf("cannot count: no tracepoints (%v), and no strace (%v)", reason, err)}, nil
		}
	}
	done := l.done
	if err := l.run(o.length, o.requests); err != nil {
		_, _ = c.stop()
		return nil, err
	}
	n, err := c.stop()
	if err != nil {
		return nil, err
	}
	return &result.Result{
		What: "calls", Ops: l.done - done, NS: o.length.Nanoseconds(), Allocs: -1,
		Calls: n.all, Ctls: n.ctls, Sleeps: n.sleeps, Way: c.way(),
	}, nil
}

// counter counts the system calls of a process.
type counter interface {
	way() string
	stop() (calls, error)
}

// calls is how many system calls were made.
type calls struct{ all, ctls, sleeps int64 }

type strace struct {
	cmd *exec.Cmd
	out *os.File
}

// attach is how long strace may take to attach to the threads of a process.
const attach = 300 * time.Millisecond

func openStrace(pid int) (counter, error) {
	out, err := os.CreateTemp("", "calls")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(out.Name()) // strace writes to the descriptor
	cmd := exec.Command("strace", "-f", "-c", "-U", "calls,name", "-o", "/proc/self/fd/3", "-p", strconv.Itoa(pid))
	cmd.ExtraFiles = []*os.File{out}
	messages, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(messages)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "attached") {
			go func() { _, _ = io.Copy(io.Discard, messages) }()
			time.Sleep(attach) // the other threads
			return &strace{cmd: cmd, out: out}, nil
		}
	}
	_ = cmd.Wait()
	return nil, errors.New("strace cannot attach to the server")
}

func (*strace) way() string { return "strace" }

func (s *strace) stop() (c calls, err error) {
	defer func() { _ = s.out.Close() }()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return c, err
	}
	_ = s.cmd.Wait() // strace ends by the signal
	if _, err := s.out.Seek(0, io.SeekStart); err != nil {
		return c, err
	}
	for lines := bufio.NewScanner(s.out); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) != 2 {
			continue
		}
		n, err := strconv.ParseInt(f[0], 10, 64)
		if err != nil || f[1] == "total" {
			continue
		}
		c.all += n
		switch f[1] {
		case "epoll_ctl":
			c.ctls += n
		case "nanosleep", "clock_nanosleep":
			c.sleeps += n
		}
	}
	if c.all == 0 {
		return c, errors.New("strace has counted nothing")
	}
	return c, nil
}
