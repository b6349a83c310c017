//go:build linux && reactortest_net

package std_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/internal/trial"
	"reactortest/shim/routine"
	_ "reactortest/shim/std"
)

// ports finds what differs from run to run.
var ports = regexp.MustCompile(`:[0-9]{4,5}\b`)

// must ends the program if a call failed that may not.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pair is a connection over TCP.
func pair() (l *net.TCPListener, c, d *net.TCPConn) {
	l = must(net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}))
	c = must(net.DialTCP("tcp", nil, l.Addr().(*net.TCPAddr)))
	return l, c, must(l.AcceptTCP())
}

func closeAll(all ...io.Closer) {
	for _, c := range all {
		_ = c.Close()
	}
}

// scenarios are programs over package net that behave the same in the simulation and on
// the operating system.
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
		say("%v", c.RemoteAddr().String() == l.Addr().String())
		n, err := c.Write([]byte("hello"))
		say("%d %v", n, err)
		say("%v", c.CloseWrite())
		data, err := io.ReadAll(c)
		say("%s %v", data, err)
		say("%v %v", c.Close(), c.Close())
		_, err = c.Read(make([]byte, 1))
		say("%v", err)
		closeAll(l)
	}},
	{"every address", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", ":0"))
		say("%s", l.Addr())
		c := must(net.Dial("tcp4", fmt.Sprintf("127.0.0.1:%d", l.Addr().(*net.TCPAddr).Port)))
		d := must(l.Accept())
		say("%s %s", d.LocalAddr(), d.RemoteAddr())
		_, err := net.Listen("tcp", l.Addr().String())
		say("%v", err)
		closeAll(l, c, d)
		_, err = net.Dial("tcp", c.RemoteAddr().String())
		say("%v", err)
	}},
	{"a dial that waits", func(say func(string, ...any), _ string) {
		fd := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
		say("%v %v", syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0))
		at := fmt.Sprintf("127.0.0.1:%d", must(syscall.Getsockname(fd)).(*syscall.SockaddrInet4).Port)
		c := must(net.Dial("tcp", at)) // there is no room for another connection
		_, err := net.DialTimeout("tcp", at, 20*time.Millisecond)
		say("%v", os.IsTimeout(err))
		ctx, cancel := context.WithCancel(context.Background())
		routine.Go(func() { time.Sleep(20 * time.Millisecond); cancel() })
		_, err = (&net.Dialer{}).DialContext(ctx, "tcp", at)
		say("%v", err)
		say("%v %v", c.Close(), syscall.Close(fd))
	}},
	{"deadlines", func(say func(string, ...any), _ string) {
		l, c, d := pair()
		say("%v", l.SetDeadline(time.Now().Add(10*time.Millisecond)))
		_, err := l.Accept()
		say("%v", err)
		c.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err = c.Read(make([]byte, 1))
		say("%v", errors.Is(err, os.ErrDeadlineExceeded))
		_, err = c.Read(make([]byte, 1))
		say("again %v", errors.Is(err, os.ErrDeadlineExceeded))
		c.SetReadDeadline(time.Time{})
		d.Write([]byte("x"))
		n, err := c.Read(make([]byte, 1))
		say("%d %v", n, err)
		routine.Go(func() { time.Sleep(10 * time.Millisecond); c.SetDeadline(time.Unix(1, 0)) })
		_, err = c.Read(make([]byte, 1))
		say("another goroutine: %v", errors.Is(err, os.ErrDeadlineExceeded))
		_, err = c.Write([]byte("x"))
		say("%v", errors.Is(err, os.ErrDeadlineExceeded))
		closeAll(l, c, d)
		say("%v", c.SetDeadline(time.Now()))
	}},
	{"a close ends what waits", func(say func(string, ...any), _ string) {
		l, c, d := pair()
		said := make([]string, 5)
		var all sync.WaitGroup
		for i, f := range []func() error{
			func() error { _, err := l.Accept(); return err },
			func() error { _, err := c.Read(make([]byte, 1)); return err },
			func() error { _, err := c.Write(make([]byte, 100<<20)); return err },
			func() error { _, err := l.Accept(); return err }, // behind the other Accept
			func() error { _, err := c.Read(make([]byte, 1)); return err },
		} {
			all.Add(1)
			routine.Go(func() { defer all.Done(); said[i] = fmt.Sprint(f()) })
		}
		time.Sleep(50 * time.Millisecond)
		say("%v %v %v", l.Close(), c.Close(), d.Close())
		all.Wait()
		say("%s", strings.Join(said, "\n"))
	}},
	{"UDP", func(say func(string, ...any), _ string) {
		s := must(net.ListenUDP("udp4", nil))
		c := must(net.DialUDP("udp", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.LocalAddr().(*net.UDPAddr).Port}))
		n, _, err := c.WriteMsgUDP([]byte("hello"), nil, nil)
		say("%d %v", n, err)
		b := make([]byte, 3)
		n, _, flags, from, err := s.ReadMsgUDPAddrPort(b, nil)
		say("%d %v %v %v", n, flags&syscall.MSG_TRUNC != 0, from.Addr(), err)
		n, err = s.WriteToUDPAddrPort([]byte("ab"), from)
		say("%d %v", n, err)
		n, _, err = c.ReadFromUDPAddrPort(b)
		say("%s %v", b[:n], err)
		n, err = s.WriteTo([]byte("cd"), c.LocalAddr())
		say("%d %v", n, err)
		n, back, err := c.ReadFrom(b)
		say("%s %v %v", b[:n], back, err)
		six := must(net.ListenPacket("udp6", "[::1]:0"))
		n, err = six.WriteTo([]byte("self"), six.LocalAddr())
		say("%d %v", n, err)
		n, back, err = six.ReadFrom(b)
		say("%s %v %v", b[:n], back, err)
		closeAll(s, c, six)
	}},
	{"unix sockets", func(say func(string, ...any), dir string) {
		path := filepath.Join(dir, "socket")
		l := must(net.Listen("unix", path))
		c := must(net.Dial("unix", path))
		d := must(l.Accept())
		say("%v %q %q", d.LocalAddr().String() == path, d.RemoteAddr(), c.LocalAddr())
		buffers := net.Buffers{[]byte("some"), []byte("thing")}
		n, err := buffers.WriteTo(c)
		say("%d %v", n, err)
		b := make([]byte, 9)
		m, err := io.ReadFull(d, b)
		say("%s %d %v", b, m, err)
		closeAll(l, c, d)
		_, err = net.Dial("unix", path)
		say("%s", strings.ReplaceAll(err.Error(), dir, ""))
		closeAll(must(net.Listen("unix", path)))
		g := must(net.ListenPacket("unixgram", path))
		h := must(net.DialUnix("unixgram", nil, g.LocalAddr().(*net.UnixAddr)))
		say("%d", must(h.Write([]byte("hello"))))
		m, _, err = g.ReadFrom(b)
		say("%s %v", b[:m], err)
		closeAll(g, h)
	}},
	{"copies", func(say func(string, ...any), dir string) {
		l, c, d := pair()
		name := filepath.Join(must(os.MkdirTemp("", "std")), "file")
		defer os.RemoveAll(filepath.Dir(name))
		say("%v", os.WriteFile(name, []byte("from a file"), 0o600))
		f := must(os.Open(name))
		n, err := c.ReadFrom(f) // sendfile
		say("%d %v", n, err)
		b := make([]byte, 11)
		_, err = io.ReadFull(d, b)
		say("%s %v", b, err)
		k, e, g := pair()
		routine.Go(func() {
			_, _ = d.ReadFrom(g) // splice
			d.CloseWrite()
		})
		e.Write([]byte("from a socket"))
		e.CloseWrite()
		data, err := io.ReadAll(c)
		say("%s %v", data, err)
		closeAll(f, l, c, d, k, e, g)
	}},
	{"options and files", func(say func(string, ...any), _ string) {
		l, c, d := pair()
		say("%v %v %v", c.SetNoDelay(false), c.SetKeepAlivePeriod(time.Second), c.SetLinger(0))
		say("%v %v", c.SetReadBuffer(9000), c.SetWriteBuffer(9000))
		f := must(l.File())
		m := must(net.FileListener(f))
		say("%v", m.Addr().String() == l.Addr().String())
		closeAll(l, f)
		e := must(net.Dial("tcp", m.Addr().String()))
		closeAll(must(m.Accept()))
		say("%v", c.Close())
		_, err := d.Read(make([]byte, 1)) // after SO_LINGER of 0
		say("%v", err)
		closeAll(m, d, e)
		fds := must(syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0))
		say("%d", must(syscall.Write(fds[0], []byte("x"))))
		say("%d", must(syscall.Read(fds[1], make([]byte, 2))))
		say("%v %v", syscall.Close(fds[0]), syscall.Close(fds[1]))
	}},
	{"a server that is shut down", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })}
		var all sync.WaitGroup
		all.Add(3)
		served := make(chan error, 1)
		routine.Go(func() { served <- s.Serve(l) })
		for range 3 {
			routine.Go(func() {
				defer all.Done()
				t := &http.Transport{}
				defer t.CloseIdleConnections()
				for range 2 {
					r, err := (&http.Client{Transport: t}).Post("http://"+l.Addr().String(), "text/plain", strings.NewReader(strings.Repeat("x", 5000)))
					if err != nil {
						continue // a fault, or shut down
					}
					_, _ = io.Copy(io.Discard, r.Body)
					r.Body.Close()
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		say("%v", s.Shutdown(ctx))
		say("%v", <-served)
		all.Wait()
		time.Sleep(20 * time.Millisecond) // goroutines of net/http end
	}},
	{"a server that is closed", func(say func(string, ...any), _ string) {
		l := must(net.Listen("tcp", "127.0.0.1:0"))
		var all sync.WaitGroup
		inside := make(chan struct{})
		s := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			inside <- struct{}{}
			<-r.Context().Done() // the connection is closed
			all.Done()
		})}
		all.Add(1)
		served := make(chan error, 1)
		routine.Go(func() { served <- s.Serve(l) })
		for range 3 {
			all.Add(2)
			routine.Go(func() {
				defer all.Done()
				t := &http.Transport{}
				if r, err := (&http.Client{Transport: t}).Get("http://" + l.Addr().String()); err == nil {
					r.Body.Close()
					panic("an answer")
				}
				t.CloseIdleConnections()
			})
		}
		for range 3 {
			<-inside
		}
		routine.Go(func() { defer all.Done(); _ = s.Close() })
		_ = s.Close()
		say("%v", <-served)
		all.Wait()
		time.Sleep(20 * time.Millisecond) // goroutines of net/http end
	}},
}

// TestTheSameAsOnLinux plays each scenario in the simulation, and on the operating
// system.
func TestTheSameAsOnLinux(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			var got, want []string
			r := trial.Quiet(t, func(*trial.Run) {
				s.f(func(format string, args ...any) {
					got = append(got, ports.ReplaceAllString(fmt.Sprintf(format, args...), ":port"))
				}, "/tmp")
			})
			if left := r.Kernel.Leaks(); len(left) > 0 {
				t.Errorf("descriptors are left: %v", left)
			}
			s.f(func(format string, args ...any) {
				want = append(want, ports.ReplaceAllString(fmt.Sprintf(format, args...), ":port"))
			}, t.TempDir())
			if len(got) == 0 || len(r.Calls) == 0 || !slices.Equal(got, want) {
				t.Errorf("in the simulation:\n%s\non the operating system:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestSameRun makes each scenario twice under other schedules and faults: what it does is
// determined.
func TestSameRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, s := range scenarios {
		for n := range 6 {
			digest := func() string {
				var said []string
				r := trial.Play(t, &fakedemux.Options{First: 3}, scheduler.NewRandom(3), n, func(*trial.Run) {
					s.f(func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }, "/tmp")
				})
				if len(r.Left) > 0 && r.Err == nil {
					t.Errorf("%s, run %d: %v are left", s.name, n, r.Left)
				}
				return r.Digest() + strings.Join(said, "\n") + fmt.Sprint(r.Kernel.Recorder().Decisions())
			}
			if a, b := digest(), digest(); a != b {
				t.Errorf("%s, run %d: two runs differ:\n%s\n%s", s.name, n, a, b)
			}
		}
	}
}

// TestAnotherRun uses a listener of a run that is over, in no run and in the next one.
func TestAnotherRun(t *testing.T) {
	var l net.Listener
	trial.Play(t, &fakedemux.Options{First: 3}, scheduler.NewQuiet(), 0, func(*trial.Run) { l = must(net.Listen("tcp", "127.0.0.1:0")) })
	if bubble.Current() != nil {
		t.Fatal("a run is on")
	}
	if _, err := l.Accept(); err == nil {
		t.Error("accepts without a run")
	}
	r := trial.Quiet(t, func(*trial.Run) {
		if _, err := l.Accept(); err == nil {
			t.Error("accepts in another run")
		}
		must(net.Listen("tcp", "127.0.0.1:0"))
	})
	if left := r.Kernel.Leaks(); len(left) != 1 {
		t.Errorf("descriptors are left: %v", left)
	}
}
