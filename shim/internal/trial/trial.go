// Package trial runs small programs of goroutines on a simulated kernel, for the tests of
// the packages beside it.
package trial

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// Run is a run of a program.
type Run struct {
	Kernel *fakedemux.Kernel
	Bubble *bubble.Bubble
	Err    error         // what ended the run early
	Left   []string      // goroutines that had not ended when the world returned
	Calls  []bubble.Call // what calls have returned
	Said   strings.Builder
}

// Say adds a line to the log of the run, with the time.
func (r *Run) Say(format string, args ...any) {
	r.Bubble.Do("say", -1, func() {
		fmt.Fprintf(&r.Said, "%v ", r.Kernel.Now())
		fmt.Fprintf(&r.Said, format+"\n", args...)
	})
}

// Digest is everything that a run has done.
func (r *Run) Digest() string {
	return fmt.Sprint(r.Said.String(), r.Calls, r.Err, r.Left, r.Kernel.Now(), r.Kernel.Leaks())
}

// Quiet runs a program on a plain kernel. A run that does not end by itself fails the
// test.
func Quiet(t *testing.T, program func(r *Run)) *Run {
	t.Helper()
	r := Play(t, &fakedemux.Options{First: 3}, scheduler.NewQuiet(), 0, program)
	if r.Err != nil || len(r.Left) > 0 {
		t.Errorf("the run ended with %v, left %v\n%s", r.Err, r.Left, r.Said.String())
	}
	return r
}

// Play makes run n of a program under a strategy. The program is a goroutine, and the
// world sleeps for an hour meanwhile.
func Play(t *testing.T, o *fakedemux.Options, s scheduler.Strategy, n int, program func(r *Run)) *Run {
	t.Helper()
	r := &Run{Kernel: fakedemux.New(o)}
	bubble.Test(t, func(*testing.T) {
		s.Begin(n)
		r.Kernel.Reset(s)
		r.Bubble = bubble.New(r.Kernel)
		r.Bubble.OnCall = func(c bubble.Call) { r.Calls = append(r.Calls, c) }
		r.Err = r.Bubble.Run(func() {
			r.Bubble.Go("main", func() { program(r) })
			r.Kernel.Sleep(time.Hour)
			r.Left = r.Bubble.Left()
		})
		r.Bubble.End()
		s.End(scheduler.Result{})
	})
	return r
}
