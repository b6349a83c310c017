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
