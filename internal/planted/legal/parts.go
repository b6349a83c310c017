package legal

import (
	"errors"
	"math"
	"slices"
	"sync"

	"reactortest/demux"
)

// all is as many as there are.
const all = math.MaxInt

// table has the live watches by slot; the token of each is generation and slot.
type table struct {
	slots  []*Watch // nil is free
	opened uint32   // watches there were
	live   int
}

func (t *table) add(w *Watch) {
	i := slices.Index(t.slots, nil)
	if i < 0 {
		i = len(t.slots)
		t.slots = append(t.slots, nil)
	}
	t.opened++
	t.live++
	w.slot, w.token = i, demux.Token(t.opened)<<32|demux.Token(i)
	t.slots[i] = w
}

func (t *table) remove(w *Watch) {
	t.slots[w.slot] = nil
	t.live--
}

// get returns the live watch whose token is tok, nil if there is none.
func (t *table) get(tok demux.Token) *Watch {
	if i := uint64(uint32(tok)); i < uint64(len(t.slots)) && t.slots[i] != nil && t.slots[i].token == tok {
		return t.slots[i]
	}
	return nil
}

// queue has the posted functions. Any goroutine may call its methods.
type queue struct {
	mu  sync.Mutex
	fns []func() // guarded by mu
}

func (q *queue) push(fn func()) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.fns = append(q.fns, fn)
}

// take takes the functions that were posted first, most at the most.
func (q *queue) take(most int) []func() {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(most, len(q.fns))
	taken := q.fns[:n:n]
	q.fns = q.fns[n:]
	return taken
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.fns)
}

// owner has a loop's handles released by its own goroutine when Run ends, and
// by Close only if nobody runs the loop.
type owner struct {
	mu      sync.Mutex
	running bool // guarded by mu
	closed  bool // guarded by mu
}

// enter says that Run begins, and reports whether it may.
func (o *owner) enter() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = !o.closed
	return o.running
}

// leave says that Run ends, and reports whether it has to release.
func (o *owner) leave() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.running = false
	return o.closed
}

// close says that the loop is closed, and reports whether the caller has to
// release, because nobody runs the loop.
func (o *owner) close() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return !o.running
}

// over reports whether the loop is closed and nobody runs it.
func (o *owner) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.closed && !o.running
}

// ignoreClosed drops the error that says that the loop was closed.
func ignoreClosed(err error) error {
	if errors.Is(err, demux.ErrClosed) {
		return nil
	}
	return err
}
