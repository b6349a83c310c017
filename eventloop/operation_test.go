package eventloop_test

import (
	"errors"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
)

// inCompleter runs f as the main task of a simulated kernel whose demuxes carry out
// operations.
func inCompleter(t *testing.T, f func(k *fakedemux.Kernel)) {
	t.Helper()
	k := fakedemux.New(&fakedemux.Options{Dialect: "iocp"})
	t.Cleanup(k.Stop)
	if err := k.Run(func() { f(k) }); err != nil {
		t.Fatal(err)
	}
}

func TestOperation(t *testing.T) {
	inCompleter(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		if !l.Carries() {
			t.Fatal("the loop carries out no operations")
		}
		a, b := pair(t, k)
		var done int
		o := &eventloop.Operation{Op: demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}}
		o.Done = func() { done++ }
		must(t, l.Submit(o))
		once(t, l)
		if done != 0 {
			t.Fatal("a read of nothing is done")
		}
		write(t, k, b)
		must(t, l.RunWhileAlive()) // the operation is all that is left
		if done != 1 || o.N != 1 || o.Err != nil {
			t.Errorf("done %d times, %d bytes, %v", done, o.N, o.Err)
		}
		must(t, l.Submit(o)) // again
		must(t, o.Cancel())
		must(t, l.RunWhileAlive())
		if done != 2 || !errors.Is(o.Err, demux.ErrCanceled) {
			t.Errorf("after Cancel: done %d times, %v", done, o.Err)
		}
		if err := o.Cancel(); !errors.Is(err, demux.ErrNotFound) {
			t.Errorf("Cancel of an operation that is over: %v", err)
		}
		must(t, l.Submit(o))
		must(t, l.Close())
		if _, err := l.RunOnce(0); !errors.Is(err, demux.ErrClosed) || done != 2 {
			t.Errorf("after Close: %v, done %d times", err, done)
		}
		must(t, k.Close(a))
		must(t, k.Close(b))
	})
}

// TestOperationsAndRegistrations has both in one batch, and a function that ends others.
func TestOperationsAndRegistrations(t *testing.T) {
	inCompleter(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		a, b := pair(t, k)
		c, d := pair(t, k)
		var g log
		r := watch(t, l, c, func(demux.Event) { g.say("readable") })
		o := &eventloop.Operation{Op: demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 8)}}
		o.Done = func() {
			g.say("read %d", o.N)
			must(t, r.Close())
		}
		must(t, l.Submit(o))
		write(t, k, b)
		write(t, k, d)
		must(t, l.RunWhileAlive())
		if got := g.String(); !strings.Contains(got, "read 1\n") || strings.Count(got, "readable") > 1 {
			t.Errorf("got %q", got)
		}
		for _, h := range []demux.Handle{a, b, c, d} {
			must(t, k.Close(h))
		}
		must(t, l.Close())
	})
}

func TestOperationMistakes(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		err := l.Submit(&eventloop.Operation{Done: func() {}})
		if l.Carries() || !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "epoll") {
			t.Errorf("Submit on epoll: %v", err)
		}
		must(t, l.Close())
		if err := l.Submit(&eventloop.Operation{Done: func() {}}); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Submit after Close: %v", err)
		}
	})
	inCompleter(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		a, b := pair(t, k)
		mustPanic(t, "without Done", func() { _ = l.Submit(&eventloop.Operation{Op: demux.Op{Kind: demux.OpRead, Handle: a}}) })
		o := &eventloop.Operation{Op: demux.Op{Kind: demux.OpRead, Handle: a, Buf: make([]byte, 1)}, Done: func() {}}
		must(t, l.Submit(o))
		mustPanic(t, "in flight", func() { _ = l.Submit(o) })
		must(t, l.Close())
		must(t, k.Close(a))
		must(t, k.Close(b))
	})
}
