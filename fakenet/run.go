//go:build linux

package fakenet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/scheduler"
	"reactortest/scheduler/bubble"
)

// grace is how long goroutines have to end when the function has returned.
const grace = 10 * time.Second

// stepsPerCall is how many steps and decisions of the kernel a call may need.
const stepsPerCall = 16

// play makes one run of f.
func (o *Options) play(t *testing.T, s scheduler.Strategy, f func(t testing.TB)) {
	t.Helper()
	defer alone()()
	calls := o.Calls
	if calls == 0 {
		calls = defaultCalls
	}
	k := fakedemux.New(&fakedemux.Options{
		Plan: o.Plan, StreamBuffer: o.Buffer,
		Budget: scheduler.Budget{Steps: calls * stepsPerCall, Decisions: calls * stepsPerCall, Time: 24 * time.Hour},
	})
	var err error
	var left, open []string
	stuck := bubble.Test(t, func(t *testing.T) {
		t.Helper()
		s.Begin(0)
		k.Reset(s)
		b := bubble.New(k)
		b.RealLocks = true
		p := &player{t: &runTB{TB: t}, kernel: k, bubble: b}
		err = b.Run(func() { left, open = p.world(f) })
		b.End()
	})
	switch {
	case err != nil:
		t.Errorf("fakenet: %v", err)
	case len(left) > 0:
		t.Errorf("fakenet: %v after the function returned, these goroutines had not ended: %s", grace, strings.Join(left, ", "))
	case stuck != "":
		t.Errorf("fakenet: goroutines are left that can never go on: %s", stuck)
	case len(open) > 0:
		t.Errorf("fakenet: the function has ended, but it left open: %s", strings.Join(open, "; "))
	}
}

// player makes a run.
type player struct {
	t      *runTB
	kernel *fakedemux.Kernel
	bubble *bubble.Bubble
}

// world calls f in a goroutine, and returns what is left when f has ended.
func (p *player) world(f func(t testing.TB)) (left, open []string) {
	tasks := p.kernel.Tasks()
	returned, me := false, tasks.Current()
	p.bubble.Go("program", func() {
		defer p.bubble.Do("return", -1, func() {
			returned = true
			p.bubble.Wake(me)
		})
		defer p.t.clean()
		f(p.t)
	})
	for !returned {
		tasks.Block(scheduler.Call{Name: "await the function", Handle: -1}, -1)
	}
	for end := p.kernel.Now() + grace; len(p.bubble.Left()) > 0 && p.kernel.Now() < end; {
		p.kernel.Sleep(time.Second)
	}
	for _, l := range p.kernel.Leaks() {
		open = append(open, fmt.Sprint(l))
	}
	return p.bubble.Left(), open
}

// runTB is the testing.TB of a run. Its Cleanup functions run in the bubble, while there
// still is a network.
type runTB struct {
	testing.TB
	cleanups []func()
}

// Cleanup has f called when the function of the run has ended.
func (t *runTB) Cleanup(f func()) { t.cleanups = append(t.cleanups, f) }

func (t *runTB) clean() {
	for len(t.cleanups) > 0 {
		f := t.cleanups[len(t.cleanups)-1]
		t.cleanups = t.cleanups[:len(t.cleanups)-1]
		f()
	}
}
