package stream_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/eventloop"
	"reactortest/eventloop/stream"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// direct returns a kernel without tasks: the test is the only thread.
func direct(o fakedemux.Options) *fakedemux.Kernel {
	o.Runner = scheduler.NewDirect()
	o.Budget = scheduler.Budget{Steps: 1 << 30, Decisions: 1 << 30, Time: 1 << 60}
	return fakedemux.New(&o)
}

// open opens a loop that the end of the test closes.
func open(t testing.TB, k *fakedemux.Kernel) *eventloop.Loop {
	t.Helper()
	l, err := eventloop.Open(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// TestBadArguments sees the caller's mistakes panic with a text that names them.
func TestBadArguments(t *testing.T) {
	k := direct(fakedemux.Options{})
	loop := open(t, k)
	n := stream.New(loop, nil)
	a, _, err := k.Pair()
	if err != nil {
		t.Fatal(err)
	}
	c, err := n.Attach(a, &stream.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := n.Listen("127.0.0.1:0", &stream.Handler{})
	if err != nil {
		t.Fatal(err)
	}
	with := func(o stream.Options) func() { return func() { stream.New(loop, &o) } }
	for _, tt := range []struct {
		why  string
		call func()
		name string // in the text of the panic
	}{
		{"below the range", with(stream.Options{ReadBuffer: -1}), "ReadBuffer"},
		{"a buffer of more than 16 MiB", with(stream.Options{ReadBuffer: stream.MaxReadBuffer + 1}), "ReadBuffer"},
		{"below the range", with(stream.Options{HighWater: -1}), "HighWater"},
		{"above the range", with(stream.Options{HighWater: 1<<30 + 1}), "HighWater"},
		{"below the range", with(stream.Options{LowWater: -1}), "LowWater"},
		{"above HighWater", with(stream.Options{HighWater: 10, LowWater: 11}), "LowWater"},
		{"above the default of HighWater", with(stream.Options{LowWater: stream.DefaultHighWater + 1}), "LowWater"},
		{"below the range", with(stream.Options{MaxQueue: -1}), "MaxQueue"},
		{"below the range", with(stream.Options{MaxConns: -1}), "MaxConns"},
		{"above the range", with(stream.Options{MaxConns: 1<<24 + 1}), "MaxConns"},
		{"below the range", with(stream.Options{Backlog: -1}), "Backlog"},
		{"above the range", with(stream.Options{Backlog: 1<<16 + 1}), "Backlog"},
		{"a negative time", with(stream.Options{CloseTimeout: -1}), "CloseTimeout"},
		{"no handler", func() { _, _ = n.Attach(a, nil) }, "Handler"},
		{"no handler", func() { _, _ = n.Dial(l.Addr(), 0, nil) }, "Handler"},
		{"no handler", func() { _, _ = n.Listen("127.0.0.1:0", nil) }, "Handler"},
		{"no function", func() { n.Shutdown(nil) }, "Shutdown"},
		{"a negative time", func() { c.SetReadTimeout(-1) }, "SetReadTimeout"},
		{"a negative time", func() { c.SetWriteTimeout(-1) }, "SetWriteTimeout"},
	} {
		leaks := len(k.Leaks())
		func() {
			defer func() {
				text := fmt.Sprint(recover())
				if !strings.HasPrefix(text, "stream: ") || !strings.Contains(text, tt.name) {
					t.Errorf("%s of %s: the panic says %q", tt.why, tt.name, text)
				}
			}()
			tt.call()
		}()
		if got := len(k.Leaks()); got != leaks {
			t.Errorf("%s of %s: %d handles were open, and %d are after the panic", tt.why, tt.name, leaks, got)
		}
	}
}

// TestAtTheLimits has options at the ends of their ranges.
func TestAtTheLimits(t *testing.T) {
	for _, o := range []*stream.Options{
		nil,
		{ReadBuffer: 1, HighWater: 1, LowWater: 1, MaxQueue: 1, MaxConns: 1, CloseTimeout: 1, Backlog: 1},
		{ReadBuffer: stream.MaxReadBuffer, HighWater: 1 << 30, LowWater: 1 << 30, MaxQueue: 1 << 30, MaxConns: 1 << 24, CloseTimeout: 1<<63 - 1, Backlog: 1 << 16},
	} {
		k := direct(fakedemux.Options{})
		loop := open(t, k)
		n := stream.New(loop, o)
		if n.Loop() != loop {
			t.Error("Loop returned another loop")
		}
		a, b, err := k.Pair()
		if err != nil {
			t.Fatal(err)
		}
		var got []byte
		c, err := n.Attach(a, &stream.Handler{Data: func(_ *stream.Conn, b []byte) { got = append(got, b...) }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Write(b, []byte("hello")); err != nil {
			t.Fatal(err)
		}
		for len(got) < 5 {
			if _, err := loop.RunOnce(time.Second); err != nil {
				t.Fatal(err)
			}
		}
		if c.Net() != n || c.Handle() != a || n.Conns() != 1 {
			t.Errorf("Net, Handle or Conns is wrong: %d", n.Conns())
		}
		c.Abort(nil)
		if _, err := loop.RunOnce(0); err != nil {
			t.Fatal(err)
		}
		if n.Conns() != 0 {
			t.Errorf("Conns is %d after Abort", n.Conns())
		}
	}
}
