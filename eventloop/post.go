package eventloop

import (
	"errors"

	"reactortest/demux"
)

// Post makes the loop call fn once, in the posted phase of an iteration that
// begins soon: it ends a Wait that is blocked. Functions run in the order in
// which they were posted. Post never blocks. After Close it returns
// demux.ErrClosed, and fn is not called. Close drops functions that were
// accepted before it and have not run. Any goroutine may call Post. It panics if
// fn is nil.
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

	// The queue first, then the flag, then the Wake. The goroutine that sets the
	// flag wakes the loop, and the loop clears the flag before it takes the
	// queue. A goroutine that finds the flag set has therefore pushed before a
	// take that is still to come, and need not wake the loop.
	waking := l.waking.Load() || l.waking.Swap(true)
	l.host.Yield("loop-post-flag")
	if waking {
		return nil
	}
	if err := l.demux.Wake(); !errors.Is(err, demux.ErrClosed) {
		return err
	}
	return nil // accepted, and dropped by a Close that came in between
}

// runPosted calls the functions that were posted before this phase began.
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

// queue holds the functions of one phase in two slices, which change places. A
// function that is pushed while the phase runs waits for the next take. Once
// both slices have grown, queue does not allocate. pop needs no lock against
// push, because it touches only current and next.
type queue struct {
	incoming []func()
	current  []func()
	next     int // of current, to be called
}

func (q *queue) push(fn func()) { q.incoming = append(q.incoming, fn) }

// take appends every pushed function to current, behind those that a panic has
// left there.
func (q *queue) take() {
	if q.next < len(q.current) {
		q.current = append(q.current, q.incoming...)
		clear(q.incoming)
		q.incoming = q.incoming[:0]
		return
	}
	q.current, q.incoming, q.next = q.incoming, q.current[:0], 0
}

// pop returns the next function of current, nil at its end. It moves past the
// function before the call, so a function that panics is not called again.
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
