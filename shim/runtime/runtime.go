// Package runtime has the functions of the standard library's runtime whose effect a
// run on a simulated kernel must know or must not depend on.
package runtime

import (
	"runtime"

	"reactortest/scheduler/bubble"
)

// processors is how many processors a run sees, on every machine.
const processors = 2

// Gosched lets the other goroutines act.
func Gosched() {
	if b := bubble.Current(); b != nil {
		b.Do("gosched", -1, b.GiveWay)
		return
	}
	runtime.Gosched()
}

// LockOSThread does nothing in a run: there are no threads.
func LockOSThread() {
	if bubble.Current() == nil {
		runtime.LockOSThread()
	}
}

// UnlockOSThread does nothing in a run.
func UnlockOSThread() {
	if bubble.Current() == nil {
		runtime.UnlockOSThread()
	}
}

// NumCPU is 2 in a run.
func NumCPU() int {
	if bubble.Current() == nil {
		return runtime.NumCPU()
	}
	return processors
}

// GOMAXPROCS is 2 in a run, and does not change.
func GOMAXPROCS(n int) int {
	if bubble.Current() == nil {
		return runtime.GOMAXPROCS(n)
	}
	return processors
}

// GC does nothing in a run.
func GC() {
	if bubble.Current() == nil {
		runtime.GC()
	}
}

// NumGoroutine is 1 in a run: what else the process does is not the program's.
func NumGoroutine() int {
	if bubble.Current() == nil {
		return runtime.NumGoroutine()
	}
	return 1
}

// SetFinalizer does nothing in a run: nobody can repeat when a finalizer runs.
func SetFinalizer(obj, finalizer any) {
	if bubble.Current() == nil {
		runtime.SetFinalizer(obj, finalizer)
	}
}
