package eventloop_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
	"reactortest/proptest"
	"reactortest/realdemux"
)

var savedTapes = flag.String("eventloop.saved", "", "`folder` where TestOtherTasks saves the tapes of failing runs")

// otherTasks are programs that use works, signals and processes.
var otherTasks = []struct {
	name    string
	program proptest.Program
	real    bool // what it checks is promised for real threads too
}{
	{"works", works, true},
	{"works-and-close", worksAndClose, false}, // see Close: a function that is being called may still run
	{"signals", signals, false},               // its signals are those of one thread
	{"processes", processes, false},           // its children are tasks; TestProcess has real ones
}

// TestOtherTasks judges them under many orders: that each work is done once, that
// none is lost, that there are never more than Workers at the same time, that
// nothing happens after Close, and that no task is left.
func TestOtherTasks(t *testing.T) {
	for _, o := range otherTasks {
		t.Run(o.name, func(t *testing.T) {
			p := &proptest.Options{Runs: 3000, Dir: *savedTapes, Plan: &fakedemux.Plan{Faults: 2}}
			p.TestProgram(t, o.program)
		})
	}
}

// TestOtherTasksOnEveryKernel judges them on the other simulated kernels.
func TestOtherTasksOnEveryKernel(t *testing.T) {
	for _, dialect := range fakedemux.Dialects() {
		for _, o := range otherTasks {
			t.Run(dialect+"/"+o.name, func(t *testing.T) {
				(&proptest.Options{Runs: 300, Dialect: dialect}).TestProgram(t, o.program)
			})
		}
	}
}

// TestOtherTasksReal runs them on the real kernel, where the race detector sees
// the threads.
func TestOtherTasksReal(t *testing.T) {
	for _, o := range otherTasks {
		if !o.real {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			h := realdemux.NewHost()
			if d, err := h.Open(); err != nil {
				t.Skipf("no backend for this system: %v", err)
			} else if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			for range 200 {
				o.program(t, h)
			}
		})
	}
}

// works has three works at once. More are started by a worker and by the loop,
// while another task cancels all.
func works(t testing.TB, h demux.Host) {
	g := newLedger(t, h, 2)
	g.start(nil, func() { g.start(nil, nil) })
	g.start(func() { g.start(nil, nil); g.start(nil, nil) }, nil)
	g.start(nil, func() { g.start(nil, func() { g.start(nil, nil) }) })
	wait := proptest.Go(h, "canceler", g.cancel)
	if err := g.loop.RunWhileAlive(); err != nil {
		t.Errorf("RunWhileAlive: %v", err)
	}
	wait()
	g.settle()
	if err := g.loop.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// worksAndClose closes the loop while works wait, run and are started.
func worksAndClose(t testing.TB, h demux.Host) {
	g := newLedger(t, h, 2)
	for range 4 {
		g.start(nil, nil)
	}
	starter := proptest.Go(h, "starter", func() { g.start(nil, nil); g.start(nil, nil); g.cancel() })
	closer := proptest.Go(h, "closer", func() {
		if err := g.loop.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		g.closed.Store(true)
		g.start(nil, nil)
		if g.refused == 0 {
			t.Errorf("Go after Close returned no error")
		}
		g.cancel()
	})
	if err := g.loop.Run(context.Background()); err != nil {
		t.Errorf("Run: %v", err)
	}
	starter()
	closer()
}

// signals has two signals, one of them in a storm. The loop ends when it was told
// of the last of each.
func signals(t testing.TB, h demux.Host) {
	s := &system{Host: h}
	l, err := eventloop.Open(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ arrived, want int }
	counts := map[os.Signal]*count{made("wanted"): {want: 2}, made("storm"): {want: 5}}
	var w *eventloop.SignalWatch
	closed := false
	w, err = l.Signal(func(sig os.Signal) {
		if closed {
			t.Errorf("%v after Close", sig)
			return
		}
		c := counts[sig]
		if c.arrived == c.want {
			c.want = 0
		}
		if counts[made("wanted")].want+counts[made("storm")].want > 0 {
			return
		}
		closed = true
		if err := w.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}, made("wanted"), made("storm"), made("wanted"))
	if err != nil {
		t.Fatal(err)
	}
	for _, sig := range []os.Signal{made("wanted"), made("storm")} {
		h.Go(sig.String(), func() {
			for range counts[sig].want {
				counts[sig].arrived++
				h.Yield("test-raise")
				s.raise(sig)
			}
		})
	}
	if err := l.RunWhileAlive(); err != nil {
		t.Errorf("RunWhileAlive: %v", err)
	}
	if len(s.fns) != 0 {
		t.Errorf("%d signals are still watched", len(s.fns))
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// processes has two children, killed from another task.
func processes(t testing.TB, h demux.Host) {
	world := proptest.World(h)
	s := &system{Host: h, child: func() demux.Child {
		a, b, err := world.Pair()
		if err != nil {
			t.Fatal(err)
		}
		return &run{t: t, host: world, a: a, b: b}
	}}
	l, err := eventloop.Open(s, nil)
	if err != nil {
		t.Fatal(err)
	}
	exits := make([]int, 2)
	for i := range exits {
		p, err := l.StartProcess(&exec.Cmd{}, func(err error) {
			if exits[i]++; exits[i] != 1 || !errors.Is(err, errSystem) {
				t.Errorf("exit %d of child %d: %v", exits[i], i, err)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		h.Go("killer", func() {
			if err := p.Kill(); err != nil {
				t.Errorf("Kill: %v", err)
			}
		})
	}
	if err := l.RunWhileAlive(); err != nil {
		t.Errorf("RunWhileAlive: %v", err)
	}
	for i, n := range exits {
		if n != 1 {
			t.Errorf("child %d: exited was called %d times", i, n)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
