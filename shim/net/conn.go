//go:build linux

package net

import (
	"io"
	"net"
	"syscall"
	"time"

	"reactortest/fakedemux"
	"reactortest/shim/internal/file"
	"reactortest/shim/os"
	"reactortest/shim/sim"
)

// conn has the methods that the simulated connections have in common.
type conn struct{ *socket }

// failed is the error of an operation between the two ends of c, nil if err is nil.
func (c conn) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: c.network, Source: c.local, Addr: c.remote, Err: err}
}

// refused is the error of an operation on this end.
func (c conn) refused(op string, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: op, Net: c.network, Addr: c.local, Err: err}
}

// unsent is the error of an operation with a destination.
func (c conn) unsent(to net.Addr, err error) error {
	if err == nil {
		return nil
	}
	return &net.OpError{Op: "write", Net: c.network, Source: c.local, Addr: to, Err: err}
}

// end is like failed, but leaves the end of a stream as it is.
func (c conn) end(op string, err error) error {
	if err == io.EOF { //nolint:errorlint // read never wraps it
		return err
	}
	return c.failed(op, err)
}

func (c conn) Read(p []byte) (int, error) {
	n, err := c.read(p)
	return n, c.end("read", err)
}

func (c conn) Write(p []byte) (int, error) {
	n, err := c.write(p)
	return n, c.failed("write", err)
}

func (c conn) Close() error         { return c.failed("close", c.close()) }
func (c conn) LocalAddr() net.Addr  { return c.local }
func (c conn) RemoteAddr() net.Addr { return c.remote }

func (c conn) SetDeadline(t time.Time) error {
	return c.refused("set", c.limit(t, &c.reader, &c.writer))
}

func (c conn) SetReadDeadline(t time.Time) error  { return c.refused("set", c.limit(t, &c.reader)) }
func (c conn) SetWriteDeadline(t time.Time) error { return c.refused("set", c.limit(t, &c.writer)) }

func (c conn) SetReadBuffer(bytes int) error {
	return c.refused("set", c.option(syscall.SOL_SOCKET, syscall.SO_RCVBUF, bytes))
}

func (c conn) SetWriteBuffer(bytes int) error {
	return c.refused("set", c.option(syscall.SOL_SOCKET, syscall.SO_SNDBUF, bytes))
}

func (c conn) SyscallConn() (syscall.RawConn, error) { return raw{c}, nil }

func (c conn) file() (*os.File, error) {
	fd, err := c.dup()
	if err != nil {
		return nil, c.failed("file", err)
	}
	return file.OfSocket(fd, c.name()), nil
}

// name is the name of a file that is made of c.
func (c conn) name() string {
	name := func(a net.Addr) string {
		if a == nil {
			return ""
		}
		return a.String()
	}
	return c.network + ":" + name(c.local) + "->" + name(c.remote)
}

func (c conn) CloseRead() error  { return c.failed("close", c.shutdown(fakedemux.ShutRead)) }
func (c conn) CloseWrite() error { return c.failed("close", c.shutdown(fakedemux.ShutWrite)) }

func (c conn) SetLinger(seconds int) error {
	l := syscall.Linger{Onoff: 1, Linger: int32(seconds)}
	if seconds < 0 {
		l = syscall.Linger{}
	}
	return c.failed("set", c.set(syscall.SOL_SOCKET, syscall.SO_LINGER, sim.Memory(&l)))
}

func (c conn) SetNoDelay(on bool) error {
	return c.failed("set", c.option(syscall.IPPROTO_TCP, syscall.TCP_NODELAY, flag(on)))
}

func (c conn) SetKeepAlive(on bool) error {
	return c.failed("set", c.option(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, flag(on)))
}

func (c conn) SetKeepAlivePeriod(d time.Duration) error {
	return c.failed("set", c.seconds(syscall.TCP_KEEPIDLE, d))
}

func (c conn) SetKeepAliveConfig(config net.KeepAliveConfig) error {
	err := c.option(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, flag(config.Enable))
	if err == nil && config.Idle >= 0 {
		err = c.seconds(syscall.TCP_KEEPIDLE, config.Idle)
	}
	if err == nil && config.Interval >= 0 {
		err = c.seconds(syscall.TCP_KEEPINTVL, config.Interval)
	}
	if err == nil && config.Count >= 0 {
		count := config.Count
		if count == 0 {
			count = 9 // defaultTCPKeepAliveCount of package net
		}
		err = c.option(syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, count)
	}
	return c.failed("set", err)
}

// seconds sets an option of TCP to a time, rounded up; 0 stands for the 15 s that
// package net has as a default.
func (c conn) seconds(name int, d time.Duration) error {
	if d == 0 {
		d = 15 * time.Second
	}
	return c.option(syscall.IPPROTO_TCP, name, int((d+time.Second-1)/time.Second))
}

func flag(on bool) int {
	if on {
		return 1
	}
	return 0
}

// raw gives the descriptor of a connection to functions. They run on the goroutine that
// calls, so they may make calls of their own.
type raw struct{ c conn }

// Control calls f with the descriptor, which stays open until f has returned.
func (r raw) Control(f func(fd uintptr)) error {
	err := r.c.enter("control", func(*sim.System) error { return r.c.use() })
	if err == nil {
		f(uintptr(r.c.fd))
		err = r.c.enter("control", func(sys *sim.System) error { r.c.leave(sys); return nil })
	}
	return r.c.refused("raw-control", err)
}

// Read calls f until it returns true, each time that there may be something to read.
func (r raw) Read(f func(fd uintptr) bool) error {
	return r.c.failed("raw-read", r.each(&r.c.reader, f))
}

// Write calls f until it returns true, each time that there may be room.
func (r raw) Write(f func(fd uintptr) bool) error {
	return r.c.failed("raw-write", r.each(&r.c.writer, f))
}

func (r raw) each(d *side, f func(fd uintptr) bool) error {
	s := r.c.socket
	if err := s.enter("control", func(sys *sim.System) error { return s.lock(sys, d) }); err != nil {
		return err
	}
	err := s.enter("control", func(sys *sim.System) error { return s.check(sys, d) })
	for err == nil && !f(uintptr(s.fd)) {
		err = s.enter("poll", func(sys *sim.System) error { return s.wait(sys, d) })
	}
	if e := s.enter("control", func(sys *sim.System) error { s.unlock(sys, d); return nil }); err == nil {
		err = e
	}
	return err
}

// rawListener is raw for a listener, which has nothing to read or write.
type rawListener struct{ raw }

func (rawListener) Read(func(uintptr) bool) error  { return syscall.EINVAL }
func (rawListener) Write(func(uintptr) bool) error { return syscall.EINVAL }
