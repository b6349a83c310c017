package watcher

import (
	"context"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/proptest/internal/core"
)

// builtinBatch is small, so that batches overflow in short runs.
const builtinBatch = 4

// EventLoop is the NewReactor of the built-in loop, package eventloop. The
// steps that its observer reports appear in the history of a failure; no
// verdict depends on them.
func EventLoop(tb testing.TB, h demux.Host) Reactor {
	o := &eventloop.Options{Batch: builtinBatch}
	if n, judged := tb.(core.Noter); judged && n.Noting() {
		o.Observer = func(s eventloop.Step) { noteStep(n, s) }
	}
	l, err := eventloop.Open(h, o)
	if err != nil {
		tb.Fatalf("eventloop.Open: %v", err)
	}
	return builtin{l}
}

// noteStep tells of what no callback sees: events that the loop drops.
func noteStep(n core.Noter, s eventloop.Step) {
	switch {
	case s.Phase != eventloop.PhaseDispatch:
	case s.Stale:
		n.Note("drop     %-4s stale", s.Ready)
	case s.Unwanted:
		n.Note("drop     %-4s not wanted anymore", s.Ready)
	}
}

// builtin adapts a Loop to Reactor.
type builtin struct {
	loop *eventloop.Loop
}

func (b builtin) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (Watch, error) {
	r, err := b.loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (b builtin) AfterFunc(d time.Duration, fn func()) func() bool {
	return b.loop.AfterFunc(d, fn).Stop
}

// NewTimer returns a timer that becomes one of the loop when it is first set.
func (b builtin) NewTimer(fn func()) Timer { return &builtinTimer{loop: b.loop, fn: fn} }

type builtinTimer struct {
	loop  *eventloop.Loop
	fn    func()
	timer eventloop.Timer
	made  bool // AfterFunc has made timer
}

func (t *builtinTimer) Reset(d time.Duration) bool {
	if !t.made {
		t.timer, t.made = t.loop.AfterFunc(d, t.fn), true
		return false
	}
	return t.timer.Reset(d)
}

func (t *builtinTimer) Stop() bool { return t.timer.Stop() }

func (b builtin) Post(fn func()) error                           { return b.loop.Post(fn) }
func (b builtin) Run() error                                     { return b.loop.Run(context.Background()) }
func (b builtin) RunWhileAlive() error                           { return b.loop.RunWhileAlive() }
func (b builtin) RunOnce(limit time.Duration) (n int, err error) { return b.loop.RunOnce(limit) }
func (b builtin) Close() error                                   { return b.loop.Close() }
