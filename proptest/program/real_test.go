package program_test

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

// onBoth runs a program once on the simulated host and once on the real one, if
// there is a backend for it.
func onBoth(t *testing.T, f func(t testing.TB, h demux.Host)) {
	t.Helper()
	t.Run("simulated", func(t *testing.T) {
		k := fakedemux.New(nil)
		defer k.Stop()
		if err := k.Run(func() { f(t, k) }); err != nil {
			t.Error(err)
		}
	})
	t.Run("real", func(t *testing.T) {
		if d, err := realdemux.Open(); err != nil {
			t.Skipf("not judged: %v", err)
		} else if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		f(t, realdemux.NewHost())
	})
}

func TestSleepAndAwaitAndGo(t *testing.T) {
	onBoth(t, func(t testing.TB, h demux.Host) {
		began := h.Now()
		proptest.Sleep(h, 3*time.Millisecond)
		if took := h.Now() - began; took < 3*time.Millisecond {
			t.Errorf("a sleep of 3ms took %v", took)
		}
		a, b, err := h.Pair()
		if err != nil {
			t.Fatal(err)
		}
		if err := proptest.Await(h, a, demux.Writable, -1); err != nil {
			t.Errorf("await room: %v", err)
		}
		deadline := h.Now() + 2*time.Millisecond
		if err := proptest.Await(h, a, demux.Readable, deadline); !errors.Is(err, os.ErrDeadlineExceeded) || h.Now() < deadline {
			t.Errorf("await data that does not come: %v", err)
		}
		if err := proptest.Await(h, a, demux.Readable, 0); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("await data until a moment that has passed: %v", err)
		}
		var woken atomic.Bool
		wait := proptest.Go(h, "reader", func() {
			if err := proptest.Await(h, a, demux.Readable, -1); err != nil {
				t.Errorf("await data: %v", err)
			}
			woken.Store(true)
		})
		proptest.Sleep(h, time.Millisecond)
		if woken.Load() {
			t.Error("the reader was woken before there was data")
		}
		write(t, h, b, "x")
		wait()
		wait() // it has returned: no wait
		if !woken.Load() {
			t.Error("the wait is over before the task")
		}
		_ = h.Close(b)
		if err := proptest.Await(h, a, demux.Writable, -1); err != nil {
			t.Errorf("await room towards a peer that is gone: %v", err)
		}
		_ = h.Close(a)
		if err := proptest.Await(h, a, demux.Readable, -1); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("await of a closed handle: %v, want EBADF", err)
		}
	})
}

// TestAwaitForgets sees that a task whose deadline came is not woken later.
func TestAwaitForgets(t *testing.T) {
	k := fakedemux.New(nil)
	defer k.Stop()
	err := k.Run(func() {
		a, b, _ := k.Pair()
		k.Go("peer", func() {
			k.Sleep(2 * time.Millisecond)
			write(t, k, b, "x")
		})
		if err := proptest.Await(k, a, demux.Readable, time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("await: %v", err)
		}
		k.Sleep(10 * time.Millisecond)
		if k.Now() != 11*time.Millisecond {
			t.Errorf("a sleep of 10ms from 1ms ended at %v", k.Now())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAwaitRefuses(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Await of nothing does not panic")
		}
	}()
	_ = proptest.Await(fakedemux.New(nil), 0, 0, 0)
}

// TestGreetReal runs a correct program, and one that leaks, on the real kernel.
func TestGreetReal(t *testing.T) {
	d, err := realdemux.Open()
	if err != nil {
		t.Skipf("not judged: %v", err)
	}
	_ = d.Close()
	var onReal bool
	real := func() demux.Host {
		onReal = true
		return realdemux.NewHost()
	}
	o := proptest.Options{Host: real, HostRuns: 5, Runs: 5, Plan: steady}
	if r := check(t, greet, o); r.Failure != nil || r.Real == nil || r.Real.Runs != 5 {
		t.Errorf("judged on the real kernel: %+v, %+v", r.Real, r.Failure)
	}
	onReal = false
	var left demux.Handle
	leaks := func(t testing.TB, h demux.Host) {
		greet(t, h)
		if onReal {
			a, b, err := h.Pair()
			if err != nil {
				t.Fatal(err)
			}
			_ = h.Close(a)
			left = b
		}
	}
	r := check(t, leaks, o)
	if f := r.Failure; f == nil || f.Rule != "program-closes-handles" || f.Mode != "real" {
		t.Fatalf("a leak on the real kernel: %+v, want program-closes-handles", f)
	}
	_ = realdemux.NewHost().Close(left)
}
