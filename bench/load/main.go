//go:build linux

// The load generator: it sends messages to an echo server, compares every byte that comes
// back, and prints one line of JSON.
//
//	load -net tcp -addr 127.0.0.1:7 -conns 100 -size 64 -for 1s -pid PID
//
// Each connection has one message under way. The generator never sleeps: it asks its epoll
// again and again, so that the server does not pay for waking it.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"reactortest/bench/internal/limits"
	"reactortest/bench/internal/result"
)

type options struct {
	network, address string
	conns, size      int
	length, warm     time.Duration
	requests         int64
	pid              int
	count, memory    bool
	epoll            bool
}

func main() {
	var o options
	flag.StringVar(&o.network, "net", "tcp", "tcp or unix")
	flag.StringVar(&o.address, "addr", "", "where the server listens")
	flag.IntVar(&o.conns, "conns", 1, "connections")
	flag.IntVar(&o.size, "size", 64, "bytes of a message, 16 at least")
	flag.DurationVar(&o.length, "for", time.Second, "how long to measure")
	flag.DurationVar(&o.warm, "warm", 100*time.Millisecond, "how long to send before")
	flag.Int64Var(&o.requests, "requests", 0, "measure so many requests instead of a time")
	flag.IntVar(&o.pid, "pid", 0, "the server's process")
	flag.BoolVar(&o.count, "count", false, "count the server's system calls")
	flag.BoolVar(&o.memory, "memory", false, "measure what connections cost in memory")
	flag.BoolVar(&o.epoll, "epoll", false, "send over epoll, also where io_uring is cheaper")
	flag.Parse()
	r, err := run(&o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	r.Print()
}

func run(o *options) (*result.Result, error) {
	if err := limits.ManyFiles(); err != nil {
		return nil, err
	}
	l, err := newLoad(o)
	if err != nil {
		return nil, err
	}
	if o.memory {
		return l.memory(o)
	}
	if err := l.connect(o.conns); err != nil {
		return nil, err
	}
	if err := l.run(o.warm, int64(o.conns)); err != nil {
		return nil, err
	}
	l.latencies = histogram{}
	if o.count {
		return l.counted(o)
	}
	return l.measured(o)
}

// measured sends for a while, and asks the kernel for the server's processor time before
// and after.
func (l *load) measured(o *options) (*result.Result, error) {
	before, err := cpuTime(o.pid)
	if err != nil {
		return nil, err
	}
	began, done := time.Now(), l.done
	if err := l.run(o.length, o.requests); err != nil {
		return nil, err
	}
	elapsed := time.Since(began)
	after, err := cpuTime(o.pid)
	if err != nil {
		return nil, err
	}
	return &result.Result{
		What: "echo", Ops: l.done - done, NS: elapsed.Nanoseconds(), CPU: after - before, Allocs: -1,
		Load: l.by(), P50: l.latencies.quantile(0.5), P99: l.latencies.quantile(0.99),
	}, nil
}

// cpuTime returns how much processor time a process has used, all its threads together, in
// nanoseconds.
func cpuTime(pid int) (int64, error) {
	if pid == 0 {
		return 0, nil
	}
	// The clock of a process: clock_getcpuclockid(3) and MAKE_PROCESS_CPUCLOCK of
	// linux/posix-timers.h, with CPUCLOCK_SCHED.
	const sched = 2
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|sched), &t); err != nil {
		return 0, os.NewSyscallError("clock_gettime", err)
	}
	return t.Nano(), nil
}
