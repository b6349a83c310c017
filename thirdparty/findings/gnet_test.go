//go:build !gnet_before_eventloop

package findings

import (
	"bytes"
	"context"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// events is a gnet server whose callbacks are functions.
type events struct {
	gnet.BuiltinEventEngine
	booted  chan gnet.Engine
	traffic func(c gnet.Conn) gnet.Action
	closed  func(c gnet.Conn)
}

func (e *events) OnBoot(eng gnet.Engine) gnet.Action { e.booted <- eng; return gnet.None }

func (e *events) OnTraffic(c gnet.Conn) gnet.Action {
	if e.traffic == nil {
		return gnet.None
	}
	return e.traffic(c)
}

func (e *events) OnClose(c gnet.Conn, _ error) gnet.Action {
	if e.closed != nil {
		e.closed(c)
	}
	return gnet.None
}

func (e *events) start(addr string, o ...gnet.Option) <-chan error {
	e.booted = make(chan gnet.Engine, 1)
	ended := make(chan error, 1)
	go func() { ended <- gnet.Run(e, "tcp://"+addr, append(o, gnet.WithNumEventLoop(1))...) }()
	return ended
}

// TestGnetAccept leaves one descriptor, which the client takes: gnet's accept fails with
// EMFILE, the engine ends, and Run returns nil.
func TestGnetAccept(t *testing.T) {
	inChild(t, "Run has returned <nil>", func() string {
		addr, err := unused()
		if err != nil {
			return err.Error()
		}
		e := &events{traffic: func(c gnet.Conn) gnet.Action { b, _ := c.Next(-1); _, _ = c.Write(b); return gnet.None }}
		ended := e.start(addr)
		<-e.booted
		if err := echo(addr); err != nil { // from now on it accepts
			return err.Error()
		}
		if err := oneDescriptor(); err != nil {
			return err.Error()
		}
		_, _ = net.Dial("tcp", addr) // the end of the server may reset it
		err, ok := await(ended)
		if !ok {
			return "Run goes on"
		}
		if err != nil {
			return "Run has returned " + err.Error()
		}
		return "Run has returned <nil>"
	})
}

// TestGnetFlush sends more than the socket holds with ReadFrom and Flush: the rest stays in
// gnet's buffer.
func TestGnetFlush(t *testing.T) {
	addr := freeAddress(t)
	e := &events{traffic: func(c gnet.Conn) gnet.Action {
		_, _ = c.Discard(-1)
		_, _ = c.ReadFrom(bytes.NewReader(big))
		_ = c.Flush()
		return gnet.None
	}}
	e.start(addr)
	eng := <-e.booted
	defer eng.Stop(context.Background()) //nolint:errcheck // the test is over
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	if got := drain(c); got >= len(big) {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
}

// TestGnetHalfClose sends a request, ends its direction and then reads: gnet closes the
// connection at the end of the input, and drops what the socket has not accepted.
func TestGnetHalfClose(t *testing.T) {
	addr := freeAddress(t)
	e := &events{traffic: func(c gnet.Conn) gnet.Action {
		_, _ = c.Discard(-1)
		_, _ = c.Write(big)
		return gnet.None
	}}
	e.start(addr)
	eng := <-e.booted
	defer eng.Stop(context.Background()) //nolint:errcheck // the test is over
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	_ = c.CloseWrite()
	if got := drain(c); got >= len(big) {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
}

// TestGnetClose writes more than the socket holds and returns gnet.Close: the rest is
// dropped, though Write has accepted all of it.
func TestGnetClose(t *testing.T) {
	addr := freeAddress(t)
	var accepted atomic.Int64
	e := &events{traffic: func(c gnet.Conn) gnet.Action {
		_, _ = c.Discard(-1)
		n, _ := c.Write(big)
		accepted.Store(int64(n))
		return gnet.Close
	}}
	e.start(addr)
	eng := <-e.booted
	defer eng.Stop(context.Background()) //nolint:errcheck // the test is over
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	got := drain(c)
	if n := accepted.Load(); n != int64(len(big)) {
		t.Fatalf("Write has accepted %d of %d bytes", n, len(big))
	}
	if got >= len(big) {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
}

// TestGnetTurn sends a lot on one connection, in edge mode, and a byte on another. gnet
// reads 1 MiB, and posts the rest as a job; the job is run at once, and posts itself, up to
// 256 times before the loop looks for other events.
func TestGnetTurn(t *testing.T) {
	addr := freeAddress(t)
	var flood atomic.Int64
	pings := make(chan int64, 1)
	e := &events{traffic: func(c gnet.Conn) gnet.Action {
		b, _ := c.Next(-1)
		if string(b) == "ping" {
			pings <- flood.Load()
			return gnet.None
		}
		time.Sleep(time.Millisecond / 4) // meanwhile the socket fills
		flood.Add(int64(len(b)))
		return gnet.None
	}}
	e.start(addr, gnet.WithEdgeTriggeredIO(true), gnet.WithSocketRecvBuffer(4<<20))
	eng := <-e.booted
	defer eng.Stop(context.Background()) //nolint:errcheck // the test is over
	ping, busy := dial(t, addr), dial(t, addr)
	go func() {
		for {
			if _, err := busy.Write(big); err != nil {
				return
			}
		}
	}()
	const chunk = 1 << 20 // its WithEdgeTriggeredIOChunk
	most := int64(0)
	for end := time.Now().Add(10 * patience); most < 16*chunk && time.Now().Before(end); {
		before := flood.Load()
		_, _ = ping.Write([]byte("ping"))
		read, ok := await(pings)
		if !ok {
			read = flood.Load()
		}
		most = max(most, read-before)
	}
	if most < 16*chunk {
		t.Errorf("at most %d bytes of another connection were read first: the finding is mended", most)
	}
}

// TestGnetAsyncAfterStop sends when the engine has stopped: AsyncWrite accepts the bytes,
// and its callback is never called.
func TestGnetAsyncAfterStop(t *testing.T) {
	addr := freeAddress(t)
	conns := make(chan gnet.Conn, 1)
	e := &events{traffic: func(c gnet.Conn) gnet.Action {
		_, _ = c.Discard(-1)
		conns <- c
		return gnet.None
	}}
	ended := e.start(addr)
	eng := <-e.booted
	_, _ = dial(t, addr).Write([]byte("x"))
	c := <-conns
	if err := eng.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	<-ended
	told := make(chan struct{}, 1)
	err := c.AsyncWrite([]byte("y"), func(gnet.Conn, error) error { told <- struct{}{}; return nil })
	if _, ok := await(told); err != nil || ok {
		t.Errorf("AsyncWrite has returned %v, and told of the bytes: %v: the finding is mended", err, ok)
	}
}

// TestGnetInlineClose closes a connection in OnTraffic, in edge mode, and gives its number
// to a pipe: gnet goes on reading from that number, and OnTraffic gets the pipe's bytes after
// OnClose.
func TestGnetInlineClose(t *testing.T) {
	addr := freeAddress(t)
	calls := make(chan string, 16)
	var closed atomic.Bool
	e := &events{
		traffic: func(c gnet.Conn) gnet.Action {
			b, _ := c.Next(-1)
			calls <- string(b)
			if closed.Load() {
				return gnet.None
			}
			fd := c.Fd()
			_ = c.EventLoop().Close(c)
			if closed.Load() {
				putPipe(fd, "of a stranger")
			}
			return gnet.None
		},
		closed: func(gnet.Conn) { closed.Store(true) },
	}
	e.start(addr, gnet.WithEdgeTriggeredIO(true))
	eng := <-e.booted
	defer eng.Stop(context.Background()) //nolint:errcheck // the test is over
	_, _ = dial(t, addr).Write([]byte("mine"))
	first, _ := await(calls)
	second, _ := await(calls)
	if first != "mine" || second != "of a stranger" {
		t.Errorf("OnTraffic has got %q and %q: the finding is mended", first, second)
	}
}

// putPipe gives the number fd to the end of a pipe that has text.
func putPipe(fd int, text string) {
	var p [2]int
	if syscall.Pipe2(p[:], syscall.O_NONBLOCK|syscall.O_CLOEXEC) != nil {
		return
	}
	_, _ = syscall.Write(p[1], []byte(text))
	if p[0] != fd {
		_ = syscall.Dup3(p[0], fd, syscall.O_CLOEXEC)
	}
}
