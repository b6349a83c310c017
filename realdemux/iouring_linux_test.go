package realdemux_test

import (
	"errors"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

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

// completerHost is the running system with a completer for a demux.
type completerHost struct {
	demux.Host
}

func (completerHost) Open() (demux.Demux, error) { return realdemux.OpenCompleter() }

// Stream makes a socket that is not connected.
func (completerHost) Stream(addr netip.Addr) (demux.Handle, error) {
	family := unix.AF_INET
	if addr.Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return demux.NoHandle, err
	}
	return demux.Handle(fd), nil
}

func newCompleterHost(testing.TB) demux.Host { return completerHost{realdemux.NewHost()} }

func TestDemuxOfIOUring(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestDemux(t, newCompleterHost)
}

func TestCompleterOfIOUring(t *testing.T) {
	_ = openCompleter(t).Close()
	proptest.TestCompleter(t, newCompleterHost)
}
