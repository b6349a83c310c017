//go:build unix

package stream_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

var (
	streamBytes = flag.Int64("stream.bytes", 128<<20, "bytes through one connection of the running kernel")
	streamConns = flag.Int("stream.conns", 10_000, "connections of the running kernel at a time")
)

// patience is how long a test waits for what must come.
const patience = 2 * time.Minute

// ways are how the running kernel is used: with readiness, and with io_uring where there is
// one.
var ways = []struct {
	name       string
	host       func() demux.Host
	operations bool
}{
	{"readiness", realdemux.NewHost, false},
	{"operations", realdemux.NewCompleterHost, true},
}

// server is a Net on the running kernel.
type server struct {
	t    *testing.T
	loop *eventloop.Loop
	net  *stream.Net
	addr string
}

// serve runs a server. The end of the test shuts it down, and sees it give back every
// descriptor and goroutine.
func serve(t *testing.T, host demux.Host, o stream.Options, h *stream.Handler) *server {
	t.Helper()
	return serveWith(t, host, nil, o, h)
}

// serveWith is serve with options of the loop.
func serveWith(t *testing.T, host demux.Host, of *eventloop.Options, o stream.Options, h *stream.Handler) *server {
	t.Helper()
	before, routines := descriptors(t), runtime.NumGoroutine()
	loop, err := eventloop.Open(host, of)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, loop: loop, net: stream.New(loop, &o)}
	l, err := s.net.Listen("127.0.0.1:0", h)
	if err != nil {
		t.Fatal(errors.Join(err, loop.Close()))
	}
	s.addr = l.Addr().String()
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(context.Background()) }()
	t.Cleanup(func() {
		s.post(func() { s.net.Shutdown(func() { _ = loop.Close() }) })
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if n := s.net.Conns(); n != 0 {
			t.Errorf("%d connections are left", n)
		}
		eventually(t, func() bool { return runtime.NumGoroutine() <= routines }, "goroutines are left")
		eventually(t, func() bool { return descriptors(t) <= before }, "descriptors are open that were not before")
	})
	return s
}

// eventually waits until cond holds: goroutines and sockets of package net end a little later.
func eventually(t *testing.T, cond func() bool, otherwise string) {
	t.Helper()
	for end := time.Now().Add(patience); !cond(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Error(otherwise)
			return
		}
	}
}

func (s *server) post(f func()) {
	if err := s.loop.Post(f); err != nil {
		s.t.Errorf("Post: %v", err)
	}
}

// descriptors counts what /proc/self/fd has, 0 where there is none.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(entries)
}

func (s *server) dial() (*net.TCPConn, error) {
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), c.SetDeadline(time.Now().Add(patience))
}

// echoing sends back what arrives.
var echoing = &stream.Handler{Data: func(c *stream.Conn, b []byte) {
	if err := c.Write(b); err != nil && !c.Over() {
		panic(err)
	}
}}

// block is what is sent again and again. Its size is prime: a piece that is lost or doubled
// moves everything after it.
var block = pattern(0, 1_048_583)

// TestRealBytes sends very many bytes through one connection, and gets them back.
func TestRealBytes(t *testing.T) {
	size := *streamBytes
	if testing.Short() {
		size = 4 << 20
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serve(t, way.host(), stream.Options{Operations: way.operations}, echoing)
			c, err := s.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if err := c.SetDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
			sent := make(chan error, 1)
			go func() {
				for left := size; left > 0; {
					n, err := c.Write(block[:min(int64(len(block)), left)])
					if left -= int64(n); err != nil {
						sent <- err
						return
					}
				}
				sent <- c.CloseWrite()
			}()
			got := make([]byte, 256<<10)
			at := int64(0)
			for {
				n, err := c.Read(got)
				for rest := got[:n]; len(rest) > 0; {
					want := block[at%int64(len(block)):]
					want = want[:min(len(want), len(rest))]
					if !bytes.Equal(rest[:len(want)], want) {
						t.Fatalf("other bytes came back after %d", at)
					}
					rest, at = rest[len(want):], at+int64(len(want))
				}
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("after %d bytes: %v", at, err)
				}
			}
			if err := <-sent; err != nil || at != size {
				t.Errorf("%d bytes came back of %d; the writer got %v", at, size, err)
			}
			t.Logf("%d MiB came back", at>>20)
		})
	}
}

// ask sends a message of the client's own, and reads it back.
func ask(c *net.TCPConn, id, round int) error {
	want := block[id%4096+round:][:1000]
	if _, err := c.Write(want); err != nil {
		return err
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(c, got); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return errors.New("other bytes came back than were sent")
	}
	return nil
}

// askAll has clients ask at the same time, each in its rounds.
func (s *server) askAll(clients, rounds int) {
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			c, err := s.dial()
			if err != nil {
				s.t.Error(err)
				return
			}
			defer c.Close()
			for round := range rounds {
				if err := ask(c, i, round); err != nil {
					s.t.Errorf("client %d, message %d: %v", i, round, err)
					return
				}
			}
		})
	}
	all.Wait()
}

// TestRealMany holds very many connections at a time, and uses all of them.
func TestRealMany(t *testing.T) {
	n := *streamConns
	if testing.Short() {
		n = 500
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = limit.Max // package os raises it too
	_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	if most := (int(min(limit.Cur, 1<<24)) - 200) / 2; n > most {
		t.Logf("%d descriptors may be open: there are %d connections and not %d", limit.Cur, most, n)
		n = most
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serve(t, way.host(), stream.Options{Operations: way.operations, ReadBuffer: 4096}, echoing)
			clients := make([]*net.TCPConn, n)
			for i := range clients {
				c, err := s.dial()
				if err != nil {
					t.Fatalf("connection %d: %v", i, err)
				}
				defer c.Close()
				clients[i] = c
			}
			var all sync.WaitGroup
			for i, c := range clients {
				all.Go(func() {
					for round := range 3 {
						if err := ask(c, i, round); err != nil {
							t.Errorf("client %d: %v", i, err)
							return
						}
					}
					if err := c.CloseWrite(); err != nil {
						t.Error(err)
					}
					if k, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
						t.Errorf("client %d: behind the last byte: %d bytes and %v, want the end", i, k, err)
					}
				})
			}
			all.Wait()
			t.Logf("%d connections", n)
		})
	}
}

// TestRealFlood has quiet connections beside one that sends as much as it can. The quiet
// ones are answered all the same.
func TestRealFlood(t *testing.T) {
	const quiet, rounds = 50, 10
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serve(t, way.host(), stream.Options{Operations: way.operations}, echoing)
			flood, err := s.dial()
			if err != nil {
				t.Fatal(err)
			}
			var flooding sync.WaitGroup
			flooding.Go(func() { _, _ = io.Copy(io.Discard, flood) })
			flooding.Go(func() {
				for {
					if _, err := flood.Write(block); err != nil {
						return
					}
				}
			})
			s.askAll(quiet, rounds)
			_ = flood.SetLinger(0)
			_ = flood.Close()
			flooding.Wait()
		})
	}
}

// TestRealPaused has connections that are paused, and whose peers send more. What they have
// sent takes nothing from the others.
func TestRealPaused(t *testing.T) {
	const paused = 300
	h := &stream.Handler{
		Data: func(c *stream.Conn, b []byte) {
			if b[0] == 'p' && len(b) < 1000 {
				c.Pause()
				return
			}
			_ = c.Write(b)
		},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			s := serve(t, way.host(), stream.Options{Operations: way.operations, ReadBuffer: 4096, CloseTimeout: time.Second}, h)
			for range paused {
				c, err := s.dial()
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				for _, piece := range []string{"p", "more", "and more"} {
					if _, err := c.Write([]byte(piece)); err != nil {
						t.Fatal(err)
					}
				}
			}
			c, err := s.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for i := range 100 {
				if err := ask(c, 1, i); err != nil {
					t.Fatalf("beside %d connections that are paused: %v", paused, err)
				}
			}
		})
	}
}

// TestRealVanish has peers that go away at every step, in order or by a reset. Every one of
// their connections gets Closed, and the server goes on.
func TestRealVanish(t *testing.T) {
	steps := []struct {
		why string
		do  func(c *net.TCPConn)
	}{
		{"after the connect", func(*net.TCPConn) {}},
		{"after a byte", func(c *net.TCPConn) { _, _ = c.Write(block[:1]) }},
		{"with answers unread", func(c *net.TCPConn) { _, _ = c.Write(block[:300_000]) }},
		{"while answers are read", func(c *net.TCPConn) {
			_, _ = c.Write(block[:50_000])
			_, _ = io.ReadFull(c, make([]byte, 10_000))
		}},
		{"after the end of its direction", func(c *net.TCPConn) { _, _ = c.Write(block[:50_000]); _ = c.CloseWrite() }},
		{"after everything", func(c *net.TCPConn) {
			_, _ = c.Write(block[:1000])
			_ = c.CloseWrite()
			_, _ = io.Copy(io.Discard, c)
		}},
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			for _, step := range steps {
				for _, reset := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, reset %v", step.why, reset), func(t *testing.T) {
						const peers = 20
						closed := make(chan error, peers+1)
						h := *echoing
						h.Closed = func(_ *stream.Conn, err error) { closed <- err }
						s := serve(t, way.host(), stream.Options{Operations: way.operations, HighWater: 4096, ReadBuffer: 4096}, &h)
						for range peers {
							c, err := s.dial()
							if err != nil {
								t.Fatal(err)
							}
							step.do(c)
							if reset {
								_ = c.SetLinger(0)
							}
							_ = c.Close()
						}
						for i := range peers {
							select {
							case <-closed:
							case <-time.After(patience):
								t.Fatalf("%d of %d connections got Closed", i, peers)
							}
						}
						c, err := s.dial()
						if err != nil {
							t.Fatal(err)
						}
						defer c.Close()
						if err := ask(c, 0, 0); err != nil {
							t.Errorf("a later client: %v", err)
						}
					})
				}
			}
		})
	}
}
