package bubble

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"reactortest/scheduler"
)

// thread is a goroutine: one that was started by Go or Start, or a stray one that has
// made a call.
type thread struct {
	name    string  // of Go
	parent  *thread // that has started it; nil for Go and for strays
	ordinal uint32  // how many its parent had started before
	started uint32  // how many it has started
	depth   int
	stray   bool // nobody knows who started it

	id     uint64 // of the goroutine
	number int    // in the order of first calls; -1 before its first one
	task   *scheduler.Task
	done   chan struct{} // its call is over
	over   bool          // so is the run

	call    string // that it makes, or made last
	handle  int
	f       func() // what it asks for; nil while it runs
	inside  bool   // f is being carried out
	posts   []func()
	posting bool // the task carries out posts
	arrived bool // collect has not seen it yet
	ended   bool
	calls   int
}

// label is what reports call the thread: a name that is the same in every run with the
// same past.
func (t *thread) label() string {
	switch {
	case t.stray:
		return fmt.Sprintf("goroutine %d", t.number)
	case t.name != "":
		return t.name
	default:
		return fmt.Sprintf("%s.%d", t.parent.label(), t.ordinal+1)
	}
}

// String says what the thread does, for reports.
func (t *thread) String() string {
	switch {
	case !t.inside && t.f == nil && !t.posting:
		return fmt.Sprintf("%s in code of its own", t.label())
	case t.handle < 0:
		return fmt.Sprintf("%s in %s", t.label(), t.call)
	default:
		return fmt.Sprintf("%s in %s(%d)", t.label(), t.call, t.handle)
	}
}

// byPlace is the order in which calls are taken in: known threads by number, then new
// ones by their parents and by the order in which those started them, then strays by
// what they call.
func byPlace(x, y *thread) int {
	switch {
	case x.number >= 0 || y.number >= 0:
		return cmp.Compare(uint(x.number), uint(y.number)) // -1 is the greatest
	case x.stray != y.stray:
		if x.stray {
			return 1
		}
		return -1
	case x.stray:
		return cmp.Or(cmp.Compare(x.call, y.call), cmp.Compare(x.handle, y.handle), cmp.Compare(x.id, y.id))
	default:
		return byDescent(x, y)
	}
}

// byDescent compares threads by the path from their first ancestor. An ancestor comes
// before its descendants.
func byDescent(x, y *thread) int {
	a, b := x, y
	for a.depth > b.depth {
		a = a.parent
	}
	for b.depth > a.depth {
		b = b.parent
	}
	if a == b {
		return cmp.Compare(x.depth, y.depth)
	}
	for a.parent != b.parent {
		a, b = a.parent, b.parent
	}
	return cmp.Compare(a.ordinal, b.ordinal)
}

// child books a goroutine that the calling one has started or is going to start: who
// starts it is known.
func (b *Bubble) child() *thread {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := &thread{}
	parent := b.threads[scheduler.GoroutineID()]
	if parent == nil {
		t.stray = true
	} else {
		b.descend(t, parent)
	}
	return t
}

// descend makes t the next child of parent. The lock is held.
func (b *Bubble) descend(t, parent *thread) {
	t.parent, t.ordinal, t.depth = parent, parent.started, parent.depth+1
	parent.started++
}

// Fires returns the function to give to time.AfterFunc in the place of f: its goroutines
// are known by the calling one, and a panic of f ends the run. When the run is over, f is
// not called.
func (b *Bubble) Fires(f func()) func() {
	timer := b.child()
	return func() {
		b.mu.Lock()
		t := &thread{parent: timer, ordinal: timer.started, depth: timer.depth + 1}
		timer.started++
		b.mu.Unlock()
		b.body(t, f)
	}
}

// body is the goroutine of t.
func (b *Bubble) body(t *thread, f func()) {
	b.mu.Lock()
	if b.over {
		delete(b.live, t)
		b.mu.Unlock()
		return
	}
	t.id = scheduler.GoroutineID()
	b.adopt(t)
	b.live[t] = struct{}{}
	b.mu.Unlock()
	defer func() {
		cause := recover()
		b.mu.Lock()
		if cause != nil && b.panicked == nil && !b.over {
			b.panicked = &scheduler.TaskPanic{Task: t.label(), Cause: cause, Stack: debug.Stack()}
		}
		t.ended = true
		delete(b.threads, t.id)
		delete(b.live, t)
		b.arrive(t)
		b.mu.Unlock()
		b.ring()
	}()
	f()
}
