package eventloop_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/proptest"
)

// ledger starts works and keeps what becomes of each.
type ledger struct {
	t     testing.TB
	host  demux.Host
	loop  *eventloop.Loop
	limit int32 // of workers

	running atomic.Int32
	late    atomic.Int32 // works that began after Close had returned
	closed  atomic.Bool  // Close has returned

	mu      sync.Mutex // never over a call of the host
	entries []*entry
	refused int // by ErrBusy or ErrClosed
}

type entry struct {
	work *eventloop.Work
	ctx  atomic.Value // context.Context, once it runs

	runs, dones atomic.Int32
	canceled    atomic.Bool // Cancel has returned true
	asked       atomic.Bool // Cancel has returned false
	err         error       // that done got
}

var errWork = errors.New("the work's own error")

func newLedger(t testing.TB, h demux.Host, workers int) *ledger {
	t.Helper()
	l, err := eventloop.Open(h, &eventloop.Options{Workers: workers, Queue: 3})
	if err != nil {
		t.Fatal(err)
	}
	return &ledger{t: t, host: h, loop: l, limit: int32(workers)}
}

// start starts a work that calls body, and whose done calls then. Both may be nil.
func (g *ledger) start(body, then func()) {
	e := &entry{}
	w, err := g.loop.Go(func(ctx context.Context) error {
		g.begin(ctx, e)
		g.host.Yield("test-work")
		if body != nil {
			body()
		}
		g.host.Yield("test-work-end")
		g.running.Add(-1)
		return errWork
	}, func(err error) {
		if n := e.dones.Add(1); n != 1 {
			g.t.Errorf("done was called %d times", n)
		}
		if g.closed.Load() {
			g.t.Errorf("done was called after Close")
		}
		e.err = err
		if then != nil {
			then()
		}
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		e.work = w
		g.entries = append(g.entries, e)
	case errors.Is(err, eventloop.ErrBusy), errors.Is(err, demux.ErrClosed):
		g.refused++
	default:
		g.t.Errorf("Go: %v", err)
	}
}

func (g *ledger) begin(ctx context.Context, e *entry) {
	e.ctx.Store(ctx)
	if e.runs.Add(1) != 1 {
		g.t.Errorf("a work ran twice")
	}
	if n := g.running.Add(1); n > g.limit {
		g.t.Errorf("%d works run at the same time, more than Workers", n)
	}
	if e.asked.Load() && ctx.Err() == nil {
		g.t.Errorf("a work that began after Cancel has a context that is not done")
	}
	if g.closed.Load() {
		if ctx.Err() == nil {
			g.t.Errorf("a work that began after Close has a context that is not done")
		}
		if g.late.Add(1) > g.limit {
			g.t.Errorf("more works than workers began after Close: it did not drop the queue")
		}
	}
}

// cancel cancels every work so far.
func (g *ledger) cancel() {
	g.mu.Lock()
	entries := append([]*entry(nil), g.entries...)
	g.mu.Unlock()
	for _, e := range entries {
		if e.work.Cancel() {
			e.canceled.Store(true)
			continue
		}
		e.asked.Store(true)
		if ctx, ok := e.ctx.Load().(context.Context); ok && ctx.Err() == nil {
			g.t.Errorf("the context is not done after Cancel")
		}
	}
}

// settle checks that every work that Go accepted has come to its end.
func (g *ledger) settle() {
	for i, e := range g.entries {
		runs, canceled := e.runs.Load() == 1, e.canceled.Load()
		switch {
		case e.dones.Load() != 1:
			g.t.Errorf("done of work %d was called %d times", i, e.dones.Load())
		case runs == canceled:
			g.t.Errorf("work %d: it ran: %v, Cancel returned true: %v", i, runs, canceled)
		case runs && !errors.Is(e.err, errWork), canceled && !errors.Is(e.err, demux.ErrCanceled):
			g.t.Errorf("work %d: it ran: %v, and done got %v", i, runs, e.err)
		}
	}
}

// system is a host with signals and processes that the test makes up.
type system struct {
	demux.Host
	fns     []notified
	failing os.Signal // NotifySignal refuses it
	child   func() demux.Child
}

type notified struct {
	sig os.Signal
	fn  func()
}

var errSystem = errors.New("no such thing")

func (s *system) NotifySignal(sig os.Signal, fn func()) (stop func(), err error) {
	if sig == s.failing {
		return nil, errSystem
	}
	s.fns = append(s.fns, notified{sig, fn})
	return func() {
		for i := range s.fns {
			if s.fns[i].sig == sig {
				s.fns = append(s.fns[:i:i], s.fns[i+1:]...)
				return
			}
		}
	}, nil
}

// raise has sig arrive.
func (s *system) raise(sig os.Signal) {
	for _, n := range s.fns {
		if n.sig == sig {
			n.fn()
		}
	}
}

func (s *system) StartProcess(*exec.Cmd) (demux.Child, error) {
	if s.child == nil {
		return nil, errSystem
	}
	return s.child(), nil
}

// made is a signal of the test's.
type made string

func (m made) String() string { return string(m) }
func (made) Signal()          {}

// run is a child that ends when somebody has killed it. A pair of handles carries
// the kill: a task may only wait in the host.
type run struct {
	t    testing.TB
	host demux.Host
	a, b demux.Handle
}

func (r *run) Wait() error {
	if err := proptest.Await(r.host, r.a, demux.Readable, -1); err != nil {
		r.t.Errorf("Await: %v", err)
	}
	_ = r.host.Close(r.a)
	_ = r.host.Close(r.b)
	return errSystem
}

func (r *run) Signal(os.Signal) error { return r.host.CloseWrite(r.b) }
