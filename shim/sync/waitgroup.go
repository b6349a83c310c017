package sync

import "reactortest/shim/routine"

// WaitGroup is sync.WaitGroup.
type WaitGroup struct {
	q queue
	n int
}

// Add adds to the counter. It panics if the counter becomes negative.
func (g *WaitGroup) Add(delta int) {
	g.q.changed(func() {
		g.begin()
		if g.n += delta; g.n < 0 {
			misused("negative WaitGroup counter")
		}
	})
}

// Done is Add(-1).
func (g *WaitGroup) Done() { g.Add(-1) }

// Wait returns when the counter is 0.
func (g *WaitGroup) Wait() { g.q.await("wait for a group", func() bool { g.begin(); return g.n == 0 }) }

// Go starts a goroutine that calls f, and counts it until f has returned.
func (g *WaitGroup) Go(f func()) {
	g.Add(1)
	routine.Go(func() {
		defer g.Done()
		f()
	})
}

// begin forgets an earlier run. The lock is held.
func (g *WaitGroup) begin() {
	if g.q.stale() {
		g.n = 0
	}
}
