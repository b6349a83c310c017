package eventloop

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"reactortest/demux"
)

// Limits of Options.Workers and Options.Queue. libuv has 4 threads and at most
// 1024 too: see UV_THREADPOOL_SIZE in its guide "Thread pool work scheduling".
const (
	DefaultWorkers = 4
	MaxWorkers     = 1 << 10
	DefaultQueue   = 1 << 16
	MaxQueue       = 1 << 24
)

// ErrBusy means that Options.Queue works wait for a worker already.
var ErrBusy = errors.New("the loop's queue of works is full")

// Work is one call that a worker makes for the loop. Any goroutine may call its
// methods.
type Work struct {
	loop *Loop
	work func(context.Context) error
	done func(error)

	state      workState          // guarded by Loop.other.mu
	next, prev *Work              // in the queue; guarded by Loop.other.mu
	stop       context.CancelFunc // while it runs; guarded by Loop.other.mu

	// How it ended, for the loop's goroutine: written before the Post.
	err    error
	panics *WorkPanic
	exits  bool // it called runtime.Goexit
}

type workState uint8

const (
	workQueued workState = iota
	workRunning
	workOver // it has run, will never run, or was dropped by Close
)

// WorkPanic is the value of the loop's panic after a work has panicked.
type WorkPanic struct {
	Value any    // of the work's panic
	Stack []byte // of the worker, as debug.Stack returns it
}

// Error returns the value and the worker's stack.
func (p *WorkPanic) Error() string {
	return fmt.Sprintf("a work panicked: %v\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value of the work's panic if it is an error.
func (p *WorkPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Go has a worker call work, and then the loop calls done with its error. A
// worker is a thread of the host: work may block there, in calls of package os
// or net, and the loop goes on. At most Options.Workers works run at the same
// time. The others wait in a queue and begin in the order of their Go.
//
// The loop calls done exactly once, in the posted phase, unless it is closed
// before. Close drops the works that wait, and does not wait for those that run:
// their contexts are done, and their done is not called. A work that panics has
// no done: the loop panics instead, with a *WorkPanic. After a work that calls
// runtime.Goexit the loop's goroutine does the same.
//
// A worker ends when the queue is empty, so an idle loop has no threads. On a
// simulated host a worker is a task: work may block only in calls of the host.
//
// Go returns ErrBusy if Options.Queue works wait already, and demux.ErrClosed
// after Close; neither function is called then. Any goroutine may call Go, a
// worker too. It panics if a function is nil.
func (l *Loop) Go(work func(ctx context.Context) error, done func(err error)) (*Work, error) {
	if work == nil || done == nil {
		panic("eventloop: Go without a function")
	}
	w := &Work{loop: l, work: work, done: done}
	l.host.Yield("loop-go")
	more, err := l.other.enqueue(w)
	if err != nil {
		return nil, err
	}
	l.host.Yield("loop-go-queued")
	if more {
		l.host.Go("worker", l.worker)
	}
	return w, nil
}

// Call is Go for a work with a result: done gets what work returned, the zero T
// and demux.ErrCanceled if work was canceled before it began.
func Call[T any](l *Loop, work func(ctx context.Context) (T, error), done func(T, error)) (*Work, error) {
	if work == nil || done == nil {
		panic("eventloop: Call without a function")
	}
	var result T
	return l.Go(func(ctx context.Context) (err error) {
		result, err = work(ctx)
		return err
	}, func(err error) { done(result, err) })
}

// Cancel asks that the work end soon. It returns true if the work has not begun:
// then it never runs, and done gets demux.ErrCanceled. If the work runs, its
// context is done when Cancel returns, and done gets what the work returns. The
// loop calls done in either case, and never within Cancel. Once the work has
// returned, or the loop is closed, Cancel does nothing.
func (w *Work) Cancel() bool {
	l := w.loop
	l.host.Yield("loop-cancel")
	canceled, stop := l.other.cancel(w)
	if stop != nil {
		stop()
	}
	if canceled {
		w.err = demux.ErrCanceled
		l.finish(w)
	}
	return canceled
}

// worker runs works until none waits. The same lock is held to see that none
// waits and to take the worker off the count: a Go in between starts another.
func (l *Loop) worker() {
	var w *Work
	defer func() {
		if w != nil && w.exits { // another worker takes over
			l.other.ran(w)
			l.finish(w)
			l.host.Go("worker", l.worker)
		}
	}()
	for {
		l.host.Yield("loop-worker")
		var ctx context.Context
		if w, ctx = l.other.dequeue(); w == nil {
			return
		}
		l.host.Yield("loop-worker-taken")
		w.run(ctx)
		l.other.ran(w)
		l.finish(w)
	}
}

// run calls the work and keeps how it ended.
func (w *Work) run(ctx context.Context) {
	w.exits = true
	defer func() {
		if !w.exits {
			return
		}
		if v := recover(); v != nil {
			w.exits, w.panics = false, &WorkPanic{Value: v, Stack: debug.Stack()}
		}
	}()
	w.err = w.work(ctx)
	w.exits = false
}

// finish has the loop tell how w ended. A Wake that failed has nobody to be told,
// and the loop has the function all the same: it comes with the next iteration.
func (l *Loop) finish(w *Work) { _ = l.Post(w.finished) }

func (w *Work) finished() {
	w.loop.other.alive.Add(-1)
	switch {
	case w.panics != nil:
		panic(w.panics)
	case w.exits:
		runtime.Goexit()
	default:
		w.done(w.err)
	}
}
