//go:build linux

package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLoadComparesBytes has servers that do something wrong with the 50th message.
func TestLoadComparesBytes(t *testing.T) {
	tests := []struct {
		why   string
		wrong func(b []byte) []byte // what comes back for the message
		want  string                // in the error; "": none
	}{
		{"an echo", func(b []byte) []byte { return b }, ""},
		{"a byte of the message is another", func(b []byte) []byte { b[len(b)-1]++; return b }, "other bytes"},
		{"the number of the connection is another", func(b []byte) []byte { b[0]++; return b }, "other bytes"},
		{"the number of the message is another", func(b []byte) []byte { b[8]--; return b }, "other bytes"},
		{"two bytes have changed places", func(b []byte) []byte { b[20], b[21] = b[21], b[20]; return b }, "other bytes"},
		{"a byte comes twice", func(b []byte) []byte { return append(b, b[len(b)-1]) }, "than were sent"},
		{"the connection is closed", func([]byte) []byte { return nil }, "closed a connection"},
	}
	for _, test := range tests {
		for _, epoll := range []bool{true, false} {
			for _, size := range []int{64, 16 << 10} {
				address := wrongServer(t, size, test.wrong)
				o := &options{network: "unix", address: address, conns: 4, size: size, epoll: epoll, requests: 1000, length: time.Millisecond}
				r, err := run(o)
				switch {
				case test.want == "" && err != nil:
					t.Errorf("%s, epoll %v, %d bytes: %v", test.why, epoll, size, err)
				case test.want == "" && r.Ops < 1000:
					t.Errorf("%s: %d messages came back, want 1000", test.why, r.Ops)
				case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
					t.Errorf("%s, epoll %v, %d bytes: the error is %v, want %q", test.why, epoll, size, err, test.want)
				}
			}
		}
	}
}

// wrongServer echoes messages of a size, and the 50th of each connection wrongly.
func wrongServer(t *testing.T, size int, wrong func([]byte) []byte) string {
	t.Helper()
	address := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveWrong(c, size, wrong)
		}
	}()
	return address
}

func serveWrong(c net.Conn, size int, wrong func([]byte) []byte) {
	defer func() { _ = c.Close() }()
	b := make([]byte, size, size+1)
	for n := 1; ; n++ {
		for got := 0; got < size; {
			k, err := c.Read(b[got:])
			if err != nil {
				return
			}
			got += k
		}
		out := b
		if n == 50 {
			if out = wrong(b); out == nil {
				return
			}
		}
		if _, err := c.Write(out); err != nil {
			return
		}
	}
}
