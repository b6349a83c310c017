package bubbled

import (
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// Courier carries calls between a suite, whose code runs in tasks, and a subject, whose
// code runs in goroutines. A suite that was written for subjects of tasks judges subjects
// of goroutines through it. Tasks use it, but for Upcall.
type Courier struct {
	bubble *bubble.Bubble
	tasks  *scheduler.Tasks
	main   *worker                     // carries out what the task that made the courier asks for
	owner  *scheduler.Task             // that task
	over   bool                        // Close was called
	inside map[*scheduler.Task]*worker // tasks that are functions which the subject has called
}

// worker is a goroutine of the subject that carries out what tasks ask for.
type worker struct {
	c     *Courier
	queue []*request
	task  *scheduler.Task // of the goroutine, while it waits for requests
}

// request is one call.
type request struct {
	f     func()
	from  *scheduler.Task
	done  bool
	cause any // what f has panicked with
}

// NewCourier returns a courier of the bubble that is on. Its worker is a goroutine of the
// subject: what the current task asks for runs there.
func NewCourier() *Courier {
	b := bubble.Current()
	c := &Courier{bubble: b, tasks: b.Kernel().Tasks(), inside: make(map[*scheduler.Task]*worker)}
	c.owner = c.tasks.Current()
	c.main = &worker{c: c}
	b.Go("loop", func() { c.main.serve(&c.over) })
	return c
}

// Close ends the goroutine that NewCourier has started, unless it is in a call.
func (c *Courier) Close() {
	c.over = true
	if c.main.task != nil {
		c.tasks.Ready(c.main.task)
	}
}

// Ask calls f in a goroutine of the subject and returns when f has returned. What the
// task that made the courier asks for runs in one goroutine, what a function that the
// subject has called asks for in the goroutine that has called it, and everything else in
// a goroutine of its own. A panic of f is one of Ask.
func (c *Courier) Ask(f func()) {
	current := c.tasks.Current()
	r := &request{f: f, from: current}
	switch w := c.inside[current]; {
	case w != nil:
		w.take(r)
	case current == c.owner:
		c.main.take(r)
	default:
		c.bubble.Go("caller", func() { c.carryOut(r) })
	}
	for !r.done {
		c.tasks.Block(scheduler.Call{Name: "call of the subject", Handle: -1}, -1)
	}
	if r.cause != nil {
		panic(r.cause)
	}
}

// take has the worker carry out r.
func (w *worker) take(r *request) {
	w.queue = append(w.queue, r)
	if w.task != nil {
		w.c.tasks.Ready(w.task)
	}
}

// serve carries out requests until over is true.
func (w *worker) serve(over *bool) {
	c := w.c
	for {
		var r *request
		c.bubble.Do("await the judge", -1, func() {
			w.task = c.tasks.Current()
			for len(w.queue) == 0 && !*over {
				c.tasks.Block(scheduler.Call{Name: "await the judge", Handle: -1}, -1)
			}
			w.task = nil
			if len(w.queue) > 0 {
				r = w.queue[0]
				w.queue = w.queue[1:]
			}
		})
		if r == nil {
			return
		}
		c.carryOut(r)
	}
}

// carryOut calls the function of r, and tells who has asked.
func (c *Courier) carryOut(r *request) {
	func() {
		defer func() { r.cause = recover() }()
		r.f()
	}()
	c.bubble.Do("return", -1, func() {
		r.done = true
		c.tasks.Ready(r.from)
	})
}

// Upcall calls f in a task, and returns when f has returned. A goroutine of the subject
// calls it, in a function that the subject was given. A panic of f is one of Upcall.
func (c *Courier) Upcall(f func()) {
	var (
		w     = &worker{c: c}
		over  bool
		cause any
	)
	c.bubble.Do("callback", -1, func() {
		var t *scheduler.Task
		t = c.tasks.Go("main", func() {
			defer func() {
				cause = recover()
				over = true
				delete(c.inside, t)
				if w.task != nil {
					c.tasks.Ready(w.task)
				}
			}()
			f()
		})
		c.inside[t] = w
	})
	w.serve(&over)
	if cause != nil {
		panic(cause)
	}
}
