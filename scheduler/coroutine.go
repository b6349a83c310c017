package scheduler

import (
	"errors"
	"iter"
	"runtime"
	"runtime/debug"
)

// ErrGoexit is the cause of a task's end by runtime.Goexit, which is what
// testing.T.FailNow does.
var ErrGoexit = errors.New("the task called runtime.Goexit")

// maxIdle is how many coroutines without a task a runner keeps.
const maxIdle = MaxAlternatives

// coroutines is the default runner: every task is a coroutine of iter.Pull.
type coroutines struct {
	tasks    []*coroutine
	idle     []*coroutine // whose task has ended, kept for another
	keep     bool
	self     int
	stopping bool
}

type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	f     func()
	over  func(any, []byte) // tells that f is over
	ended bool
}

// NewCoroutine returns the runner that carries each task by a coroutine, one
// at a time, on the goroutine that runs them. A switch costs about 110 ns.
// Nothing is left of a task that has ended. The goroutine that runs the tasks
// must not be locked to a thread: the Go runtime ends the process then.
func NewCoroutine() Runner { return &coroutines{self: -1} }

// NewCoroutinePool returns a runner like NewCoroutine that keeps the coroutines
// of tasks that have ended for the tasks of later runs, until Close: for those
// who make many runs. A coroutine costs about a microsecond to make, and in a
// build with the race detector it is never given back: the detector keeps some
// kilobytes for each that ever was, seen with Go 1.26.
func NewCoroutinePool() Runner { return &coroutines{self: -1, keep: true} }

func (r *coroutines) Tasks() bool { return true }

func (r *coroutines) Start(f func(), ended func(any, []byte)) int {
	var c *coroutine
	if n := len(r.idle); n > 0 {
		c, r.idle = r.idle[n-1], r.idle[:n-1]
	} else {
		c = r.newCoroutine()
	}
	c.f, c.over, c.ended = f, ended, false
	r.tasks = append(r.tasks, c)
	return len(r.tasks) - 1
}

// newCoroutine makes a coroutine that runs one task after another.
func (r *coroutines) newCoroutine() *coroutine {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		r.body(c)
		for r.keep && yield(struct{}{}) {
			r.body(c)
		}
	})
	return c
}

// body runs the task of c and tells how it left. A Goexit cannot be stopped,
// and iter.Pull would pass it on to whoever resumed the task: so the coroutine
// parks in its deferred function for good, and Stop lets it go.
func (r *coroutines) body(c *coroutine) {
	returned := false
	defer func() {
		if returned {
			return
		}
		cause := recover()
		if r.stopping {
			return
		}
		if cause != nil {
			c.ended = true
			c.over(cause, debug.Stack())
			return
		}
		c.over(ErrGoexit, debug.Stack())
		c.yield(struct{}{})
	}()
	c.f()
	returned = true
	c.ended = true
	c.over(nil, nil)
}

func (r *coroutines) Resume(task int) {
	r.self = task
	r.tasks[task].next()
	r.self = -1
}

func (r *coroutines) Park() {
	if r.stopping || !r.tasks[r.self].yield(struct{}{}) {
		runtime.Goexit()
	}
}

func (r *coroutines) Stop() {
	var left []*coroutine
	for _, c := range r.tasks {
		switch {
		case !c.ended:
			left = append(left, c)
		case r.keep && len(r.idle) < maxIdle:
			c.f, c.over = nil, nil
			r.idle = append(r.idle, c)
		case r.keep:
			c.stop()
		}
	}
	clear(r.tasks)
	r.tasks = r.tasks[:0]
	if len(left) == 0 {
		return
	}
	r.stopping = true
	done := make(chan struct{})
	// A stopped coroutine leaves by Goexit, which iter.Pull passes on to the
	// caller of stop. That caller is this goroutine, made for the purpose.
	go func() {
		defer close(done)
		stopAll(left)
	}()
	<-done
	r.stopping = false
}

func (r *coroutines) Close() {
	r.Stop()
	for _, c := range r.idle {
		c.stop()
	}
	clear(r.idle)
	r.idle = r.idle[:0]
}

// stopAll stops each coroutine although each stop ends the goroutine.
func stopAll(left []*coroutine) {
	if len(left) == 0 {
		return
	}
	defer stopAll(left[1:])
	left[0].stop()
}

func (r *coroutines) Self() int { return r.self }
func (r *coroutines) Idle()     {}
