package scheduler

import (
	"fmt"
	"runtime"
	"sync"
)

// ForeignCall says that a goroutine that is no task made a simulated call.
type ForeignCall struct {
	Call Call
	Site string // file:line of the function that called
}

// Error names the call, where it was made and the rule.
func (e *ForeignCall) Error() string {
	return fmt.Sprintf("a goroutine that is no task called %s at %s: start goroutines with Host.Go", e.Call, e.Site)
}

// callers knows the goroutines that may make simulated calls.
type callers struct {
	mu      sync.Mutex
	on      bool
	known   map[uint64]struct{}
	foreign *ForeignCall // the first
}

// CheckCallers says whether the calls of the following runs are checked to
// come from tasks. Without the check a call from elsewhere is a data race; with
// it that goroutine is ended by runtime.Goexit and the run with a *ForeignCall.
// A check costs microseconds a call, since Go has no cheap name for a
// goroutine: judges check some runs of many.
func (s *Tasks) CheckCallers(on bool) {
	c := &s.callers
	c.mu.Lock()
	defer c.mu.Unlock()
	c.on = on
	c.known, c.foreign = nil, nil
	if on {
		c.known = map[uint64]struct{}{goroutine(): {}}
	}
}

// CheckingCallers reports whether calls are checked.
func (s *Tasks) CheckingCallers() bool { return s.callers.on }

// enroll makes the calling goroutine one that may call.
func (c *callers) enroll() {
	if !c.on {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known[goroutine()] = struct{}{}
}

// Known reports whether the calling goroutine is a task, or the one that called
// CheckCallers. Without CheckCallers everybody is known.
func (s *Tasks) Known() bool {
	c := &s.callers
	if !c.on {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.known[goroutine()]
	return known
}

// refuse ends a goroutine that is no task; the run ends at its next switch.
func (s *Tasks) refuse(call Call) {
	c := &s.callers
	c.mu.Lock()
	if c.foreign == nil {
		c.foreign = &ForeignCall{Call: call, Site: CallSite(2)}
	}
	c.mu.Unlock()
	runtime.Goexit()
}

// takeForeign fails the run if somebody foreign has called.
func (s *Tasks) takeForeign() {
	c := &s.callers
	if !c.on {
		return
	}
	c.mu.Lock()
	foreign := c.foreign
	c.mu.Unlock()
	if foreign != nil {
		s.Fail(foreign)
	}
}

// CallSite returns file:line of the first caller, beyond skip frames, that is
// not in a package of this module's kernel or loops; "unknown" if there is none.
func CallSite(skip int) string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(skip+1, pcs[:])])
	for {
		f, more := frames.Next()
		if f.Function != "" && !inside(f.Function) {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}

// inside reports whether a function is this module's own machinery.
func inside(function string) bool {
	for _, p := range [...]string{
		"reactortest/scheduler.", "reactortest/fakedemux.", "reactortest/demux/", "reactortest/proptest.(*observed", "runtime.",
	} {
		if len(function) >= len(p) && function[:len(p)] == p {
			return true
		}
	}
	return false
}

// goroutine returns the number of the calling goroutine, which the runtime
// tells in the first line of a stack only: "goroutine 18 [running]:".
func goroutine() uint64 {
	var b [40]byte
	n := runtime.Stack(b[:], false)
	var id uint64
	for _, c := range b[len("goroutine "):n] {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + uint64(c-'0')
	}
	return id
}
