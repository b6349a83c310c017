//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"reactortest/bench/internal/result"
)

// memory measures by how much the server's anonymous memory grows for connections that have
// each echoed a message and are idle. A tenth of the connections come before the first look,
// so that tables and buffers which all share are there.
func (l *load) memory(o *options) (*result.Result, error) {
	first := o.conns / 10
	if err := l.open(first); err != nil {
		return nil, err
	}
	before, err := settled(o.pid)
	if err != nil {
		return nil, err
	}
	if err := l.open(o.conns - first); err != nil {
		return nil, err
	}
	after, err := settled(o.pid)
	if err != nil {
		return nil, err
	}
	return &result.Result{What: "memory", Ops: int64(o.conns - first), Allocs: -1, Bytes: after - before}, nil
}

func (l *load) open(n int) error {
	if err := l.connect(n); err != nil {
		return err
	}
	return l.run(0, int64(len(l.conns)))
}

// settled has the server collect its garbage, and returns its anonymous resident memory in
// bytes, once it no longer changes.
func settled(pid int) (int64, error) {
	last := int64(-1)
	for range 50 {
		// A server in C ignores the signal: it was started that way.
		if err := syscall.Kill(pid, syscall.SIGUSR1); err != nil {
			return 0, os.NewSyscallError("kill", err)
		}
		time.Sleep(100 * time.Millisecond)
		now, err := anonymous(pid)
		if err != nil || now == last {
			return now, err
		}
		last = now
	}
	return last, nil
}

func anonymous(pid int) (int64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, is := strings.CutPrefix(s.Text(), "RssAnon:"); is {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kb << 10, err
		}
	}
	return 0, errors.New("/proc/PID/status has no RssAnon")
}
