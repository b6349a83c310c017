package scheduler

import (
	"bytes"
	"errors"
	"iter"
	"runtime"
	"runtime/debug"
)

// ErrGoexit is the cause of a TaskPanic for a task that called runtime.Goexit, as
// testing.T.FailNow does.
var ErrGoexit = errors.New("the task called runtime.Goexit")

// ErrLockedThread is the cause of a TaskPanic for a task that has locked itself to
// its thread. Tasks take turns on one thread, and the Go runtime would end the
// process at the next turn.
var ErrLockedThread = errors.New("the task called runtime.LockOSThread, which a task must not: tasks take turns on one thread")

// lockRuns is in how many runs of a runner, the first, tasks are looked at for
// ErrLockedThread. To look costs microseconds.
const lockRuns = 4

// maxIdle is how many coroutines without a task a runner keeps.
const maxIdle = MaxAlternatives

// coroutines is the default runner: every task is a coroutine of iter.Pull.
type coroutines struct {
	tasks    []*coroutine
	idle     []*coroutine // whose task has ended, kept for another
	keep     bool
	self     int
	stopping bool
	runs     int // that have ended
}

type coroutine struct {
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	f     func()
	over  func(any, []byte) // tells that f is over
	ended bool

	locked bool // its goroutine was locked to a thread when the task began
}

// NewCoroutine returns the runner that carries each task by a coroutine, one
// at a time, on the goroutine that runs them. A switch costs about 110 ns. A task
// that has ended leaves nothing behind. Neither a task nor the goroutine that runs
// the tasks may be locked to a thread, because the Go runtime would end the
// process. If a task is locked in one of the first runs, the run ends with
// ErrLockedThread instead.
func NewCoroutine() Runner { return &coroutines{self: -1} }

// NewCoroutinePool returns a runner like NewCoroutine that keeps the coroutines
// of ended tasks for the tasks of later runs, until Close. Use it to make many
// runs. A new coroutine costs about a microsecond. In a build with the race
// detector, the detector also keeps some kilobytes for every coroutine that ever
// existed, seen with Go 1.26.
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
	c.locked = r.runs < lockRuns && lockedToThread()
	defer func() {
		if returned {
			return
		}
		cause := recover()
		if r.stopping {
			return
		}
		r.unlock(c)
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
	if r.unlock(c) {
		c.over(ErrLockedThread, debug.Stack())
		return
	}
	c.over(nil, nil)
}

// unlock undoes the calls of LockOSThread that the task of c has made, and
// reports whether there were any.
func (r *coroutines) unlock(c *coroutine) (was bool) {
	if r.runs >= lockRuns || c.locked {
		return false
	}
	for lockedToThread() {
		runtime.UnlockOSThread()
		was = true
	}
	return was
}

// lockedToThread reports whether the calling goroutine is locked to its thread,
// which the runtime tells in the first line of a stack only: "goroutine 18
// [running, locked to thread]:".
func lockedToThread() bool {
	var b [80]byte
	line, _, _ := bytes.Cut(b[:runtime.Stack(b[:], false)], []byte("\n"))
	return bytes.Contains(line, []byte("locked to thread"))
}

func (r *coroutines) Resume(task int) {
	r.self = task
	r.tasks[task].next()
	r.self = -1
}

func (r *coroutines) Park() {
	if r.stopping {
		runtime.Goexit()
	}
	c := r.tasks[r.self]
	if r.unlock(c) {
		c.over(ErrLockedThread, debug.Stack()) // the run is over: it parks for good
	}
	if !c.yield(struct{}{}) {
		runtime.Goexit()
	}
}

func (r *coroutines) Stop() {
	r.runs++
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
