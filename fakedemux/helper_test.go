package fakedemux_test

import (
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// direct returns a kernel without tasks: the test is the only thread.
func direct(o fakedemux.Options) *fakedemux.Kernel {
	o.Runner = scheduler.NewDirect()
	return fakedemux.New(&o)
}

// must ends the test if a call failed that the test needs.
func must[T any](v T, err error) func(tb testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

// newStream returns the two ends of a connection.
func newStream(tb testing.TB, k *fakedemux.Kernel, tcp bool) (a, b demux.Handle) {
	tb.Helper()
	if !tcp {
		a, b, err := k.Pair()
		if err != nil {
			tb.Fatal(err)
		}
		return a, b
	}
	l, at, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		tb.Fatal(err)
	}
	a = must(k.Connect(at))(tb)
	b = must(k.Accept(l))(tb)
	if err := k.Close(l); err != nil {
		tb.Fatal(err)
	}
	return a, b
}
