//go:build !nbio_before_async

package findings

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/taskpool"
)

func startNbio(t *testing.T, c nbio.Config, set func(e *nbio.Engine)) (addr string) {
	t.Helper()
	addr = freeAddress(t)
	e := nbioOf(c, addr)
	set(e)
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = e.Shutdown(ctx)
	})
	return addr
}

func nbioOf(c nbio.Config, addr string) *nbio.Engine {
	logging.SetLevel(logging.LevelNone)
	c.Network, c.Addrs, c.NPoller = "tcp", []string{addr}, 1
	return nbio.NewEngine(c)
}

// TestNbioAccept leaves one descriptor, which the client takes: nbio calls accept again and
// again for the one connection that waits.
func TestNbioAccept(t *testing.T) {
	inChild(t, "10000 calls", func() string {
		addr, err := unused()
		if err != nil {
			return err.Error()
		}
		e := nbioOf(nbio.Config{}, addr)
		enough := make(chan struct{})
		var n atomic.Int64
		e.OnAcceptError(func(error) {
			if n.Add(1) == 10_000 {
				close(enough)
			}
		})
		if err := e.Start(); err != nil {
			return err.Error()
		}
		if err := oneDescriptor(); err != nil {
			return err.Error()
		}
		_, _ = net.Dial("tcp", addr) // the end of the server may reset it
		if _, ok := await(enough); ok {
			return "10000 calls"
		}
		return "fewer calls"
	})
}

// TestNbioDrain sends 60 001 bytes and ends, to a handler that is slow once: what is unread
// is dropped.
func TestNbioDrain(t *testing.T) {
	var got atomic.Int64
	closed := make(chan struct{})
	addr := startNbio(t, nbio.Config{ReadBufferSize: 4096}, func(e *nbio.Engine) {
		e.OnData(func(_ *nbio.Conn, b []byte) {
			if got.Add(int64(len(b))) == int64(len(b)) {
				time.Sleep(200 * time.Millisecond)
			}
		})
		e.OnClose(func(*nbio.Conn, error) { close(closed) })
	})
	c := dial(t, addr)
	_, _ = c.Write(make([]byte, 60_001))
	_ = c.Close()
	_, _ = await(closed)
	if n := got.Load(); n == 60_001 {
		t.Errorf("all %d bytes have come: the finding is mended", n)
	}
}

// TestNbioAsync sends 5 bytes and ends, with reads in the poller's goroutines, which have
// buffers: OnData is not called.
func TestNbioAsync(t *testing.T) {
	pool := taskpool.NewIO(16, 1024, 16384)
	t.Cleanup(pool.Stop)
	lost := 0
	for range 20 {
		var got atomic.Int64
		closed := make(chan struct{})
		addr := startNbio(t, nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true, IOExecute: pool.Go}, func(e *nbio.Engine) {
			e.OnData(func(_ *nbio.Conn, b []byte) { got.Add(int64(len(b))) })
			e.OnClose(func(*nbio.Conn, error) { close(closed) })
		})
		c := dial(t, addr)
		_, _ = c.Write([]byte("hello"))
		_ = c.Close()
		_, _ = await(closed)
		time.Sleep(10 * time.Millisecond)
		if got.Load() < 5 {
			lost++
		}
	}
	t.Logf("%d of 20 connections have lost their data", lost)
	if lost == 0 {
		t.Error("of 20 connections none has lost its data: the finding is mended")
	}
}

// TestNbioAsyncDefault sends 5 bytes, with reads in the poller's goroutines and without a
// function of its own for Config.IOExecute: OnData is not called, though the connection
// stays open. The pool that nbio makes has buffers of 0 bytes.
func TestNbioAsyncDefault(t *testing.T) {
	var got atomic.Int64
	addr := startNbio(t, nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true}, func(e *nbio.Engine) {
		e.OnData(func(_ *nbio.Conn, b []byte) { got.Add(int64(len(b))) })
	})
	c := dial(t, addr)
	_, _ = c.Write([]byte("hello"))
	time.Sleep(time.Second)
	if n := got.Load(); n > 0 {
		t.Errorf("%d bytes have come: the finding is mended", n)
	}
}

// TestNbioAsyncShrink sends 1 byte, and then 2 000 while OnData runs, with reads in the
// poller's goroutines, which have buffers of 16 384 bytes: each read is of 1 byte, as the
// first one was. The buffer stays that small for the next connection too.
func TestNbioAsyncShrink(t *testing.T) {
	pool := taskpool.NewIO(16, 1024, 16384)
	t.Cleanup(pool.Stop)
	var got, calls atomic.Int64
	first, sent, all := make(chan struct{}), make(chan struct{}), make(chan struct{})
	addr := startNbio(t, nbio.Config{EpollMod: nbio.EPOLLET, AsyncReadInPoller: true, IOExecute: pool.Go}, func(e *nbio.Engine) {
		e.OnData(func(_ *nbio.Conn, b []byte) {
			calls.Add(1)
			switch got.Add(int64(len(b))) {
			case 1:
				close(first)
				<-sent
			case 2001:
				close(all)
			}
		})
	})
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	_, _ = await(first)
	_, _ = c.Write(make([]byte, 2000))
	time.Sleep(100 * time.Millisecond)
	close(sent)
	if _, ok := await(all); !ok {
		t.Fatalf("%d of 2001 bytes have come", got.Load())
	}
	if n := calls.Load(); n < 1000 {
		t.Errorf("2000 bytes have come in %d calls of OnData: the finding is mended", n)
	}
}

// TestNbioStop stops the engine while OnOpen runs: Stop waits for that connection, and
// nothing closes it.
func TestNbioStop(t *testing.T) {
	addr := freeAddress(t)
	e := nbioOf(nbio.Config{}, addr)
	opens, goOn := make(chan struct{}), make(chan struct{})
	e.OnOpen(func(*nbio.Conn) {
		close(opens)
		<-goOn
	})
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	dial(t, addr)
	if _, ok := await(opens); !ok {
		t.Fatal("OnOpen was not called")
	}
	time.AfterFunc(100*time.Millisecond, func() { close(goOn) })
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := e.Shutdown(ctx); err == nil {
		t.Error("Stop has returned: the finding is mended")
	}
}

// TestNbioOneshot writes more than the socket holds to a reader that is slow, with
// EPOLLONESHOT: the rest stays.
func TestNbioOneshot(t *testing.T) {
	addr := startNbio(t, nbio.Config{EpollMod: nbio.EPOLLET, EPOLLONESHOT: nbio.EPOLLONESHOT}, func(e *nbio.Engine) {
		e.OnData(func(c *nbio.Conn, _ []byte) { _, _ = c.Write(big) })
	})
	c := dial(t, addr)
	_, _ = c.Write([]byte("x"))
	time.Sleep(200 * time.Millisecond)
	if got := drainSlowly(c); got >= len(big) {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
}

// drainSlowly is drain with small reads and pauses, so that the sender meets a full socket
// several times.
func drainSlowly(c net.Conn) (n int) {
	var buf [1 << 14]byte
	for {
		_ = c.SetReadDeadline(time.Now().Add(patience))
		m, err := c.Read(buf[:])
		n += m
		if err != nil {
			return n
		}
		time.Sleep(100 * time.Microsecond)
	}
}

// TestNbioOpen writes more than the socket holds in OnOpen: the rest stays.
func TestNbioOpen(t *testing.T) {
	addr := startNbio(t, nbio.Config{}, func(e *nbio.Engine) {
		e.OnOpen(func(c *nbio.Conn) { _, _ = c.Write(big) })
	})
	if got := drain(dial(t, addr)); got >= len(big) {
		t.Errorf("all %d bytes have come: the finding is mended", got)
	}
}

// TestNbioClose closes a connection while OnData runs: OnClose does not wait for it.
func TestNbioClose(t *testing.T) {
	var inside atomic.Bool
	entered, overlaps := make(chan *nbio.Conn, 1), make(chan bool, 1)
	addr := startNbio(t, nbio.Config{}, func(e *nbio.Engine) {
		e.OnData(func(c *nbio.Conn, _ []byte) {
			inside.Store(true)
			entered <- c
			time.Sleep(300 * time.Millisecond)
			inside.Store(false)
		})
		e.OnClose(func(*nbio.Conn, error) { overlaps <- inside.Load() })
	})
	_, _ = dial(t, addr).Write([]byte("x"))
	c, ok := await(entered)
	if !ok {
		t.Fatal("OnData is not called")
	}
	_ = c.Close()
	if overlap, _ := await(overlaps); !overlap {
		t.Error("OnClose has waited for OnData: the finding is mended")
	}
}

// TestNbioRegister closes a connection in OnOpen and opens pipes there, one of which gets
// its number: nbio waits for that pipe.
func TestNbioRegister(t *testing.T) {
	opened := make(chan string, 1)
	var pipes [8][2]int
	addr := startNbio(t, nbio.Config{}, func(e *nbio.Engine) {
		e.OnOpen(func(c *nbio.Conn) {
			_ = c.Close()
			for i := range pipes {
				if err := syscall.Pipe(pipes[i][:]); err != nil {
					opened <- err.Error()
					return
				}
			}
			opened <- ""
		})
	})
	dial(t, addr)
	if text, ok := await(opened); !ok || text != "" {
		t.Fatalf("OnOpen is called: %v %s", ok, text)
	}
	time.Sleep(50 * time.Millisecond)
	watched := false
	for _, p := range pipes {
		for _, fd := range p {
			watched = watched || isWatched(t, fd)
			_ = syscall.Close(fd)
		}
	}
	if !watched {
		t.Error("no pipe is watched: the finding is mended")
	}
}

// isWatched reports whether an epoll instance of the process watches descriptor fd.
func isWatched(t *testing.T, fd int) bool {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil { // it is closed by now
			continue
		}
		for line := range strings.Lines(string(b)) {
			var watched int
			if n, _ := fmt.Sscanf(line, "tfd: %d", &watched); n == 1 && watched == fd {
				return true
			}
		}
	}
	return false
}
