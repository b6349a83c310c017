package sync

import (
	"runtime"
	"sync"

	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// queue lets goroutines wait, in the kernel, until a condition holds. Its zero value is
// ready. It may live from run to run: an earlier run's waiters are forgotten.
type queue struct {
	mu      sync.Mutex // guards the condition too, and is held over nothing that waits
	in      *bubble.Bubble
	waiters []*scheduler.Task
}

// stale reports whether the condition is that of an earlier run, whose goroutines have
// ended wherever they were. The lock is held. The next call returns false.
func (q *queue) stale() bool {
	b := bubble.Current()
	if q.in == b {
		return false
	}
	was := q.in != nil
	q.in, q.waiters = b, nil
	return was
}

// await returns when try has returned true. try is called with the lock held, and calls
// stale first.
func (q *queue) await(call string, try func() bool) {
	b := bubble.Current()
	if b == nil {
		for !q.holds(try) {
			runtime.Gosched()
		}
		return
	}
	b.Do(call, -1, func() {
		tasks, c := b.Kernel().Tasks(), scheduler.Call{Name: call, Handle: -1}
		tasks.Switch(c)
		for !q.holdsOr(tasks.Current(), try) {
			tasks.Block(c, -1)
		}
	})
}

func (q *queue) holds(try func() bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return try()
}

// holdsOr puts the task among the waiters if try returns false.
func (q *queue) holdsOr(task *scheduler.Task, try func() bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if try() {
		return true
	}
	q.waiters = append(q.waiters, task)
	return false
}

// changed changes the condition and has all waiters look again. change calls stale first.
func (q *queue) changed(change func()) {
	q.mu.Lock()
	waiters, b := q.take(change)
	q.mu.Unlock()
	for _, t := range waiters {
		b.Wake(t)
	}
}

// take is changed with the lock held. A panic of change gives the lock back.
func (q *queue) take(change func()) (waiters []*scheduler.Task, b *bubble.Bubble) {
	done := false
	defer func() {
		if !done {
			q.mu.Unlock()
		}
	}()
	change()
	done = true
	waiters, b = q.waiters, q.in
	q.waiters = nil
	return waiters, b
}
