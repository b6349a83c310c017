package native

import (
	"time"

	"reactortest/proptest"
)

// timer is a timer of the library.
type timer struct {
	r      *reactor
	native Timer
	fn     func()
	set    bool
	once   bool // it is freed when it has run or was stopped
}

// NewTimer returns a timer that is not set.
func (r *reactor) NewTimer(fn func()) proptest.Timer { return r.newTimer(fn, false) }

// AfterFunc calls fn after d.
func (r *reactor) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	t := r.newTimer(fn, true)
	t.Reset(d)
	return t.Stop
}

func (r *reactor) newTimer(fn func(), once bool) *timer {
	t := &timer{r: r, fn: fn, once: once}
	if !r.enter() {
		return t
	}
	defer r.leave()
	native, err := r.loop.Timer(t.fire)
	if err != nil { // no memory
		panic(err)
	}
	t.native = native
	r.objects = append(r.objects, t)
	return t
}

func (t *timer) fire() {
	t.r.guard(func() {
		t.set = false
		if t.once {
			t.end()
		}
		t.fn()
	})
}

// Reset sets the timer.
func (t *timer) Reset(d time.Duration) (kept bool) {
	if t.native == nil || !t.r.enter() {
		return false
	}
	defer t.r.leave()
	kept = t.set
	t.set = true
	t.native.Start(d)
	return kept
}

// Stop stops it.
func (t *timer) Stop() (kept bool) {
	if t.native == nil || !t.r.enter() {
		return false
	}
	defer t.r.leave()
	kept = t.set
	t.set = false
	t.native.Stop()
	if t.once {
		t.end()
	}
	return kept
}

// end frees a timer that is not used again.
func (t *timer) end() {
	t.r.forget(t)
	t.free()
}

func (t *timer) free() {
	t.native.Free()
	t.native = nil
}
