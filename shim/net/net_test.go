//go:build linux

package net_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	realnet "net"
	realos "os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	realsyscall "syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/shim/internal/trial"
	"reactortest/shim/net"
	"reactortest/shim/os"
	"reactortest/shim/routine"
	"reactortest/shim/syscall"
)

// ports finds what differs from run to run.
var ports = regexp.MustCompile(`:[0-9]{4,5}\b`)

// chain describes an error and everything that it wraps.
func chain(err error) string {
	var all []string
	for e := err; e != nil; e = errors.Unwrap(e) {
		text := fmt.Sprintf("%T", e)
		if t, is := e.(interface{ Timeout() bool }); is {
			text += fmt.Sprintf(" timeout %v", t.Timeout())
		}
		all = append(all, strings.TrimPrefix(text, "*"))
	}
	text := strings.Join(all, " < ")
	text = strings.NewReplacer("net.timeoutError", "timeoutError", "net.canceledError", "canceledError").Replace(text)
	return ports.ReplaceAllString(fmt.Sprintf("%v (%s; closed %v, deadline %v, context %v %v)", err, text, errors.Is(err, realnet.ErrClosed),
		errors.Is(err, realos.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled)), ":port")
}

// must ends the program if a call failed that may not.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// scenarios are programs that behave the same in the simulation and outside of it.
var scenarios = []struct {
	name string
	f    func(say func(format string, args ...any), dir string)
}{
	{"an echo", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		routine.Go(func() {
			c := must(l.Accept())
			_, _ = io.Copy(c, c)
			c.Close()
		})
		c := must(net.Dial("tcp", l.Addr().String())).(*net.TCPConn)
		say("%v %v", c.RemoteAddr().String() == l.Addr().String(), c.LocalAddr().Network())
		for _, s := range []string{"a", "bc", ""} {
			n, err := c.Write([]byte(s))
			say("wrote %d %v", n, err)
		}
		c.CloseWrite()
		data, err := io.ReadAll(c)
		say("%s %v", data, err)
		n, err := c.Read(make([]byte, 1))
		say("%d %v %v", n, err, err == io.EOF) //nolint:errorlint // programs compare it
		say("%v", c.Close())
		say("%s", chain(c.Close()))
		_, err = c.Read(make([]byte, 1))
		say("%s", chain(err))
		_, err = c.Write([]byte("x"))
		say("%s", chain(err))
		say("%s", chain(c.SetDeadline(time.Now())))
		say("%s", chain(c.SetNoDelay(true)))
		say("%s", chain(c.CloseWrite()))
		_, err = c.File()
		say("%s", chain(err))
		raw := must(c.SyscallConn())
		say("%s", chain(raw.Control(func(uintptr) {})))
		say("%s", chain(raw.Read(func(uintptr) bool { return true })))
		say("%s", chain(raw.Write(func(uintptr) bool { return true })))
		say("%v", l.Close())
		say("%s", chain(l.Close()))
		_, err = l.Accept()
		say("%s", chain(err))
		_, err = l.(*net.TCPListener).File()
		say("%s", chain(err))
		say("%s", chain(l.(*net.TCPListener).SetDeadline(time.Now())))
	}},
	{"a dial that is refused", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		l.Close()
		_, err := net.Dial("tcp", l.Addr().String())
		say("%s", chain(err))
		_, err = net.DialTCP("tcp", nil, l.Addr().(*realnet.TCPAddr))
		say("%s", chain(err))
		_, err = net.DialTCP("tcp", nil, nil)
		say("%s", chain(err))
		_, err = net.DialTCP("udp", nil, l.Addr().(*realnet.TCPAddr))
		say("%s", chain(err))
		_, err = net.Dial("tcp", "127.0.0.1")
		say("%s", chain(err))
		_, err = net.Dial("what", "127.0.0.1:1")
		say("%s", chain(err))
		_, err = net.Listen("udp", "127.0.0.1:1234")
		say("%s", chain(err))
		_, err = net.ListenTCP("tcp9", nil)
		say("%s", chain(err))
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = (&net.Dialer{}).DialContext(ctx, "tcp", l.Addr().String())
		say("%s", chain(err))
		_, err = net.DialTimeout("tcp", l.Addr().String(), -time.Second)
		say("%s", chain(err))
	}},
	{"a dial that waits", func(say func(string, ...any), _ string) {
		fd := must(syscall.Socket(realsyscall.AF_INET, realsyscall.SOCK_STREAM, 0))
		syscall.Bind(fd, &realsyscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
		syscall.Listen(fd, 0) // there is room for one connection
		at := fmt.Sprintf("127.0.0.1:%d", must(syscall.Getsockname(fd)).(*realsyscall.SockaddrInet4).Port)
		c := must(net.Dial("tcp", at))
		_, err := net.DialTimeout("tcp", at, 20*time.Millisecond) // the socket's deadline is over at the same time as the dial's
		say("%v %v", ports.ReplaceAllString(err.Error(), ":port"), realos.IsTimeout(err))
		ctx, cancel := context.WithCancel(context.Background())
		routine.Go(func() { time.Sleep(20 * time.Millisecond); cancel() })
		_, err = (&net.Dialer{}).DialContext(ctx, "tcp", at)
		say("%s", chain(err))
		over := make(chan struct{})
		routine.Go(func() { time.Sleep(20 * time.Millisecond); close(over) })
		_, err = (&net.Dialer{Cancel: over}).Dial("tcp", at)
		say("%s", chain(err))
		c.Close()
		syscall.Close(fd)
	}},
	{"an address in use", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		_, err := net.Listen("tcp", l.Addr().String())
		say("%s", chain(err))
		_, err = net.Listen("tcp4", "[::1]:0")
		say("%s", chain(err))
		all := must(net.Listen("tcp", ":0"))
		say("%v", ports.ReplaceAllString(all.Addr().String(), ":port"))
		c := must(net.Dial("tcp", "127.0.0.1:"+strings.Split(all.Addr().String(), ":")[3]))
		d := must(all.Accept())
		say("%v", ports.ReplaceAllString(d.LocalAddr().String()+" "+d.RemoteAddr().String(), ":port"))
		l.Close()
		all.Close()
		c.Close()
		d.Close()
	}},
	{"deadlines", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0")).(*net.TCPListener)
		l.SetDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := l.Accept()
		say("%s", chain(err))
		l.SetDeadline(time.Time{})
		c := must(net.Dial("tcp", l.Addr().String()))
		d := must(l.AcceptTCP())
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		say("%s", chain(err))
		_, err = c.Read(make([]byte, 1))
		say("again %s", chain(err))
		c.SetReadDeadline(time.Time{})
		d.Write([]byte("x"))
		n, err := c.Read(make([]byte, 1))
		say("%d %v", n, err)
		routine.Go(func() {
			time.Sleep(10 * time.Millisecond)
			c.SetDeadline(time.Unix(1, 0))
		})
		_, err = c.Read(make([]byte, 1))
		say("another goroutine: %s", chain(err))
		_, err = c.Write([]byte("x"))
		say("%s", chain(err))
		c.Close()
		d.Close()
		l.Close()
	}},
	{"a close ends what waits", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		c := must(net.Dial("tcp", l.Addr().String()))
		d := must(l.Accept())
		said := make([]string, 5)
		ends := []func() error{
			func() error { _, err := l.Accept(); return err },
			func() error { _, err := c.Read(make([]byte, 1)); return err },
			func() error { _, err := c.Write(make([]byte, 100<<20)); return err },
			func() error { _, err := l.Accept(); return err }, // behind the other Accept
			func() error { _, err := c.Read(make([]byte, 1)); return err },
		}
		var all sync.WaitGroup
		for i, f := range ends {
			all.Add(1)
			routine.Go(func() { defer all.Done(); said[i] = chain(f()) })
		}
		time.Sleep(50 * time.Millisecond)
		say("%v %v %v", l.Close(), c.Close(), d.Close())
		all.Wait()
		for _, s := range said {
			say("%s", s)
		}
	}},
	{"UDP", func(say func(string, ...any), _ string) {
		s := must(net.ListenPacket("udp", "127.0.0.1:0"))
		routine.Go(func() {
			b := make([]byte, 100)
			for {
				n, from, err := s.ReadFrom(b)
				if err != nil {
					return
				}
				s.WriteTo(b[:n], from)
			}
		})
		c := must(net.Dial("udp", s.LocalAddr().String())).(*net.UDPConn)
		b := make([]byte, 100)
		n, err := c.Write([]byte("hello"))
		say("%d %v", n, err)
		n, err = c.Read(b)
		say("%s %v", b[:max(n, 0)], err)
		_, err = c.WriteTo([]byte("x"), s.LocalAddr())
		say("%s", chain(err))
		c.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
		_, _, err = c.ReadFromUDP(b)
		say("%s", chain(err))
		_, err = s.WriteTo([]byte("x"), nil)
		say("%s", chain(err))
		s.Close()
		_, _, err = s.ReadFrom(b)
		say("%s", chain(err))
		c.Close()
	}},
	{"unix sockets", func(say func(string, ...any), dir string) {
		path := filepath.Join(dir, "socket")
		_, err := net.Dial("unix", path)
		say("%s", strings.ReplaceAll(chain(err), dir, "dir"))
		l := must(net.Listen("unix", path))
		c := must(net.Dial("unix", path))
		d := must(l.Accept())
		say("%v %q %q %v", d.LocalAddr().String() == path, d.RemoteAddr().String(), c.LocalAddr().String(), c.RemoteAddr().String() == path)
		c.Write([]byte("hello"))
		b := make([]byte, 100)
		n, err := d.Read(b)
		say("%s %v", b[:n], err)
		_, err = net.Listen("unix", path)
		say("%s", strings.ReplaceAll(chain(err), dir, "dir"))
		c.Close()
		n, err = d.Read(b)
		say("%d %v", n, err)
		l.Close()
		_, err = net.Dial("unix", path)
		say("%s", strings.ReplaceAll(chain(err), dir, "dir"))
		again := must(net.ListenUnix("unix", &realnet.UnixAddr{Name: path, Net: "unix"}))
		again.Close()
		d.Close()
		abstract := must(net.Listen("unix", "@"+strings.ReplaceAll(path, "/", "-")))
		say("%v", strings.HasPrefix(abstract.Addr().String(), "@"))
		abstract.Close()
	}},
	{"messages", func(say func(string, ...any), _ string) {
		s := must(net.ListenUDP("udp4", nil))
		c := must(net.DialUDP("udp", nil, &realnet.UDPAddr{IP: realnet.IPv4(127, 0, 0, 1), Port: s.LocalAddr().(*realnet.UDPAddr).Port}))
		n, _, err := c.WriteMsgUDP([]byte("hello"), nil, nil)
		say("%d %v", n, err)
		b := make([]byte, 3)
		n, _, flags, from, err := s.ReadMsgUDPAddrPort(b, nil)
		say("%d %v %v %v", n, flags&realsyscall.MSG_TRUNC != 0, from.Addr(), err)
		n, err = s.WriteToUDPAddrPort([]byte("ab"), from)
		say("%d %v", n, err)
		n, back, err := c.ReadFromUDPAddrPort(b)
		say("%d %v %v", n, back.Addr(), err)
		_, _, err = s.WriteMsgUDP(b, nil, nil)
		say("%s", chain(err))
		_, _, err = c.WriteMsgUDPAddrPort(b, nil, from)
		say("%s", ports.ReplaceAllString(chain(err), ":port"))
		c.Close()
		s.Close()
		_, err = net.InterfaceByName("nothing")
		say("%s", strings.ReplaceAll(chain(err), "errors.errorString", "syscall.Errno"))
	}},
	{"datagrams of the unix family", func(say func(string, ...any), dir string) {
		s := must(net.ListenPacket("unixgram", filepath.Join(dir, "s")))
		c := must(net.DialUnix("unixgram", &realnet.UnixAddr{Name: filepath.Join(dir, "c"), Net: "unixgram"}, s.LocalAddr().(*realnet.UnixAddr)))
		n, err := c.Write([]byte("hello"))
		say("%d %v", n, err)
		b := make([]byte, 10)
		n, from, err := s.ReadFrom(b)
		say("%s %v %v", b[:n], strings.ReplaceAll(from.String(), dir, "dir"), err)
		n, err = s.WriteTo([]byte("back"), from)
		say("%d %v", n, err)
		n, _, _, _, err = c.ReadMsgUnix(b, nil)
		say("%s %v", b[:n], err)
		_, err = c.WriteTo(b, from)
		say("%s", strings.ReplaceAll(chain(err), dir, "dir"))
		_, err = s.WriteTo(b, &realnet.UDPAddr{})
		say("%s", strings.ReplaceAll(chain(err), dir, "dir"))
		say("%v %v", c.Close(), s.Close())
		say("%v", os.Remove(filepath.Join(dir, "c")))
	}},
	{"options", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		c := must(net.Dial("tcp", l.Addr().String())).(*net.TCPConn)
		d := must(l.Accept())
		say("%v %v %v", c.SetNoDelay(false), c.SetKeepAlive(true), c.SetKeepAlivePeriod(time.Second))
		say("%v %v", c.SetKeepAliveConfig(realnet.KeepAliveConfig{Enable: true}), c.SetLinger(0))
		say("%v %v", c.SetReadBuffer(9000), c.SetWriteBuffer(9000))
		say("%v", c.Close())
		_, err := d.Read(make([]byte, 1))
		say("%s", chain(err))
		d.Close()
		lc := net.ListenConfig{Control: func(network, address string, raw realsyscall.RawConn) error {
			say("%s %s", network, address)
			return raw.Control(func(fd uintptr) {
				say("%v", syscall.SetsockoptInt(int(fd), realsyscall.SOL_SOCKET, 15, 1)) // SO_REUSEPORT
			})
		}}
		a := must(lc.Listen(context.Background(), "tcp", "127.0.0.1:0"))
		lc.Control = func(_, _ string, raw realsyscall.RawConn) error {
			return raw.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), realsyscall.SOL_SOCKET, 15, 1) })
		}
		b := must(lc.Listen(context.Background(), "tcp", a.Addr().String()))
		a.Close()
		b.Close()
		dialer := net.Dialer{LocalAddr: &realnet.TCPAddr{IP: realnet.IPv4(127, 0, 0, 1)}, Control: func(network, address string, _ realsyscall.RawConn) error {
			say("%s %v", network, address == l.Addr().String())
			return realsyscall.EPERM
		}}
		_, err = dialer.Dial("tcp", l.Addr().String())
		say("%s", chain(err))
		l.Close()
	}},
	{"copies", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		c := must(net.Dial("tcp", l.Addr().String())).(*net.TCPConn)
		d := must(l.Accept()).(*net.TCPConn)
		n, err := c.ReadFrom(strings.NewReader(strings.Repeat("x", 10000)[:3000]))
		say("%d %v", n, err)
		c.CloseWrite()
		n, err = d.WriteTo(io.Discard)
		say("%d %v", n, err)
		say("%v", d.CloseRead())
		c.Close()
		d.Close()
		l.Close()
	}},
	{"files", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0")).(*net.TCPListener)
		f := must(l.File())
		say("%v", f.Fd() > 2)
		m := must(net.FileListener(f))
		say("%v %T", m.Addr().String() == l.Addr().String(), m)
		l.Close()
		f.Close()
		_, err := net.FileListener(f)
		say("%s", ports.ReplaceAllString(chain(err), ":port"))
		c := must(net.Dial("tcp", m.Addr().String())).(*net.TCPConn)
		d := must(m.Accept())
		g := must(c.File())
		c.Close()
		e := must(net.FileConn(g))
		say("%v %v", e.RemoteAddr().String() == m.Addr().String(), e.LocalAddr().String() == d.RemoteAddr().String())
		g.Close()
		e.Write([]byte("x"))
		b := make([]byte, 10)
		n, err := d.Read(b)
		say("%s %v", b[:n], err)
		e.Close()
		n, err = d.Read(b)
		say("%d %v", n, err)
		d.Close()
		m.Close()
	}},
}

// TestTheSameAsPackageNet plays each scenario in the simulation, and on the operating
// system.
func TestTheSameAsPackageNet(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			var got, want []string
			trial.Quiet(t, func(*trial.Run) {
				s.f(func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }, "/tmp")
			})
			s.f(func(format string, args ...any) { want = append(want, fmt.Sprintf(format, args...)) }, t.TempDir())
			if len(got) == 0 || !slices.Equal(got, want) {
				t.Errorf("in the simulation:\n%s\non the operating system:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestWritesDoNotMix has two goroutines write more than a buffer holds: package net
// finishes one Write before it begins another.
func TestWritesDoNotMix(t *testing.T) {
	for n := range 20 {
		r := trial.Play(t, &fakedemux.Options{First: 3, StreamBuffer: 16}, scheduler.NewRandom(1), n, func(*trial.Run) {
			l := must(net.Listen("tcp", "127.0.0.1:0"))
			c := must(net.Dial("tcp", l.Addr().String()))
			d := must(l.Accept())
			var all sync.WaitGroup
			for _, s := range []string{"a", "b"} {
				all.Add(1)
				routine.Go(func() { defer all.Done(); c.Write([]byte(strings.Repeat(s, 100))) })
			}
			routine.Go(func() { all.Wait(); c.Close(); l.Close() })
			data, err := io.ReadAll(d)
			if s := string(data); err != nil || s != strings.Repeat("a", 100)+strings.Repeat("b", 100) && s != strings.Repeat("b", 100)+strings.Repeat("a", 100) {
				t.Errorf("read %q, %v", data, err)
			}
			d.Close()
		})
		if r.Err != nil || len(r.Left) > 0 || len(r.Kernel.Leaks()) > 0 {
			t.Errorf("%v, left %v, leaks %v", r.Err, r.Left, r.Kernel.Leaks())
		}
	}
}

// TestEMFILE accepts with a full table: the error is the one that servers look for, and
// the connection can be accepted later.
func TestEMFILE(t *testing.T) {
	trial.Play(t, &fakedemux.Options{First: 3, Descriptors: 6}, scheduler.NewQuiet(), 0, func(*trial.Run) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		c := must(net.Dial("tcp", l.Addr().String()))
		f := must(c.(*net.TCPConn).File())
		_, err := l.Accept()
		if got := chain(err); !strings.HasPrefix(got, "accept tcp 127.0.0.1:port: accept4: too many open files (net.OpError") {
			t.Errorf("got %s", got)
		}
		f.Close()
		if _, err := l.Accept(); err != nil {
			t.Error(err)
		}
	})
}

// TestRawConn reads and writes through a RawConn, and closes while a callback has the
// descriptor.
func TestRawConn(t *testing.T) {
	trial.Quiet(t, func(r *trial.Run) {
		l := must(net.Listen("tcp", "localhost:0"))
		c := must(net.Dial("tcp", l.Addr().String()))
		d := must(l.Accept())
		raw := must(d.(*net.TCPConn).SyscallConn())
		routine.Go(func() { time.Sleep(time.Second); c.Write([]byte("x")) })
		calls := 0
		err := raw.Read(func(fd uintptr) bool { calls++; return calls == 2 })
		if err != nil || calls != 2 || r.Bubble.Elapsed() < time.Second {
			t.Errorf("%v after %d calls at %v", err, calls, r.Bubble.Elapsed())
		}
		var closed atomic.Bool
		err = raw.Control(func(fd uintptr) {
			routine.Go(func() { d.Close(); closed.Store(true) })
			time.Sleep(time.Second)
			if r.Kernel.Object(demux.Handle(fd)) == 0 || closed.Load() {
				t.Error("the descriptor was closed within Control")
			}
		})
		time.Sleep(time.Second)
		if !closed.Load() || err != nil {
			t.Errorf("%v, and closed is %v", err, closed.Load())
		}
		c.Close()
		l.Close()
	})
}

// TestSameRun makes each scenario twice under other schedules and faults: what it does
// is determined.
func TestSameRun(t *testing.T) {
	for _, s := range scenarios {
		for n := range 6 {
			digest := func() string {
				var said []string
				r := trial.Play(t, &fakedemux.Options{First: 3}, scheduler.NewRandom(3), n, func(*trial.Run) {
					s.f(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }, "/tmp")
				})
				return r.Digest() + strings.Join(said, "\n") + fmt.Sprint(r.Kernel.Recorder().Decisions())
			}
			if a, b := digest(), digest(); a != b {
				t.Errorf("%s, run %d: two runs differ:\n%s\n%s", s.name, n, a, b)
			}
		}
	}
}
