package realdemux_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/realdemux"
)

// TestSpin has a Wait poll before it sleeps.
func TestSpin(t *testing.T) {
	h := realdemux.NewHost()
	for _, tt := range []struct {
		why     string
		spin    time.Duration
		timeout time.Duration
	}{
		{"it ends within the timeout", time.Millisecond, 5 * time.Millisecond},
		{"it is longer than the timeout", time.Hour, time.Millisecond},
		{"no time at all", 1, time.Millisecond},
		{"off again", 0, time.Millisecond},
	} {
		d := open(t)
		d.(interface{ SetSpin(d time.Duration) }).SetSpin(tt.spin)
		a, b := pair(t, h)
		if err := d.Register(a, 1, demux.Readable, demux.Level); err != nil {
			t.Fatal(err)
		}
		dst := make([]demux.Event, 2)
		for range 3 {
			began := h.Now()
			if n, err := d.Wait(dst, tt.timeout); n != 0 || err != nil {
				t.Errorf("%s: got %d, %v, want nothing", tt.why, n, err)
			}
			if took := h.Now() - began; took < tt.timeout {
				t.Errorf("%s: Wait returned after %v, before its timeout of %v", tt.why, took, tt.timeout)
			}
		}
		go func() { _ = d.Wake() }()
		if n, err := d.Wait(dst, patience); n != 0 || err != nil {
			t.Errorf("%s: got %d, %v, want a Wake", tt.why, n, err)
		}
		go func() { _, _ = h.Write(b, []byte("x")) }()
		if n, err := d.Wait(dst, patience); n != 1 || err != nil {
			t.Errorf("%s: got %d, %v, want an event", tt.why, n, err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestLargeBuffers has more in one call than is copied without the scheduler.
func TestLargeBuffers(t *testing.T) {
	h := realdemux.NewHost()
	a, b := pair(t, h)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	buf, got := make([]byte, len(sent)), []byte(nil)
	for rest := sent; len(got) < len(sent); {
		n, err := h.Write(b, rest)
		if err != nil && !errors.Is(err, demux.ErrAgain) {
			t.Fatal(err)
		}
		rest = rest[n:]
		n, err = h.Read(a, buf)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, buf[:n]...)
	}
	if !bytes.Equal(got, sent) {
		t.Error("what was read is not what was written")
	}
	if _, err := h.Read(a, buf); !errors.Is(err, demux.ErrAgain) {
		t.Errorf("Read of nothing: got %v, want ErrAgain", err)
	}
	if err := h.CloseWrite(b); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(a, buf); !errors.Is(err, io.EOF) {
		t.Errorf("Read at the end: got %v, want EOF", err)
	}
	if err := h.CloseWrite(a); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Write(b, sent); err == nil {
		t.Error("Write after CloseWrite: no error")
	}
}
