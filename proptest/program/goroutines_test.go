package program_test

import (
	"strings"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/proptest/program"
	"reactortest/scheduler/bubble"
	"reactortest/shim/routine"
	"reactortest/shim/sync"
)

// pipe makes a pipe of the simulated kernel whose calls block.
func pipe(k *fakedemux.Kernel) (r, w int) {
	bubble.Current().Do("pipe", -1, func() { r, w, _ = k.Linux().Pipe2(0) })
	return r, w
}

func kernel() *fakedemux.Kernel { return bubble.Current().Kernel().(*fakedemux.Kernel) }

func closes(fd int) {
	bubble.Current().Do("close", fd, func() { kernel().Linux().Close(fd) })
}

func reads(fd int, b []byte) (n int) {
	bubble.Current().Do("read", fd, func() { n, _ = kernel().Linux().Read(fd, b) })
	return n
}

func writes(fd int, b []byte) {
	bubble.Current().Do("write", fd, func() { kernel().Linux().Write(fd, b) })
}

// TestGoroutines judges programs of goroutines: one that is right, and each mistake is told
// by its rule.
func TestGoroutines(t *testing.T) {
	for _, test := range []struct {
		name, rule string
		program    program.Goroutines
	}{
		{"right", "", func(t testing.TB) {
			r, w := pipe(kernel())
			var wait sync.WaitGroup
			wait.Go(func() { writes(w, []byte("x")); closes(w) })
			var b [4]byte
			if n := reads(r, b[:]); n != 1 {
				t.Errorf("read %d bytes, want 1", n)
			}
			wait.Wait()
			closes(r)
		}},
		{"fails", "program-passes", func(t testing.TB) {
			got := ""
			var wait sync.WaitGroup
			for _, s := range []string{"a", "b"} {
				wait.Go(func() { bubble.Current().Point("say"); got += s })
			}
			wait.Wait()
			if got != "ab" {
				t.Fatalf("got %q", got)
			}
		}},
		{"leaks a handle", "program-closes-handles", func(testing.TB) {
			r, _ := pipe(kernel())
			closes(r)
		}},
		{"leaks a goroutine in a call", "program-ends-tasks", func(testing.TB) {
			r, _ := pipe(kernel())
			routine.Go(func() { reads(r, make([]byte, 1)) })
		}},
		{"leaks a goroutine", "program-ends-tasks", func(testing.TB) { routine.Go(func() { <-make(chan int) }) }},
		{"leaks a goroutine that nobody knows", "program-ends-tasks", func(testing.TB) { go func() { <-make(chan int) }() }},
		{"panics", "panic", func(testing.TB) { routine.Go(func() { panic("on purpose") }); time.Sleep(time.Second) }},
		{"deadlocks", "deadlock", func(testing.TB) {
			r, _ := pipe(kernel())
			reads(r, make([]byte, 1))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 {
				report, err := core.CheckIn(t, program.GoroutinesSuite(test.program), &core.Options{Runs: 200, Subject: "s", FirstOnly: true, Dir: t.TempDir(), Plan: &fakedemux.Plan{Faults: 2, Off: "fn"}})
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				if report.Failure != nil {
					got = report.Failure.Rule
					if !strings.HasPrefix(report.Failure.Tape, "rt2/program/s/epoll/") {
						t.Errorf("the tape is %q", report.Failure.Tape)
					}
				}
				if got != test.rule {
					t.Errorf("the run broke %q, want %q", got, test.rule)
					if report.Failure != nil {
						t.Log(report.Failure.Screen(""))
					}
				}
			}
		})
	}
}
