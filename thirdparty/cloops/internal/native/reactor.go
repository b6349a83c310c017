package native

import (
	"sync"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/proptest"
)

// New returns a factory of reactors with loops that open makes.
func New(open Open, f Features) proptest.NewReactor {
	return func(tb testing.TB, _ demux.Host) proptest.Reactor {
		r := &reactor{features: f}
		loop, err := open(r.woken)
		if err != nil {
			tb.Fatal(err)
		}
		r.loop = loop
		return r
	}
}

// reactor is a loop of a library as a reactor.
type reactor struct {
	features Features
	loop     Loop

	mu      sync.Mutex // guards the following, and is held over no call of the library
	users   int        // calls that use the loop; the last one frees it
	running bool
	closed  bool
	freed   bool
	posted  []func()

	// The loop's own goroutine has the rest.
	objects  []object // what has to be freed before the loop, oldest first
	watches  int      // of these
	parked   bool     // the library has ended by itself, and runs again until a Wake
	panicked bool
	cause    any
}

// object is a watch or a timer.
type object interface{ free() }

// enter begins a call that uses the loop, unless it is gone.
func (r *reactor) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.freed {
		return false
	}
	r.users++
	return true
}

// leave ends such a call.
func (r *reactor) leave() {
	r.mu.Lock()
	r.users--
	free := r.closed && !r.freed && r.users == 0
	r.freed = r.freed || free
	r.mu.Unlock()
	if !free {
		return
	}
	for _, o := range r.objects {
		o.free()
	}
	r.objects = nil
	r.loop.Free()
}

// forget removes an object that was freed.
func (r *reactor) forget(o object) {
	for i, x := range r.objects {
		if x == o {
			r.objects = append(r.objects[:i], r.objects[i+1:]...)
			return
		}
	}
}

// Post queues fn and wakes the loop.
func (r *reactor) Post(fn func()) error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return demux.ErrClosed
	}
	r.posted = append(r.posted, fn)
	r.users++
	r.mu.Unlock()
	r.loop.Wake()
	r.leave()
	return nil
}

// Close ends the loop. Calls that use it finish before it is freed.
func (r *reactor) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed = true
	r.users++
	running := r.running
	r.mu.Unlock()
	if running {
		r.loop.Wake()
	}
	r.leave()
	return nil
}

// woken is what the loop calls after a Wake: posted functions run, and a loop that was
// closed ends.
func (r *reactor) woken() {
	r.runPosted()
	if r.parked || r.over() {
		r.loop.Break()
	}
}

func (r *reactor) over() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

// runPosted runs what was posted before, and returns whether that was something.
func (r *reactor) runPosted() bool {
	r.mu.Lock()
	posted := r.posted
	r.posted = nil
	r.mu.Unlock()
	for _, fn := range posted {
		r.guard(fn)
	}
	return len(posted) > 0
}

// guard calls fn, a function that the loop has called, and keeps its panic.
func (r *reactor) guard(fn func()) {
	defer func() {
		cause := recover()
		if cause == nil {
			return // or the run is over, and the goroutine ends
		}
		if !r.panicked {
			r.panicked, r.cause = true, cause
		}
		r.loop.Break()
	}()
	fn()
}

// Run runs the loop until Close.
func (r *reactor) Run() error { return r.run(false) }

// RunWhileAlive also ends when the library knows of nothing that it waits for, and
// nothing is posted.
func (r *reactor) RunWhileAlive() error { return r.run(true) }

func (r *reactor) run(whileAlive bool) error {
	r.mu.Lock()
	if r.running {
		r.mu.Unlock()
		return errRuns
	}
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.running = true
	r.users++
	r.mu.Unlock()
	r.untilEnd(whileAlive)
	r.mu.Lock()
	r.running = false
	r.mu.Unlock()
	r.leave()
	if r.panicked {
		cause := r.cause
		r.panicked, r.cause = false, nil
		panic(cause)
	}
	return nil
}

// untilEnd runs the library until the loop was closed, or a function panics. With
// whileAlive the end of the library's run is the loop's own if nothing was posted, which
// libraries do not count, and there is no watch that waits for nothing, which does not
// keep them alive.
func (r *reactor) untilEnd(whileAlive bool) {
	for {
		r.loop.Run(whileAlive && !r.parked)
		r.parked = false
		switch {
		case r.panicked || r.over():
			return
		case r.runPosted():
			if r.panicked {
				return
			}
		case !whileAlive || r.watches == 0:
			return
		default:
			r.parked = true // until something is posted
		}
	}
}

// TimerGrain is what the library counts time in.
func (r *reactor) TimerGrain() time.Duration { return r.features.Grain }

// TimerTiesInOrder reports what the library says of timers that are due at once.
func (r *reactor) TimerTiesInOrder() bool { return r.features.Ties }
