//go:build linux && reactortest_net

package std

import (
	"sync"
	"syscall"
	"time"

	"reactortest/demux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
	"reactortest/shim/sim"
)

// What internal/poll takes as results.
const (
	ready   = 0
	closing = 1
	timeout = 2
)

// waiter is a descriptor as internal/poll waits for it: what the runtime's netpoll has
// one of for each descriptor.
type waiter struct {
	fd      int
	closing bool
	sides   [2]side // reading and writing
}

// side is one direction of a descriptor.
type side struct {
	limited  bool // there is a deadline
	deadline time.Duration

	task    *scheduler.Task // waits for the descriptor
	stirred bool            // and shall look at deadline and closing again
}

// waiters are those of a run. A goroutine that makes no call uses them too, so they are
// under a lock, which is held over nothing that waits.
var waiters struct {
	sync.Mutex

	of   *bubble.Bubble
	all  map[uintptr]*waiter
	last uintptr // never used again, so what is left of an earlier run finds nothing
}

// locked calls f with the waiter that ctx stands for, under the lock. It returns false
// if there is none in the run that is on.
func locked(ctx uintptr, f func(b *bubble.Bubble, w *waiter)) bool {
	waiters.Lock()
	defer waiters.Unlock()
	w := waiters.all[ctx]
	if w == nil || waiters.of != bubble.Current() || !bubble.Inside() {
		return false
	}
	f(waiters.of, w)
	return true
}

// open begins to wait for a descriptor. It returns what stands for it, never 0.
func open(fd int) uintptr {
	waiters.Lock()
	defer waiters.Unlock()
	if b := bubble.Current(); waiters.of != b {
		waiters.of, waiters.all = b, map[uintptr]*waiter{}
	}
	waiters.last++
	waiters.all[waiters.last] = &waiter{fd: fd - syscall.SimBase}
	return waiters.last
}

func forget(ctx uintptr) {
	waiters.Lock()
	defer waiters.Unlock()
	delete(waiters.all, ctx)
}

// reset says why a call may not begin.
func reset(ctx uintptr, mode int) int {
	result := closing
	locked(ctx, func(b *bubble.Bubble, w *waiter) { result = w.check(mode, b.Elapsed()) })
	return result
}

// check says why a call may not begin or go on.
func (w *waiter) check(mode int, now time.Duration) int {
	switch s := w.side(mode); {
	case w.closing:
		return closing
	case s.limited && now >= s.deadline:
		return timeout
	}
	return ready
}

func (w *waiter) side(mode int) *side {
	if mode == 'w' {
		return &w.sides[1]
	}
	return &w.sides[0]
}

// unblock ends the waits of a descriptor that is being closed.
func unblock(ctx uintptr) {
	locked(ctx, func(b *bubble.Bubble, w *waiter) {
		w.closing = true
		w.sides[0].stir(b)
		w.sides[1].stir(b)
	})
}

// limit sets the deadline of one side or both. d is from now; 0 is no deadline.
func limit(ctx uintptr, d int64, mode int) {
	locked(ctx, func(b *bubble.Bubble, w *waiter) {
		for i, m := range "rw" {
			if s := &w.sides[i]; mode == int(m) || mode == 'r'+'w' {
				s.limited, s.deadline = d != 0, max(b.Elapsed()+time.Duration(d), 0)
				s.stir(b)
			}
		}
	})
}

// stir makes a call that waits look again.
func (s *side) stir(b *bubble.Bubble) {
	s.stirred = true
	if s.task != nil {
		b.Wake(s.task)
	}
}

// wait waits until a descriptor is ready.
func wait(ctx uintptr, mode int) int {
	result, fd := closing, -1
	if !locked(ctx, func(_ *bubble.Bubble, w *waiter) { fd = w.fd }) {
		return result
	}
	sim.Enter("poll", fd, func(sys *sim.System) {
		for over := false; !over; {
			result, over = await(sys, ctx, mode)
		}
	})
	return result
}

// await waits once. It returns false if there is reason to look again.
func await(sys *sim.System, ctx uintptr, mode int) (result int, over bool) {
	result = closing
	var w *waiter
	var s *side
	until := time.Duration(-1)
	locked(ctx, func(_ *bubble.Bubble, at *waiter) {
		w, s = at, at.side(mode)
		if result = w.check(mode, sys.Kernel.Now()); result != ready {
			return
		}
		if s.limited {
			until = s.deadline
		}
		s.task, s.stirred = sys.Kernel.Tasks().Current(), false
	})
	if result != ready {
		return result, true
	}
	want := demux.Readable
	if mode == 'w' {
		want = demux.Writable
	}
	come, err := sys.Kernel.AwaitUnless(demux.Handle(w.fd), want, until, func() bool {
		waiters.Lock()
		defer waiters.Unlock()
		return s.stirred
	})
	waiters.Lock()
	s.task = nil
	waiters.Unlock()
	return ready, come || err != nil
}
