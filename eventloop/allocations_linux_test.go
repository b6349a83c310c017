package eventloop_test

import (
	"testing"
	"time"

	"reactortest/demux"
)

// TestRealAllocations is what a server does, on the running kernel: none of it
// allocates.
func TestRealAllocations(t *testing.T) {
	h, l := openReal(t)
	a, b := pair(t, h)
	buf := make([]byte, 64)
	reads, fires, posts := 0, 0, 0
	idle := l.AfterFunc(time.Hour, func() { t.Error("an hour has passed") })
	watch(t, l, a, func(demux.Event) {
		n, err := h.Read(a, buf)
		must(t, err)
		reads += n
		if _, err := h.Read(a, buf); err == nil {
			t.Error("more than was written")
		}
		idle.Reset(time.Hour)
	})
	fire, post := func() { fires++ }, func() { posts++ }
	iteration := func() {
		if _, err := h.Write(b, buf[:1]); err != nil {
			t.Fatal(err)
		}
		must(t, l.Post(post))
		l.AfterFunc(time.Hour, fire).Stop()
		l.AfterFunc(0, fire)
		for seen := reads; reads == seen; {
			if _, err := l.RunOnce(-1); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := l.RunOnce(time.Microsecond); err != nil { // a wait that sleeps
			t.Fatal(err)
		}
	}
	for range 10 {
		iteration()
	}
	if n := testing.AllocsPerRun(1000, iteration); n != 0 {
		t.Errorf("%v allocations an iteration, want none", n)
	}
	if fires != reads || posts != reads {
		t.Errorf("%d reads, %d timers, %d posts, want as many of each", reads, fires, posts)
	}
	must(t, h.Close(a))
	must(t, h.Close(b))
}
