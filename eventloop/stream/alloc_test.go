package stream_test

import (
	"runtime"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
)

// vectorKernel is a kernel that writes vectors without an allocation.
type vectorKernel struct {
	*fakedemux.Kernel
	buffer []byte
}

func (k *vectorKernel) WriteVector(h demux.Handle, bufs [][]byte) (int, error) {
	k.buffer = k.buffer[:0]
	for _, b := range bufs {
		k.buffer = append(k.buffer, b...)
	}
	return k.Write(h, k.buffer)
}

// pairOf attaches one end of a pair, and returns the other.
func pairOf(t *testing.T, host demux.Host, o *stream.Options, h *stream.Handler) (*eventloop.Loop, *stream.Conn, demux.Handle) {
	t.Helper()
	loop, err := eventloop.Open(host, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = loop.Close() })
	a, b, err := host.Pair()
	if err != nil {
		t.Fatal(err)
	}
	c, err := stream.New(loop, o).Attach(a, h)
	if err != nil {
		t.Fatal(err)
	}
	return loop, c, b
}

// TestAllocations sees that nothing is allocated in the steady state.
func TestAllocations(t *testing.T) {
	message := pattern(0, 64)
	half := message[:32]
	room := make([]byte, 4096)
	echo := &stream.Handler{Data: func(c *stream.Conn, b []byte) { _ = c.Write(b) }}
	for _, tt := range []struct {
		why     string
		dialect string
		options stream.Options
		buffer  int // of a socket
		handler *stream.Handler
		cycle   func(k *fakedemux.Kernel, c *stream.Conn, peer demux.Handle, turn func())
	}{
		{
			why: "an echoed message", handler: echo,
			cycle: func(k *fakedemux.Kernel, _ *stream.Conn, peer demux.Handle, turn func()) {
				_, _ = k.Write(peer, message)
				turn()
				_, _ = k.Read(peer, room)
			},
		},
		{
			why: "an echoed message, with timeouts", handler: &stream.Handler{Open: func(c *stream.Conn) {
				c.SetReadTimeout(time.Hour)
				c.SetWriteTimeout(time.Hour)
			}, Data: echo.Data},
			cycle: func(k *fakedemux.Kernel, _ *stream.Conn, peer demux.Handle, turn func()) {
				_, _ = k.Write(peer, message)
				turn()
				_, _ = k.Read(peer, room)
			},
		},
		{
			why: "echoed messages that the socket does not take at once", buffer: 64,
			options: stream.Options{HighWater: 32}, handler: &stream.Handler{Data: func(c *stream.Conn, b []byte) {
				_ = c.Write(b)
				_ = c.Write(b)
			}},
			cycle: func(k *fakedemux.Kernel, _ *stream.Conn, peer demux.Handle, turn func()) {
				_, _ = k.Write(peer, message)
				for range 3 {
					turn()
					_, _ = k.Read(peer, room)
				}
			},
		},
		{
			why: "WriteVector", handler: echo,
			cycle: func(k *fakedemux.Kernel, c *stream.Conn, peer demux.Handle, _ func()) {
				_ = c.WriteVector(half, half, half)
				_, _ = k.Read(peer, room)
			},
		},
		{
			why: "WriteVector that the socket does not take at once", buffer: 64, handler: echo,
			cycle: func(k *fakedemux.Kernel, c *stream.Conn, peer demux.Handle, turn func()) {
				_ = c.WriteVector(half, half, half, half)
				for range 2 {
					_, _ = k.Read(peer, room)
					turn()
				}
				_, _ = k.Read(peer, room)
			},
		},
		{
			why: "Pause and Resume", handler: echo,
			cycle: func(_ *fakedemux.Kernel, c *stream.Conn, _ demux.Handle, turn func()) {
				c.Pause()
				turn()
				c.Resume()
				turn()
			},
		},
		{
			why: "an echoed message by operations", dialect: "iocp", options: stream.Options{Operations: true}, handler: echo,
			cycle: func(k *fakedemux.Kernel, _ *stream.Conn, peer demux.Handle, turn func()) {
				_, _ = k.Write(peer, message)
				turn()
				turn()
				_, _ = k.Read(peer, room)
			},
		},
	} {
		for _, vectors := range []bool{false, true} {
			k := direct(fakedemux.Options{Dialect: tt.dialect, StreamBuffer: tt.buffer})
			host := demux.Host(k)
			if vectors {
				host = &vectorKernel{Kernel: k}
			}
			loop, c, peer := pairOf(t, host, &tt.options, tt.handler)
			turn := func() {
				if _, err := loop.RunOnce(0); err != nil {
					t.Fatal(err)
				}
			}
			turn()
			got := testing.AllocsPerRun(300, func() { tt.cycle(k, c, peer, turn) })
			if got != 0 {
				t.Errorf("%s (vectors %v): %v allocations", tt.why, vectors, got)
			}
			if c.Over() || c.Queued() > 0 {
				t.Errorf("%s: over is %v, %d bytes are queued: the test tests something else", tt.why, c.Over(), c.Queued())
			}
		}
	}
}

// empty is a host on which nothing happens, and which keeps nothing.
type empty struct{ demux.Host }

func (empty) Open() (demux.Demux, error)                                             { return emptyDemux{}, nil }
func (empty) Now() time.Duration                                                     { return 0 }
func (empty) Yield(string)                                                           {}
func (empty) Close(demux.Handle) error                                               { return nil }
func (emptyDemux) Register(demux.Handle, demux.Token, demux.Ready, demux.Mode) error { return nil }
func (emptyDemux) Modify(demux.Handle, demux.Token, demux.Ready, demux.Mode) error   { return nil }
func (emptyDemux) Deregister(demux.Handle) error                                     { return nil }
func (emptyDemux) Wait([]demux.Event, time.Duration) (int, error)                    { return 0, nil }
func (emptyDemux) Wake() error                                                       { return nil }

type emptyDemux struct{ demux.Demux }

// TestMemory counts what a connection costs that has no queue and no timers.
func TestMemory(t *testing.T) {
	const conns, most = 10_000, 1 << 10
	loop, err := eventloop.Open(empty{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := stream.New(loop, nil)
	used := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := used()
	for i := range conns {
		if _, err := n.Attach(demux.Handle(i), &stream.Handler{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := loop.RunOnce(0); err != nil {
		t.Fatal(err)
	}
	each := (int64(used()) - int64(before)) / conns
	t.Logf("a connection costs %d bytes", each)
	if each > most {
		t.Errorf("a connection costs %d bytes, want %d at the most", each, most)
	}
	if n.Conns() != conns {
		t.Errorf("%d connections are left", n.Conns())
	}
}
