//go:build linux

// Package micro measures parts of a loop inside one process: dispatch, timers and posts. A
// program has one peer's functions and calls Main, which reads the command line, makes the
// descriptors, and prints a line of JSON for each measurement:
//
//	PROGRAM dispatch eventfd|socketpair REGISTERED ACTIVE LENGTH
//	PROGRAM timers COUNT
//	PROGRAM posts LENGTH
package micro

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/limits"
	"reactortest/bench/internal/result"
)

// Peer has the functions of one peer. A nil function is one that it does not have.
type Peer struct {
	// Dispatch watches descriptors in level mode and calls ready with the index of each
	// that is readable, until ready returns true.
	Dispatch func(fds []int, ready func(i int) (stop bool)) error

	Timers Timers

	// Posts runs a loop and gives post to the function use, which runs in a goroutine of
	// its own. It returns when use has returned.
	Posts func(use func(post func(fn func()))) error
}

// Timers sets as many timers as there are delays, and knows them by their index.
type Timers interface {
	// Schedule sets timers that were never set, have fired or are stopped. Each calls fn.
	Schedule(delays []time.Duration, fn func())
	// Rearm sets timers that are set to other delays.
	Rearm(delays []time.Duration)
	// Cancel stops them all.
	Cancel()
	// Fire returns when fn has returned true.
	Fire(fired func() bool) error
}

// Main measures what the command line says.
func Main(p *Peer) {
	if err := run(p, os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
		os.Exit(1)
	}
}

func run(p *Peer, args []string) error {
	if err := limits.ManyFiles(); err != nil {
		return err
	}
	switch {
	case len(args) == 5 && args[0] == "dispatch" && p.Dispatch != nil:
		registered, err1 := strconv.Atoi(args[2])
		active, err2 := strconv.Atoi(args[3])
		length, err3 := time.ParseDuration(args[4])
		if err1 != nil || err2 != nil || err3 != nil || active < 1 || active > registered {
			return fmt.Errorf("cannot read %q", args)
		}
		return dispatch(p, args[1] == "socketpair", registered, active, length)
	case len(args) == 2 && args[0] == "timers" && p.Timers != nil:
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return timers(p.Timers, n)
	case len(args) == 2 && args[0] == "posts" && p.Posts != nil:
		length, err := time.ParseDuration(args[1])
		if err != nil {
			return err
		}
		return posts(p, length)
	}
	return fmt.Errorf("cannot do %q", args)
}

// meter measures from its start: time, processor time, allocations.
type meter struct {
	began  time.Time
	cpu    int64
	allocs uint64
}

// start is called where nothing else of the program runs: it stops the world.
func (m *meter) start() {
	m.allocs = allocations()
	m.cpu = cpuTime()
	m.began = time.Now()
}

// stop prints what happened since start.
func (m *meter) stop(what string, ops int64) {
	r := m.read(what, ops)
	r.Print()
}

func (m *meter) read(what string, ops int64) *result.Result {
	elapsed := time.Since(m.began)
	cpu := cpuTime() - m.cpu
	return &result.Result{What: what, Ops: ops, NS: elapsed.Nanoseconds(), CPU: cpu, Allocs: int64(allocations() - m.allocs)}
}

func allocations() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.Mallocs
}

func cpuTime() int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		panic(err)
	}
	return t.Nano()
}
