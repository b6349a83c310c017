package eventloop

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"reactortest/demux"
)

// MaxGroup is how many loops a Group has at the most.
const MaxGroup = 1024

// Group is several loops, each in a thread of its own. What belongs to a loop, such as its
// registrations and timers, is used in the thread of that loop alone; loops send each other
// work with Post.
type Group struct {
	host    demux.Host
	loops   []*Loop
	gate    demux.Demux // where Run waits for the other threads
	running atomic.Bool
	closed  atomic.Bool
	turn    atomic.Uint32 // of Next

	mu     sync.Mutex // never held over a call
	left   int        // threads that have not ended
	failed []error    // by loop
}

// OpenGroup opens n loops on h, each with the options o. It panics if n is not in 1 to
// MaxGroup, and as Open does. If a loop cannot be opened, it closes the others.
func OpenGroup(h demux.Host, n int, o *Options) (g *Group, err error) {
	if n < 1 || n > MaxGroup {
		panic(fmt.Sprintf("eventloop: a Group of %d loops, not of 1 to %d", n, MaxGroup))
	}
	g = &Group{host: h, failed: make([]error, n)}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.abandon())
		}
	}()
	if g.gate, err = h.Open(); err != nil {
		return nil, err
	}
	for range n {
		l, err := Open(h, o)
		if err != nil {
			return nil, err
		}
		g.loops = append(g.loops, l)
	}
	return g, nil
}

// abandon closes what OpenGroup has opened.
func (g *Group) abandon() error {
	var all []error
	for _, l := range g.loops {
		all = append(all, l.Close())
	}
	if g.gate != nil {
		all = append(all, g.gate.Close())
	}
	return errors.Join(all...)
}

// Loops returns the loops. Before Run, the caller may use all of them.
func (g *Group) Loops() []*Loop { return g.loops }

// Next returns the loops in turn. Any goroutine may call it.
func (g *Group) Next() *Loop { return g.loops[(g.turn.Add(1)-1)%uint32(len(g.loops))] }

// Run runs the first loop in the calling goroutine and the others in threads that it starts
// with Host.Go. It returns when all have ended: nil after Close, ctx.Err() after the end of
// ctx, or the errors of the loops that have failed, joined; one that fails ends all. Each
// thread closes its loop at its end, and Run the rest of the Group: Run can be called once.
// A second call returns demux.ErrClosed. A panic in the first loop goes to the caller of Run,
// and the others go on.
func (g *Group) Run(ctx context.Context) error {
	if !g.running.CompareAndSwap(false, true) || g.closed.Load() {
		return demux.ErrClosed
	}
	g.left = len(g.loops)
	for i, l := range g.loops[1:] {
		g.host.Go(fmt.Sprintf("loop %d", i+1), func() { g.run(ctx, i+1, l) })
	}
	g.run(ctx, 0, g.loops[0])
	events := make([]demux.Event, 1)
	for g.threads() > 0 {
		g.host.Yield("group-wait")
		if _, err := g.gate.Wait(events, -1); err != nil {
			return errors.Join(append(g.failed, err)...)
		}
	}
	g.closed.Store(true)
	err := errors.Join(append(g.failed, g.gate.Close())...)
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// run is the thread of a loop.
func (g *Group) run(ctx context.Context, i int, l *Loop) {
	err := l.Run(ctx)
	if err != nil && ctx.Err() != nil {
		err = nil // the end of all loops
	} else if err != nil {
		g.closeLoops()
	}
	_ = l.Close() // ErrClosed: it has ended by that
	g.mu.Lock()
	g.failed[i] = err
	g.left--
	g.mu.Unlock()
	g.host.Yield("group-ended")
	_ = g.gate.Wake()
}

func (g *Group) threads() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.left
}

func (g *Group) closeLoops() {
	for _, l := range g.loops {
		_ = l.Close() // ErrClosed: it has ended before
	}
}

// Close ends all loops as Loop.Close does. Run returns when they have ended. Any goroutine may
// call Close. A Group that is never run is closed entirely. A second Close does nothing.
func (g *Group) Close() error {
	g.closeLoops()
	if g.running.CompareAndSwap(false, true) {
		g.closed.Store(true)
		return g.gate.Close()
	}
	return nil
}
