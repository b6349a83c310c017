package server

import (
	"runtime"
	"strings"

	"reactortest/shim/order"
)

// stackDepth is how many functions are kept of those that have led to a callback: the
// engine's are behind a few of the adapter's.
const stackDepth = 8

// stack is what has led to a callback.
type stack struct {
	at [stackDepth]uintptr
	n  int
}

// stack returns that of the caller, nothing if the engine was not rewired: nobody knows
// its functions then.
func (s *session) stack() (c stack) {
	if s.bubble != nil && len(s.modules) > 0 {
		c.n = runtime.Callers(2, c.at[:])
	}
	return c
}

// passes reports whether a function of the engine is on the stack, or if nobody knows.
// Those in files of tests are the adapter's.
func (c *stack) passes(modules []order.Module) bool {
	if c.n == 0 {
		return true
	}
	frames := runtime.CallersFrames(c.at[:c.n])
	for {
		f, more := frames.Next()
		for _, m := range modules {
			rest, of := strings.CutPrefix(f.Function, m.Path)
			if of && rest != "" && strings.ContainsRune("./", rune(rest[0])) && !strings.HasSuffix(f.File, "_test.go") {
				return true
			}
		}
		if !more {
			return false
		}
	}
}

// stray fails the run, and not the engine, if a callback that comes after Closed is the
// adapter's fault: the engine calls Open, and either this callback or the first Closed was
// not called by it. An adapter that waits for what the engine reports, and makes all
// callbacks itself, cannot be told from its engine. The lock is held.
func (s *session) stray(x *conn, what string, by *stack) bool {
	if x.open() || !x.openedBy.passes(s.modules) {
		return false
	}
	switch {
	case !by.passes(s.modules):
	case !x.closedBy.passes(s.modules):
		what = "Closed"
	default:
		return false
	}
	s.c.FailRun("c%d has a callback after Closed, and no function of the engine is behind %s: the adapter does not keep to the interface", x.number, what)
	return true
}
