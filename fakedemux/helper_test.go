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
func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newStream returns the two ends of a connection.
func newStream(t testing.TB, k *fakedemux.Kernel, tcp bool) (a, b demux.Handle) {
	t.Helper()
	if !tcp {
		a, b, err := k.Pair()
		if err != nil {
			t.Fatal(err)
		}
		return a, b
	}
	l, at, err := k.Listen("127.0.0.1:0", 1)
	if err != nil {
		t.Fatal(err)
	}
	a = must(k.Connect(at))(t)
	b = must(k.Accept(l))(t)
	if err := k.Close(l); err != nil {
		t.Fatal(err)
	}
	return a, b
}
