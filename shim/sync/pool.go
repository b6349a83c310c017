package sync

import (
	"sync"

	"reactortest/scheduler/bubble"
)

// Pool is sync.Pool that gives out what was put last, and keeps everything until the run
// ends. So a run finds in it what it has put there itself.
type Pool struct {
	// New makes an item when there is none.
	New func() any

	mu    sync.Mutex
	in    *bubble.Bubble
	items []any
}

// Get takes an item out of p, or makes one.
func (p *Pool) Get() any {
	if x := p.take(); x != nil {
		return x
	}
	if p.New == nil {
		return nil
	}
	return p.New()
}

func (p *Pool) take() any {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin()
	n := len(p.items)
	if n == 0 {
		return nil
	}
	x := p.items[n-1]
	p.items[n-1] = nil
	p.items = p.items[:n-1]
	return x
}

// Put puts x into p.
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin()
	p.items = append(p.items, x)
}

// begin forgets the items of an earlier run. The lock is held.
func (p *Pool) begin() {
	if b := bubble.Current(); b != p.in {
		p.in, p.items = b, nil
	}
}
