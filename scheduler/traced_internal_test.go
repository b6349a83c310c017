package scheduler

import (
	"sync/atomic"
	"testing"
	"time"
)

func TestTracerIn(t *testing.T) {
	for _, c := range []struct {
		why, status string
		want        bool
	}{
		{"nobody", "Name:\ta\nTracerPid:\t0\nUid:\t1", false},
		{"a debugger", "Name:\ta\nTracerPid:\t4711\nUid:\t1", true},
		{"its number is the last line", "TracerPid:\t10", true},
		{"a system that does not tell", "Name:\ta\n", false},
		{"nothing", "", false},
		{"a line without a number", "TracerPid:\n", false},
		{"a program with such a name", "Name:\tTracerPid:\t7\nTracerPid:\t0\n", false},
	} {
		if got := tracerIn(c.status); got != c.want {
			t.Errorf("%s: %v, want %v", c.why, got, c.want)
		}
	}
}

// A watchdog asks, whenever it would bark, whether somebody is debugging.
func TestWatchdogIsOffWhileTraced(t *testing.T) {
	const asks = 3
	var asked atomic.Int32
	hung := make(chan int32, 1)
	w := newWatchdog(time.Millisecond, func([]byte) { hung <- asked.Load() }, func() bool { return asked.Add(1) <= asks })
	defer w.Stop()
	w.Begin()
	if n := <-hung; n <= asks {
		t.Errorf("it barked when it had asked %d times, with a tracer for the first %d", n, asks)
	}
	w.End()
}
