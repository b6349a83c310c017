package server

import (
	"errors"
	"sync"
	"testing"
	"time"

	"reactortest/fakedemux"
	"reactortest/proptest/internal/bubbled"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler/bubble"
	"reactortest/shim/order"
)

// GoroutinesSuite returns the suite that judges an engine which starts goroutines of its
// own, in bubbles of testing/synctest. Its calls reach the simulated kernel through
// bubble.Current.
func GoroutinesSuite(subject NewEngine) core.Suite {
	Suite(subject) // panics
	return goroutinesSuite{suite{subject}}
}

// goroutinesSuite is the suite with bubbles around the runs.
type goroutinesSuite struct{ suite }

// Surround has each run in a bubble.
func (s goroutinesSuite) Surround(tb testing.TB, k *fakedemux.Kernel) core.Machine {
	return bubbled.New(tb, k)
}

// inBubble are the goroutines of a bubble.
type inBubble struct {
	bubble *bubble.Bubble
	kernel *fakedemux.Kernel
}

var _ threads = inBubble{}

// Go starts a goroutine.
func (t inBubble) Go(name string, f func()) { t.bubble.Go(name, f) }

// Do carries out f in the task of the calling goroutine.
func (t inBubble) Do(call string, f func()) {
	t.bubble.Do(call, -1, func() {
		t.kernel.Yield(call)
		f()
	})
}

// Sleep blocks the goroutine.
func (t inBubble) Sleep(d time.Duration) {
	t.bubble.Do("sleep", -1, func() { t.kernel.Sleep(d) })
}

// Self returns the number of the task of the goroutine. The goroutine is in a call.
func (t inBubble) Self() int { return tasks{t.kernel}.Self() }

// joinBubble makes the threads of the session those of a bubble.
func (s *session) joinBubble(b *bubble.Bubble) {
	s.threads = inBubble{b, s.c.Kernel}
	s.bubble = b
	s.modules = rewired()
	s.c.Through = func(call string, f func()) { b.Do(call, -1, f) }
	s.c.Blame = blameStuck
	b.OnCall = func(c bubble.Call) { s.Called(ruleName(c.Name), c.Handle, c.N, ruleNumber(c.Errno)) }
}

// rewired are the modules that were rewired, which a program knows from its start.
var rewired = sync.OnceValue(order.Modules)

// blameStuck says which rule a run breaks that ended with goroutines which can never go
// on.
func blameStuck(err error) (rule int, text string, is bool) {
	var stuck *bubbled.StuckError
	if !errors.As(err, &stuck) {
		return 0, "", false
	}
	return ruleNoLeakedGoroutine, stuck.Error(), true
}

// ruleName returns the name of a system call that rules know.
func ruleName(call string) string {
	switch call {
	case "epoll_wait", "poll", "ppoll", "select":
		return callWait
	case "readv", "recvfrom", "recvmsg":
		return callRead
	case "writev", "sendto", "sendmsg", "sendfile":
		return callWrite
	default:
		return call
	}
}

// ruleNumber returns the number of an error of Linux that rules know.
func ruleNumber(errno int) int {
	const errnoNoFileInSystem = 23 // ENFILE
	switch errno {
	case 0, errnoBadFile, errnoNoFile:
		return errno
	case errnoNoFileInSystem:
		return errnoNoFile
	default:
		return errnoOther
	}
}

// left returns the threads of the engine that have not ended.
func (s *session) left() []string {
	if s.bubble != nil {
		return s.bubble.Left()
	}
	return s.running
}
