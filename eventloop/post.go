package eventloop

import (
	"errors"

	"reactortest/demux"
)

// Post has the loop call fn once, in the posted phase of an iteration that
// begins soon: it ends a Wait that is blocked. Functions run in the order in
// which they were posted. It never blocks. After Close it returns
// demux.ErrClosed and fn is not called; functions that were accepted before
// and have not run are dropped by Close. Any goroutine may call it. It panics
// if fn is nil.
func (l *Loop) Post(fn func()) error {
	if fn == nil {
		panic("eventloop: Post without a function")
	}
	l.host.Yield("loop-post")
	l.mu.Lock()
	if l.closed.Load() {
		l.mu.Unlock()
		return demux.ErrClosed
	}
	l.posted.push(fn)
	l.mu.Unlock()
	l.host.Yield("loop-post-queued")

	// The queue first, then the flag, then the Wake. Whoever sets the flag
	// wakes the loop, and the loop clears it before it takes the queue: who
	// finds it set has pushed before a take that is still to come.
	waking := l.waking.Swap(true)
	l.host.Yield("loop-post-flag")
	if waking {
		return nil
	}
	if err := l.demux.Wake(); !errors.Is(err, demux.ErrClosed) {
		return err
	}
	return nil // accepted, and dropped by a Close that came in between
}

// runPosted calls what was posted before this phase began.
func (l *Loop) runPosted() (n int) {
	l.takePosted()
	for !l.closed.Load() {
		fn := l.posted.pop()
		if fn == nil {
			break
		}
		if l.observer != nil {
			l.observer(Step{Iteration: l.iteration, Phase: PhasePosted})
		}
		n++
		fn()
	}
	return n
}

func (l *Loop) takePosted() {
	posted := l.waking.Load()
	l.host.Yield("loop-take-flag")
	if !posted {
		return // what is being posted now comes with a Wake
	}
	l.waking.Store(false)
	l.host.Yield("loop-take-cleared")
	l.mu.Lock()
	l.posted.take()
	l.mu.Unlock()
}

// queue holds the functions of one phase in two slices, which change places:
// what is pushed while the phase runs waits for the next take, and nothing is
// allocated once both have grown. pop needs no lock against push: it touches
// current and next only.
type queue struct {
	incoming []func()
	current  []func()
	next     int // of current, to be called
}

func (q *queue) push(fn func()) { q.incoming = append(q.incoming, fn) }

// take makes all that was pushed current, behind what a panic has left there.
func (q *queue) take() {
	if q.next < len(q.current) {
		q.current = append(q.current, q.incoming...)
		clear(q.incoming)
		q.incoming = q.incoming[:0]
		return
	}
	q.current, q.incoming, q.next = q.incoming, q.current[:0], 0
}

// pop returns the next function of current, nil at its end. It moves on before
// the function is called: one that panics is not called again.
func (q *queue) pop() func() {
	if q.next == len(q.current) {
		return nil
	}
	fn := q.current[q.next]
	q.current[q.next] = nil
	q.next++
	return fn
}

func (q *queue) len() int { return len(q.incoming) + len(q.current) - q.next }
