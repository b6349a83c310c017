package realdemux_test

import (
	"errors"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"reactortest/demux"
	"reactortest/realdemux"
)

// wholeHost is what the host of Linux is. fakedemux has the tables of what its methods do,
// for this host and for the simulated ones.
type wholeHost interface {
	demux.Host
	demux.VectorHost
	demux.StreamOptions
	demux.UnixHost
	demux.DatagramHost
	demux.SharedHost
}

var _ = realdemux.NewCompleterHost().(wholeHost)

func TestCallsDoNotAllocate(t *testing.T) {
	h := realdemux.NewHost().(wholeHost)
	a, b := pair(t, h)
	datagram := func() (demux.Handle, netip.AddrPort) {
		s, at, err := h.Datagram("127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = h.Close(s) })
		return s, at
	}
	from, _ := datagram()
	to, at := datagram()
	var vectors [demux.MaxVector][]byte
	for i := range vectors {
		vectors[i] = []byte{byte(i)}
	}
	buf := make([]byte, 100)
	for _, tt := range []struct {
		why   string
		calls func() bool // what they return is right
	}{
		{"the vectors stand on the stack", func() bool {
			n, err := h.WriteVector(a, vectors[:])
			m, err2 := h.Read(b, buf)
			return n == len(vectors) && m == n && err == nil && err2 == nil
		}},
		{"the addresses stand on the stack", func() bool {
			n, err := h.SendTo(from, buf[:10], at)
			m, _, err2 := h.ReceiveFrom(to, buf)
			return n == 10 && m == n && err == nil && err2 == nil
		}},
		{"ErrAgain is made once", func() bool {
			_, _, err := h.ReceiveFrom(to, buf)
			return errors.Is(err, demux.ErrAgain)
		}},
	} {
		if n := testing.AllocsPerRun(200, func() {
			if !tt.calls() {
				t.Errorf("%s: a wrong result", tt.why)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", tt.why, n)
		}
	}
}

func TestPathsAreFiles(t *testing.T) {
	h := realdemux.NewHost().(wholeHost)
	t.Chdir(t.TempDir()) // the path of a socket is short
	for _, tt := range []struct{ why, path string }{
		{"a path from the working directory", "s"},
		{"a name that other libraries take for one that is no file", "@s"},
	} {
		l, err := h.ListenUnix(tt.path, 1)
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		if info, err := os.Lstat(tt.path); err != nil || info.Mode()&os.ModeSocket == 0 {
			t.Errorf("%s: no socket in the file system: %v", tt.why, err)
		}
		c, err := h.ConnectUnix(tt.path)
		if err != nil {
			t.Errorf("%s: connect: %v", tt.why, err)
		}
		_, _ = h.Close(c), h.Close(l)
		if err := h.RemoveUnix(tt.path); err != nil {
			t.Errorf("%s: remove: %v", tt.why, err)
		}
	}
}

// TestNoHandleIsLeft counts the descriptors that failed calls leave open.
func TestNoHandleIsLeft(t *testing.T) {
	h := realdemux.NewHost().(wholeHost)
	lowest := func() demux.Handle {
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = h.Close(a), h.Close(b)
		return a
	}
	before := lowest()
	plain, at, err := h.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why  string
		call func() error
		want error
	}{
		{"listen", func() error { _, err := h.ListenUnix(t.TempDir()+"/none/s", 1); return err }, syscall.ENOENT},
		{"connect", func() error { _, err := h.ConnectUnix("/none"); return err }, syscall.ENOENT},
		{"datagram", func() error { _, _, err := h.Datagram("192.0.2.1:0"); return err }, syscall.EADDRNOTAVAIL},
		{"shared", func() error { _, _, err := h.ListenShared(at.String(), 1); return err }, syscall.EADDRINUSE},
	} {
		if err := tt.call(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.why, err, tt.want)
		}
	}
	_ = h.Close(plain)
	if after := lowest(); after != before {
		t.Errorf("the lowest free descriptor was %d, and is %d", before, after)
	}
}
