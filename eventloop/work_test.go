package eventloop_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/realdemux"
)

func nothing(context.Context) error { return nil }

// runWork starts a work.
func runWork(t *testing.T, l *eventloop.Loop, work func(context.Context) error, done func(error)) *eventloop.Work {
	t.Helper()
	w, err := l.Go(work, done)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOptionsOutOfRange(t *testing.T) {
	for _, test := range []struct {
		why string
		o   eventloop.Options
	}{
		{"Workers is below its range", eventloop.Options{Workers: -1}},
		{"Workers is above its range", eventloop.Options{Workers: eventloop.MaxWorkers + 1}},
		{"Queue is below its range", eventloop.Options{Queue: -1}},
		{"Queue is above its range", eventloop.Options{Queue: eventloop.MaxQueue + 1}},
	} {
		t.Run(test.why, func(t *testing.T) {
			s := newStub()
			field, _, _ := strings.Cut(test.why, " ")
			if v := caught(func() { _, _ = eventloop.Open(s, &test.o) }); !strings.Contains(fmt.Sprint(v), field) {
				t.Errorf("Open panicked with %v, want %s in it", v, field)
			}
			if s.opens != 0 {
				t.Error("a demux was opened, and is lost")
			}
		})
	}
}

// caught returns the value that f panics with.
func caught(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// TestWorksWithOneWorker has works begin in the order of Go, and each done comes
// in the posted phase.
func TestWorksWithOneWorker(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		var g log
		l := open(t, k, &eventloop.Options{Workers: 1, Observer: func(s eventloop.Step) {
			if s.Phase != eventloop.PhasePoll {
				g.step(eventloop.Step{Phase: s.Phase})
			}
		}})
		for i := range 3 {
			runWork(t, l, func(context.Context) error { g.say("work %d", i); return nil }, func(err error) { g.say("done %d %v", i, err) })
		}
		must(t, l.RunWhileAlive())
		g.want(t, `
			work 0
			work 1
			work 2
			#0 posted
			done 0 <nil>
			#0 posted
			done 1 <nil>
			#0 posted
			done 2 <nil>`)
		must(t, l.Close())
	})
}

func TestQueueIsBounded(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, &eventloop.Options{Workers: 1, Queue: 2})
		dones := 0
		var works []*eventloop.Work
		for range 2 {
			works = append(works, runWork(t, l, nothing, func(error) { dones++ }))
		}
		refused := func(context.Context) error { t.Error("a work that was refused ran"); return nil }
		if _, err := l.Go(refused, func(error) { t.Error("a work that was refused is done") }); !errors.Is(err, eventloop.ErrBusy) {
			t.Errorf("Go with a full queue: %v, want ErrBusy", err)
		}
		if !works[0].Cancel() {
			t.Error("Cancel of a work that waits returned false")
		}
		if works[0].Cancel() {
			t.Error("a second Cancel returned true")
		}
		works = append(works, runWork(t, l, nothing, func(error) { dones++ })) // there is room again
		must(t, l.RunWhileAlive())
		if dones != len(works) {
			t.Errorf("%d works are done, want %d", dones, len(works))
		}
		must(t, l.Close())
	})
}

// TestCancelInTheQueue takes works out of it from every place.
func TestCancelInTheQueue(t *testing.T) {
	for _, test := range []struct {
		why    string
		cancel []int
		ran    string
	}{
		{"the first", []int{0}, "1234"},
		{"one between two others", []int{2}, "0134"},
		{"the last, and a new one comes behind the one before", []int{3}, "0124"},
		{"all, in no order", []int{2, 0, 3, 1}, "4"},
	} {
		t.Run(test.why, func(t *testing.T) {
			inKernel(t, func(k *fakedemux.Kernel) {
				l := open(t, k, &eventloop.Options{Workers: 1})
				var ran strings.Builder
				work := func(i int) func(context.Context) error {
					return func(context.Context) error { fmt.Fprint(&ran, i); return nil }
				}
				var works []*eventloop.Work
				for i := range 4 {
					works = append(works, runWork(t, l, work(i), func(error) {}))
				}
				for _, i := range test.cancel {
					if !works[i].Cancel() {
						t.Errorf("Cancel of work %d returned false", i)
					}
				}
				runWork(t, l, work(4), func(error) {})
				must(t, l.RunWhileAlive())
				if ran.String() != test.ran {
					t.Errorf("the works %s ran, want %s", ran.String(), test.ran)
				}
				must(t, l.Close())
			})
		})
	}
}

func TestWorkPanics(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, &eventloop.Options{Workers: 1})
		cause := errors.New("out of paper")
		runWork(t, l, func(context.Context) error { return breakDown(cause) }, func(error) { t.Error("a work that panicked is done") })
		next := false
		runWork(t, l, nothing, func(error) { next = true })
		p, ok := caught(func() { _ = l.RunWhileAlive() }).(*eventloop.WorkPanic)
		if !ok || !errors.Is(p, cause) || !strings.Contains(p.Error(), "breakDown") {
			t.Fatalf("the loop panicked with %v, want the work's value and stack", p)
		}
		must(t, l.RunWhileAlive())
		if !next {
			t.Error("the work behind the one that panicked is not done")
		}
		must(t, l.Close())
	})
	if err := (&eventloop.WorkPanic{Value: "text"}).Unwrap(); err != nil {
		t.Errorf("a panic that is no error unwraps to %v", err)
	}
}

func breakDown(cause error) error { panic(cause) }

// TestWorkExits has a work call runtime.Goexit, which ends its worker and the
// loop's goroutine. On a simulated host that would end the run.
func TestWorkExits(t *testing.T) {
	l := realLoop(t, &eventloop.Options{Workers: 1})
	runWork(t, l, func(context.Context) error { runtime.Goexit(); return nil }, func(error) { t.Error("a work that called Goexit is done") })
	next := false
	runWork(t, l, nothing, func(error) { next = true })
	ended := make(chan bool)
	go func() {
		returned := false
		defer func() { ended <- returned }()
		_ = l.RunWhileAlive()
		returned = true
	}()
	if <-ended {
		t.Error("RunWhileAlive returned, want Goexit")
	}
	must(t, l.RunWhileAlive())
	if !next {
		t.Error("the work behind the one that called Goexit is not done")
	}
	must(t, l.Close())
}

// realLoop opens a loop on the operating system.
func realLoop(t *testing.T, o *eventloop.Options) *eventloop.Loop {
	t.Helper()
	l, err := eventloop.Open(realdemux.NewHost(), o)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no backend for this system")
	}
	must(t, err)
	return l
}

func TestWorksAfterClose(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		w := runWork(t, l, func(context.Context) error { t.Error("a work that Close dropped ran"); return nil }, func(error) { t.Error("it is done") })
		must(t, l.Close())
		if w.Cancel() {
			t.Error("Cancel of a work that was dropped returned true")
		}
		if _, err := l.Go(nothing, func(error) {}); !errors.Is(err, demux.ErrClosed) {
			t.Errorf("Go after Close: %v, want ErrClosed", err)
		}
	})
}

func TestCall(t *testing.T) {
	inKernel(t, func(k *fakedemux.Kernel) {
		l := open(t, k, nil)
		var g log
		call := func(work func(context.Context) (int, error)) *eventloop.Work {
			w, err := eventloop.Call(l, work, func(n int, err error) { g.say("%d %v", n, err) })
			must(t, err)
			return w
		}
		call(func(context.Context) (int, error) { return 7, nil })
		call(func(context.Context) (int, error) { return 3, demux.ErrAgain })
		must(t, l.RunWhileAlive())
		call(func(context.Context) (int, error) { return 9, nil }).Cancel()
		must(t, l.RunWhileAlive())
		g.want(t, "7 <nil>\n3 operation would block\n0 operation canceled")
		must(t, l.Close())
	})
}

func TestOtherTasksWithoutFunctions(t *testing.T) {
	l := open(t, newStub(), nil)
	for _, test := range []struct {
		why  string
		call func()
	}{
		{"Go without a work", func() { _, _ = l.Go(nil, func(error) {}) }},
		{"Go without a done", func() { _, _ = l.Go(nothing, nil) }},
		{"Call without a work", func() { _, _ = eventloop.Call(l, nil, func(int, error) {}) }},
		{"Call without a done", func() { _, _ = eventloop.Call[int](l, func(context.Context) (int, error) { return 0, nil }, nil) }},
		{"Signal without a function", func() { _, _ = l.Signal(nil, made("x")) }},
		{"Signal without a signal", func() { _, _ = l.Signal(nil) }},
		{"StartProcess without a command", func() { _, _ = l.StartProcess(nil, func(error) {}) }},
	} {
		if v := caught(test.call); !strings.HasPrefix(fmt.Sprint(v), "eventloop: ") {
			t.Errorf("%s: panicked with %v", test.why, v)
		}
	}
}

// BenchmarkGo has one work at a time, from Go to done.
func BenchmarkGo(b *testing.B) {
	l, err := eventloop.Open(realdemux.NewHost(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for range b.N {
		if _, err := l.Go(nothing, func(error) {}); err != nil {
			b.Fatal(err)
		}
		if err := l.RunWhileAlive(); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
