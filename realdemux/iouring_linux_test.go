package realdemux_test

import (
	"errors"
	"net/netip"
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

// openCompleter opens a completer, and skips the test where the kernel refuses.
func openCompleter(tb testing.TB) demux.Completer {
	tb.Helper()
	d, err := realdemux.OpenCompleter()
	if errors.Is(err, errors.ErrUnsupported) {
		tb.Skip(err)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

// stream makes a socket that is not connected.
func stream(tb testing.TB, h demux.Host, addr netip.Addr) demux.Handle {
	tb.Helper()
	s, err := h.(interface {
		Stream(addr netip.Addr) (demux.Handle, error)
	}).Stream(addr)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func newCompleterHost(testing.TB) demux.Host { return realdemux.NewCompleterHost() }

func TestDemuxOfIOUring(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestDemux(t, newCompleterHost)
}

func TestCompleterOfIOUring(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestCompleter(t, newCompleterHost)
}

// threadHost is a host whose completers are made for one thread.
type threadHost struct{ demux.Host }

func (h threadHost) Open() (demux.Demux, error) {
	return h.Host.(interface {
		OpenOnThread() (demux.Demux, error)
	}).OpenOnThread()
}

func (h threadHost) Stream(addr netip.Addr) (demux.Handle, error) {
	return h.Host.(interface {
		Stream(addr netip.Addr) (demux.Handle, error)
	}).Stream(addr)
}

func newThreadHost(testing.TB) demux.Host { return threadHost{realdemux.NewCompleterHost()} }

func TestDemuxOnThread(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestDemux(t, newThreadHost)
}

func TestCompleterOnThread(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestCompleter(t, newThreadHost)
}

// batchingHost is a host whose completers batch, but for what is submitted before a handle is
// closed.
type batchingHost struct {
	demux.Host
	opened []demux.Batcher
}

func (h *batchingHost) Open() (demux.Demux, error) {
	d, err := h.Host.Open()
	if err != nil {
		return nil, err
	}
	h.opened = append(h.opened, d.(demux.Batcher))
	return d, d.(demux.Batcher).SetBatch(true)
}

func (h *batchingHost) Close(x demux.Handle) error {
	for _, d := range h.opened {
		_ = d.SetBatch(false) // ErrClosed: nothing of it is left
		_ = d.SetBatch(true)
	}
	return h.Host.Close(x)
}

func (h *batchingHost) Stream(addr netip.Addr) (demux.Handle, error) {
	return h.Host.(interface {
		Stream(addr netip.Addr) (demux.Handle, error)
	}).Stream(addr)
}

func TestCompleterThatBatches(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestCompleter(t, func(testing.TB) demux.Host { return &batchingHost{Host: realdemux.NewCompleterHost()} })
}

// TestBatchedNumberOfAnotherKind gives the number of a socket to a pipe between two reads.
func TestBatchedNumberOfAnotherKind(t *testing.T) {
	d := openCompleter(t)
	defer func() { _ = d.Close() }()
	if err := d.(demux.Batcher).SetBatch(true); err != nil {
		t.Fatal(err)
	}
	h := realdemux.NewHost()
	read := func(x, from demux.Handle) {
		t.Helper()
		op := &demux.Op{Kind: demux.OpRead, Handle: x, Buf: make([]byte, 8)}
		if err := d.Submit(op, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Write(from, []byte("x")); err != nil {
			t.Fatal(err)
		}
		events := make([]demux.Event, 4)
		n, err := d.Wait(events, -1)
		if err != nil || n != 1 || events[0].Op != op || op.N != 1 || op.Err != nil {
			t.Fatalf("Wait: %d, %v; the read has %d bytes, %v", n, err, op.N, op.Err)
		}
	}
	a, b, err := h.Pair()
	if err != nil {
		t.Fatal(err)
	}
	read(a, b)
	_ = h.Close(a)
	_ = h.Close(b)
	r, w, err := h.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if r != a {
		t.Fatalf("the pipe has the numbers %d and %d, not those of the pair, %d and %d", r, w, a, b)
	}
	read(r, w)
	_ = h.Close(r)
	_ = h.Close(w)
}
