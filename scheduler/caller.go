package scheduler

import (
	"fmt"
	"runtime"
	"sync/atomic"
)

// ForeignCall means that a goroutine that is not a task made a simulated call.
type ForeignCall struct {
	Call Call
	Site string // file:line of the function that called
}

// Error names the call, where it was made and the rule.
func (e *ForeignCall) Error() string {
	return fmt.Sprintf("a goroutine outside of the simulation called %s at %s: start goroutines with Host.Go", e.Call, e.Site)
}

// callers knows which goroutine may make simulated calls: in a run, the one of
// the task that has control. Goroutines are told apart by the address of the
// runtime's record of them, which costs a nanosecond or two.
type callers struct {
	control atomic.Uintptr // 0: anybody
	between uintptr        // who may call between runs; 0: anybody
	foreign atomic.Pointer[ForeignCall]
}

// CheckCallers sets which goroutines may make simulated calls between runs: with
// true only the calling goroutine, with false, the default, any goroutine. In a
// run only tasks may. If another goroutine makes a call, runtime.Goexit ends that
// goroutine, and the run, or else the next one, ends with a *ForeignCall. Programs
// that make many runs turn the check on, because a goroutine that one run has
// left behind may make a call at any time.
func (s *Tasks) CheckCallers(on bool) {
	s.callers.between = 0
	if on {
		s.callers.between = goroutine()
	}
	s.callers.control.Store(s.callers.between)
}

// take makes the calling goroutine the one that may call.
func (c *callers) take() { c.control.Store(goroutine()) }

// Known reports whether the calling goroutine may make simulated calls: in a run,
// whether it is the task that has control; between runs, whether CheckCallers
// allows it.
func (s *Tasks) Known() bool {
	if g := s.callers.control.Load(); g == 0 || g == goroutine() {
		return true
	}
	return s.knownCoroutine()
}

// knownCoroutine is Known for a coroutine that a task has made by iter.Pull: it
// runs while the task waits for it, and may make the task's calls. Tasks are
// such coroutines themselves. This way costs microseconds.
func (s *Tasks) knownCoroutine() bool {
	var pcs [64]uintptr
	for skip := 0; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		frames := runtime.CallersFrames(pcs[:n])
		for more := n > 0; more; {
			var f runtime.Frame
			f, more = frames.Next()
			if f.Function == "runtime.corostart" {
				return true
			}
		}
		if n < len(pcs) {
			return false
		}
	}
}

// Enter ends the calling goroutine if it is not a task, as each simulated call
// does. Use it before work that precedes the switch point of a call, and in calls
// that have no switch point.
func (s *Tasks) Enter(call Call) {
	if control := s.callers.control.Load(); control != 0 && control != goroutine() {
		s.admit(call)
	}
}

// admit is Enter of a goroutine that is no task, unless it is a coroutine of one.
func (s *Tasks) admit(call Call) {
	if !s.Known() {
		s.refuse(call)
	}
}

// refuse ends a goroutine that is not a task; the run ends at its next switch.
func (s *Tasks) refuse(call Call) {
	s.callers.foreign.CompareAndSwap(nil, &ForeignCall{Call: call, Site: CallSite(2)})
	s.Alert()
	runtime.Goexit()
}

// takeForeign fails the run if somebody foreign has called.
func (s *Tasks) takeForeign() {
	if s.callers.foreign.Load() != nil {
		s.Fail(s.callers.foreign.Swap(nil))
	}
}

// CallSite returns file:line of the first caller, beyond skip frames, that is not
// in a package of this module's kernel or loops. It returns "unknown" if there is
// no such caller.
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
		"reactortest/scheduler.", "reactortest/fakedemux.", "reactortest/fakedemux/internal/", "reactortest/demux/", "reactortest/proptest.", "reactortest/proptest/watcher.(*observed", "reactortest/proptest/program.", "runtime.",
	} {
		if len(function) >= len(p) && function[:len(p)] == p {
			return true
		}
	}
	return false
}
