//go:build linux

package fakenet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"reactortest/fakenet"
)

// network is package net, or package fakenet.
type network struct {
	listen func(network, address string) (net.Listener, error)
	packet func(network, address string) (net.PacketConn, error)
	dial   func(ctx context.Context, network, address string) (net.Conn, error)
	start  func(f func())
	reset  func(c net.Conn) error
}

var (
	simulated = network{fakenet.Listen, fakenet.ListenPacket, fakenet.DialContext, fakenet.Go, fakenet.Reset}
	real      = network{net.Listen, net.ListenPacket, new(net.Dialer).DialContext, func(f func()) { go f() }, func(c net.Conn) error {
		c.(*net.TCPConn).SetLinger(0)
		return c.Close()
	}}
)

// pair returns a connection and the listener that has accepted it.
func (n *network) pair(t testing.TB, kind, address string) (a, b net.Conn, l net.Listener) {
	t.Helper()
	l, err := n.listen(kind, address)
	if err != nil {
		t.Fatal(err)
	}
	if a, err = n.dial(context.Background(), kind, l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return a, b, l
}

// ports are what differs from run to run.
var ports = regexp.MustCompile(`:[0-9]{2,5}\b`)

// tell describes what a call has returned, as far as a program can tell.
func tell(what string, n int, err error) string {
	var timeout net.Error
	is := []bool{errors.Is(err, net.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout(), err == io.EOF} //nolint:errorlint // programs compare it
	for _, number := range []syscall.Errno{syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNREFUSED, syscall.EADDRINUSE} {
		is = append(is, errors.Is(err, number))
	}
	return ports.ReplaceAllString(fmt.Sprintf("%s: %d, %v, %v", what, n, err, is), ":port")
}

// behaviors are programs that see the same on every network.
var behaviors = []struct {
	why string
	f   func(t testing.TB, n *network, dir string, say func(what string, n int, err error))
}{
	{"a deadline ends a call that waits, and later calls until it is moved", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		a, b, l := n.pair(t, "tcp", "127.0.0.1:0")
		defer closeAll(a, b, l)
		var p [4]byte
		a.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		for range 2 {
			got, err := a.Read(p[:])
			say("read", got, err)
		}
		got, err := a.Write([]byte("x"))
		say("write", got, err)
		a.SetDeadline(time.Unix(1, 0))
		got, err = a.Write([]byte("x"))
		say("write", got, err)
		a.SetDeadline(time.Time{})
		b.Write([]byte("y"))
		got, err = a.Read(p[:])
		say("read", got, err)
		l.(interface{ SetDeadline(time.Time) error }).SetDeadline(time.Unix(1, 0))
		_, err = l.Accept()
		say("accept", 0, err)
	}},
	{"a half-closed connection still reads", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		a, b, l := n.pair(t, "tcp", "127.0.0.1:0")
		defer closeAll(a, b, l)
		a.Write([]byte("question"))
		say("half-close", 0, a.(interface{ CloseWrite() error }).CloseWrite())
		data, err := io.ReadAll(b)
		say(string(data), len(data), err)
		b.Write([]byte("answer"))
		b.Close()
		data, err = io.ReadAll(a)
		say(string(data), len(data), err)
		got, err := a.Write([]byte("more"))
		say("write", got, err)
	}},
	{"a reset is seen by the peer", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		a, b, l := n.pair(t, "tcp", "127.0.0.1:0")
		defer closeAll(a, b, l)
		say("reset", 0, n.reset(a))
		got, err := b.Read(make([]byte, 4))
		say("read", got, err)
		got, err = b.Write([]byte("x"))
		say("write", got, err)
		got, err = a.Read(make([]byte, 4))
		say("read", got, err)
	}},
	{"Close ends calls that wait", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		a, b, l := n.pair(t, "tcp", "127.0.0.1:0")
		defer closeAll(b)
		done := make(chan bool)
		var said [3]func()
		n.start(func() {
			_, err := l.Accept()
			said[0] = func() { say("accept", 0, err) }
			done <- true
		})
		n.start(func() {
			got, err := a.Read(make([]byte, 4))
			said[1] = func() { say("read", got, err) }
			done <- true
		})
		n.start(func() {
			_, err := a.Write(make([]byte, 32<<20)) // more than the system buffers
			said[2] = func() { say("write", 0, err) }
			done <- true
		})
		time.Sleep(50 * time.Millisecond)
		closeAll(a, l)
		for range said {
			<-done
		}
		for _, f := range said {
			f()
		}
		say("close", 0, a.Close())
		say("close", 0, l.Close())
	}},
	{"nobody listens, and somebody does", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		l, err := n.listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, err = n.listen("tcp", l.Addr().String())
		say("listen", 0, err)
		l.Close()
		_, err = n.dial(context.Background(), "tcp", l.Addr().String())
		say("dial", 0, err)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = n.dial(ctx, "tcp", l.Addr().String())
		say("dial", 0, err)
		l, err = n.listen("tcp", l.Addr().String())
		say("listen", 0, err)
		closeAll(l)
	}},
	{"datagrams keep their boundaries", func(t testing.TB, n *network, _ string, say func(string, int, error)) {
		a, err := n.packet("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		b, err := n.dial(context.Background(), "udp", a.LocalAddr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer closeAll(a, b)
		b.Write([]byte("one"))
		b.Write([]byte("two two"))
		p := make([]byte, 4)
		for range 2 {
			got, from, err := a.ReadFrom(p)
			say(string(p[:got]), got, err)
			if from.String() != b.LocalAddr().String() {
				t.Errorf("from %v, want %v", from, b.LocalAddr())
			}
		}
		a.SetReadDeadline(time.Now().Add(time.Millisecond))
		_, _, err = a.ReadFrom(p)
		say("read", 0, err)
	}},
	{"sockets have paths", func(t testing.TB, n *network, dir string, say func(string, int, error)) {
		a, b, l := n.pair(t, "unix", dir+"/socket")
		a.Write([]byte("hello"))
		p := make([]byte, 8)
		got, err := b.Read(p)
		say(string(p[:got]), got, err)
		closeAll(a)
		got, err = b.Read(p)
		say("read", got, err)
		got, err = b.Write(p)
		say("write", got, err)
		closeAll(b, l)
		_, err = n.dial(context.Background(), "unix", dir+"/socket")
		say("dial", 0, err)
	}},
}

func closeAll(all ...io.Closer) {
	for _, c := range all {
		c.Close()
	}
}

// TestTheSameAsPackageNet compares what programs see.
func TestTheSameAsPackageNet(t *testing.T) {
	for _, b := range behaviors {
		t.Run(b.why, func(t *testing.T) {
			var want, got []string
			dir := t.TempDir()
			b.f(t, &real, dir, func(what string, n int, err error) {
				want = append(want, strings.ReplaceAll(tell(what, n, err), dir, ""))
			})
			fakenet.Run(t, func(t testing.TB) {
				b.f(t, &simulated, "", func(what string, n int, err error) { got = append(got, tell(what, n, err)) })
			})
			if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// TestOutsideOfARun makes calls while no run is on.
func TestOutsideOfARun(t *testing.T) {
	var all []error
	_, err := fakenet.Listen("tcp", "127.0.0.1:80")
	all = append(all, err)
	_, err = fakenet.ListenPacket("udp", "127.0.0.1:80")
	all = append(all, err)
	_, err = fakenet.Dial("tcp", "127.0.0.1:80")
	all = append(all, err)
	_, err = fakenet.DialContext(context.Background(), "tcp", "127.0.0.1:80")
	all = append(all, err)
	_, _, err = fakenet.Pipe()
	all = append(all, err)
	for _, err := range all {
		if !errors.Is(err, fakenet.ErrNoRun) || !strings.Contains(err.Error(), "fakenet.Test") {
			t.Errorf("got %v, want ErrNoRun, which names fakenet.Test", err)
		}
	}
	for name, f := range map[string]func(){"Go": func() { fakenet.Go(func() {}) }, "Faults": func() { fakenet.Faults(true) }, "Wait": fakenet.Wait} {
		func() {
			defer func() {
				if cause, _ := recover().(error); !errors.Is(cause, fakenet.ErrNoRun) {
					t.Errorf("%s panicked with %v, want ErrNoRun", name, cause)
				}
			}()
			f()
		}()
	}
}

// TestAfterARun has a connection of a run that is over.
func TestAfterARun(t *testing.T) {
	var c net.Conn
	fakenet.Run(t, func(t testing.TB) {
		a, b, err := fakenet.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		l, err := fakenet.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := fakenet.Reset(l.(net.Conn)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Reset of a datagram socket: %v, want errors.ErrUnsupported", err)
		}
		closeAll(a, b, l)
		c = a
	})
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Read after the run: %v, want net.ErrClosed", err)
	}
	if err := c.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("SetDeadline after the run: %v, want net.ErrClosed", err)
	}
}
