package eventloop

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"reactortest/demux"
)

// other is what a loop has besides registrations, timers and posts: works,
// watched signals and child processes. All of them come to the loop by Post.
type other struct {
	alive atomic.Int64 // what RunWhileAlive waits for

	mu      sync.Mutex // over the fields below, never over a call
	closed  bool
	first   *Work // of the queue; nil if none waits
	last    *Work
	waiting int // works in the queue
	room    int // Options.Queue
	workers int // that run, or have been promised by enqueue
	limit   int // Options.Workers
	base    context.Context
	stop    context.CancelFunc // of base and of every work that runs
	signals []*SignalWatch     // in the order in which they began
}

// option returns the value of an option, which is 1 to limit, or 0 for usual.
func option(name string, value, usual, limit int) int {
	if value < 0 || value > limit {
		panic(fmt.Sprintf("eventloop: %s is %d, not in 1 to %d", name, value, limit))
	}
	if value == 0 {
		return usual
	}
	return value
}

// enqueue puts w last. more says that the caller is to start a worker.
func (o *other) enqueue(w *Work) (more bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return false, demux.ErrClosed
	}
	if o.waiting == o.room {
		return false, ErrBusy
	}
	o.alive.Add(1)
	o.waiting++
	if w.prev = o.last; w.prev != nil {
		w.prev.next = w
	} else {
		o.first = w
	}
	o.last = w
	if o.workers == o.limit {
		return false, nil
	}
	o.workers++
	return true, nil
}

// dequeue takes the first work and makes its context. If none waits, it takes
// the calling worker off the count.
func (o *other) dequeue() (*Work, context.Context) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w := o.first
	if w == nil {
		o.workers--
		return nil, nil
	}
	o.remove(w)
	w.state = workRunning
	if o.base == nil {
		o.base, o.stop = context.WithCancel(context.Background())
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(o.base)
	return w, ctx
}

// cancel takes w out of the queue if it waits. If it runs, it returns the
// function that ends its context.
func (o *other) cancel(w *Work) (canceled bool, stop context.CancelFunc) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if w.state != workQueued {
		return false, w.stop
	}
	o.remove(w)
	w.state = workOver
	return true, nil
}

// ran ends the context of w, which has returned. Only its worker writes w.stop. The
// context is done before the state changes, so it is done after every Cancel.
func (o *other) ran(w *Work) {
	w.stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	w.state, w.stop = workOver, nil
}

func (o *other) remove(w *Work) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		o.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		o.last = w.prev
	}
	w.prev, w.next = nil, nil
	o.waiting--
}

// close drops the works that wait, ends the contexts of those that run, and
// stops the signals. From then on there is no new work.
func (o *other) close() {
	o.mu.Lock()
	o.closed = true
	for o.first != nil {
		w := o.first
		o.remove(w)
		w.state = workOver
	}
	stop, signals := o.stop, o.signals
	o.signals = nil
	o.mu.Unlock()
	if stop != nil {
		stop()
	}
	for _, s := range signals {
		s.end()
	}
}
