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

// coroutines is the default runner: every task is a coroutine of iter.Pull.
type coroutines struct {
	tasks    []*coroutine
	self     int
	stopping bool
}

type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	ended bool
}

// NewCoroutine returns the runner that carries each task by a coroutine, one
// at a time, on the goroutine that runs them. A switch costs about 110 ns.
func NewCoroutine() Runner { return &coroutines{self: -1} }

func (r *coroutines) Tasks() bool { return true }

func (r *coroutines) Start(f func(), ended func(any, []byte)) int {
	c := &coroutine{}
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		r.body(c, f, ended)
	})
	r.tasks = append(r.tasks, c)
	return len(r.tasks) - 1
}

// body runs f and tells ended how it left. A Goexit cannot be stopped, and
// iter.Pull would pass it on to whoever resumed the task: so the coroutine
// parks in its deferred function for good, and Stop lets it go.
func (r *coroutines) body(c *coroutine, f func(), ended func(any, []byte)) {
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
			ended(cause, debug.Stack())
			return
		}
		ended(ErrGoexit, debug.Stack())
		c.yield(struct{}{})
	}()
	f()
	returned = true
	ended(nil, nil)
}

func (r *coroutines) Resume(task int) {
	c := r.tasks[task]
	r.self = task
	if _, more := c.next(); !more {
		c.ended = true
	}
	r.self = -1
}

func (r *coroutines) Park() {
	if r.stopping || !r.tasks[r.self].yield(struct{}{}) {
		runtime.Goexit()
	}
}

func (r *coroutines) Stop() {
	left := r.tasks[:0:0]
	for _, c := range r.tasks {
		if !c.ended {
			left = append(left, c)
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
