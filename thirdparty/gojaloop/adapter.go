// Package gojaloop has the event loop of goja_nodejs as a reactor of the judge. It has
// timers and jobs, and watches nothing.
package gojaloop

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja_nodejs/eventloop"

	"reactortest/demux"
	"reactortest/proptest"
	"reactortest/thirdparty/internal/judge"
)

// Subjects are the configurations that are judged: which of the loop's functions timers
// and posted functions are.
var Subjects = []judge.Loop{
	{Name: "timeouts", New: with("setTimeout", "clearTimeout", false), Real: raced},
	{Name: "intervals", New: with("setInterval", "clearInterval", false), Real: raced},
	{Name: "posts-are-intervals", New: with("setInterval", "clearInterval", true), Real: raced},
}

// raced is what the order of goroutines breaks.
var raced = map[string]string{"timers-in-order": race, "posted-fifo": race}

const race = "each timer is a goroutine that hands its job to the loop, and they race; functions that are posted as intervals are timers"

// reactor is a loop.
type reactor struct {
	loop       *eventloop.EventLoop
	set, clear string
	intervals  bool // posted functions are intervals, too
	vm         *goja.Runtime
	clears     []func() // clear the timers that were set
	over       bool     // nothing that was posted is to run any more

	stop chan struct{} // closed by Close while the loop runs
	once sync.Once

	mu      sync.Mutex
	running bool
	closed  bool
}

func with(set, clear string, intervals bool) proptest.NewReactor {
	return func(testing.TB, demux.Host) proptest.Reactor {
		r := &reactor{loop: eventloop.NewEventLoop(), set: set, clear: clear, intervals: intervals, stop: make(chan struct{})}
		r.loop.Run(func(vm *goja.Runtime) { r.vm = vm }) // it has nothing to do, and returns
		return r
	}
}

// Watch is refused: the loop has no handles.
func (r *reactor) Watch(demux.Handle, demux.Ready, demux.Mode, func(demux.Event)) (proptest.Watch, error) {
	return nil, errors.ErrUnsupported
}

// AfterFunc sets a timer of the script's: the loop's own goroutine does that.
func (r *reactor) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	over := false
	var timer goja.Value
	clearIt := func() { r.call(r.clear, timer) }
	callback := func() {
		if over {
			return
		}
		over = true
		if r.set == "setInterval" {
			clearIt()
		}
		fn()
	}
	ms := (d + time.Millisecond - 1) / time.Millisecond
	timer = r.call(r.set, r.vm.ToValue(callback), r.vm.ToValue(int64(ms)))
	r.clears = append(r.clears, clearIt)
	return func() bool {
		was := over
		over = true
		clearIt() // it does nothing to one that has run
		return !was
	}
}

// call calls a global function of the script.
func (r *reactor) call(name string, args ...goja.Value) goja.Value {
	f, _ := goja.AssertFunction(r.vm.Get(name))
	v, err := f(goja.Undefined(), args...)
	if err != nil {
		panic(err)
	}
	return v
}

// Post runs fn on the loop.
func (r *reactor) Post(fn func()) error {
	run := func() {
		if !r.over {
			fn()
		}
	}
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	switch {
	case closed:
		return demux.ErrClosed
	case r.intervals:
		if !r.interval(run) {
			return demux.ErrClosed
		}
	case !post(r.loop, run):
		return demux.ErrClosed
	}
	return nil
}

// interval runs fn as an interval that its own function clears, and reports whether the
// loop has accepted it.
func (r *reactor) interval(fn func()) bool {
	made, ran := make(chan *eventloop.Interval, 1), false
	i := r.loop.SetInterval(func(*goja.Runtime) {
		i := <-made
		made <- i
		r.loop.ClearInterval(i)
		if !ran {
			ran = true
			fn()
		}
	}, 0)
	if i == nil {
		return false
	}
	made <- i
	return true
}

// Run runs the loop until it is stopped.
func (r *reactor) Run() error { return r.run(func() { foreground(r.loop, r.stop) }) }

// RunWhileAlive runs the loop until no timer is left.
func (r *reactor) RunWhileAlive() error {
	return r.run(func() { whileAlive(r.loop, r.stop) })
}

func (r *reactor) run(run func()) error {
	r.mu.Lock()
	runs := !r.closed && !r.running
	nested := r.running
	r.running = r.running || runs
	r.mu.Unlock()
	if nested {
		return errors.New("the loop runs")
	}
	if runs {
		run()
		r.mu.Lock()
		r.running, runs = false, !r.closed
		r.mu.Unlock()
	}
	if !runs { // it has not ended by itself
		r.over = true
		terminate(r)
	}
	return nil
}

// TimerTiesInOrder reports that timers run in the order of Go's timers: those that are due
// at the same time have none.
func (r *reactor) TimerTiesInOrder() bool { return false }

// TimerGrain is what the delays of a script count in.
func (r *reactor) TimerGrain() time.Duration { return time.Millisecond }

// Close stops the loop. A loop that runs forgets its jobs when it has stopped.
func (r *reactor) Close() error {
	r.mu.Lock()
	running := r.running
	r.closed = true
	r.mu.Unlock()
	if running {
		r.once.Do(func() { close(r.stop) })
		stopNoWait(r.loop)
		return nil
	}
	r.loop.Stop()
	return nil
}
