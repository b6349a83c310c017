//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/realdemux"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

var (
	connections = flag.Int("echo.connections", 1000, "connections at a time; make test-streams has 10,000")
	streamSize  = flag.Int64("echo.bytes", 64<<20, "bytes through one connection; make test-streams has 1 GiB")
)

// real runs a server on the operating system, and returns its address. The end of the test
// stops it, and sees it give back every descriptor.
func real(t *testing.T) netip.AddrPort {
	t.Helper()
	return realOn(t, realdemux.NewHost(), nil)
}

// realOn is real on a host of the test's choice.
func realOn(t *testing.T, h demux.Host, o *stream.Options) netip.AddrPort {
	t.Helper()
	haveBackend(t)
	before := descriptors(t)
	loop, err := eventloop.Open(h, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := stream.New(loop, o)
	l, err := n.Listen("127.0.0.1:0", &stream.Handler{Data: echo})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- loop.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := loop.Post(func() { stop(n) }); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if after := descriptors(t); after != before {
			t.Errorf("%d descriptors are open, %d were before", after, before)
		}
	})
	return l.Addr()
}

// haveBackend skips the test on systems without a demultiplexer.
func haveBackend(t *testing.T) {
	t.Helper()
	d, err := realdemux.Open()
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system has no backend yet")
	}
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		t.Fatal(err)
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

func dial(t *testing.T, addr netip.AddrPort) *net.TCPConn {
	t.Helper()
	c, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// ask sends a message of the client's own and reads it back.
func ask(c *net.TCPConn, id int) error {
	want := pattern(id, 0, 1000)
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

// TestRealMany holds many connections at a time, kills half of them, and sees
// the others served and no descriptor left behind.
func TestRealMany(t *testing.T) {
	haveBackend(t)
	if room, limit := roomFor(*connections); !room {
		t.Skipf("%d descriptors may be open, too few for %d connections", limit, *connections)
	}
	serverIn := real
	if room, _ := roomFor(2 * *connections); !room {
		serverIn = process // both ends are too many for one process
	}
	addr := serverIn(t)
	clients := make([]*net.TCPConn, *connections)
	for i := range clients {
		clients[i] = dial(t, addr)
		defer clients[i].Close()
	}
	askAll(t, clients)
	for i, c := range clients {
		if i%2 == 0 {
			_ = c.SetLinger(0) // a reset, not an orderly end
			_ = c.Close()
		}
	}
	var left []*net.TCPConn
	for i, c := range clients {
		if i%2 == 1 {
			left = append(left, c)
		}
	}
	askAll(t, left)
	for _, c := range left {
		if err := c.CloseWrite(); err != nil {
			t.Error(err)
		}
		if n, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("behind the last byte: %d bytes and %v, want the end", n, err)
		}
	}
}

// askAll uses all clients at the same time.
func askAll(t *testing.T, clients []*net.TCPConn) {
	t.Helper()
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() {
			if err := ask(c, i); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// TestRealStream sends much through one connection, which is read and written
// at the same time, and then half closed.
func TestRealStream(t *testing.T) { streamThrough(t, real(t)) }

// TestRealStreamOperations does so by operations: io_uring carries out the reads and writes.
func TestRealStreamOperations(t *testing.T) {
	d, err := realdemux.OpenCompleter()
	if err != nil {
		t.Skipf("this system carries out no operations: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	streamThrough(t, realOn(t, realdemux.NewCompleterHost(), &stream.Options{Operations: true}))
}

func streamThrough(t *testing.T, addr netip.AddrPort) {
	t.Helper()
	c := dial(t, addr)
	defer c.Close()
	block := pattern(1, 0, 1<<20)
	sent := make(chan error, 1)
	go func() {
		for left := *streamSize; left > 0; {
			n, err := c.Write(block[:min(left, int64(len(block)))])
			if err != nil {
				sent <- err
				return
			}
			left -= int64(n)
		}
		sent <- c.CloseWrite()
	}()
	b := make([]byte, len(block))
	var got int64
	for {
		n, err := io.ReadFull(c, b)
		if !bytes.Equal(b[:n], block[:n]) {
			t.Fatalf("behind %d bytes others came back than were sent", got)
		}
		got += int64(n)
		if err != nil {
			break
		}
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if got != *streamSize {
		t.Errorf("%d bytes came back, %d were sent", got, *streamSize)
	}
}

// TestRealStop interrupts the program that main runs.
func TestRealStop(t *testing.T) {
	haveBackend(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if err := run(ctx, "127.0.0.1:0"); err != nil {
		t.Errorf("run: %v", err)
	}
	if err := run(ctx, "nowhere"); err == nil {
		t.Error("run on no address: no error")
	}
}
