//go:build cloops && linux

package libevent

// #include <stdint.h>
import "C"

import (
	"runtime/cgo"

	"reactortest/scheduler"
	"reactortest/shim/sync"
)

// lock is a lock of libevent that its owner may take again.
type lock struct {
	mu    sync.Mutex
	owner uint64 // the goroutine, which is a thread while it is in C; 0: nobody
	depth int
}

//export eventNewLock
func eventNewLock(C.uint) C.uintptr_t { return C.uintptr_t(cgo.NewHandle(&lock{})) }

//export eventFreeLock
func eventFreeLock(l C.uintptr_t) { cgo.Handle(l).Delete() }

// try is EVTHREAD_TRY.
const try = 0x10

//export eventTakeLock
func eventTakeLock(handle C.uintptr_t, mode C.uint) C.int {
	l, me := cgo.Handle(handle).Value().(*lock), scheduler.GoroutineID()
	switch {
	case l.owner == me:
	case mode&try != 0:
		if !l.mu.TryLock() {
			return 1
		}
	default:
		l.mu.Lock()
	}
	l.owner = me
	l.depth++
	return 0
}

//export eventGiveLock
func eventGiveLock(handle C.uintptr_t) C.int {
	l := cgo.Handle(handle).Value().(*lock)
	l.depth--
	if l.depth == 0 {
		l.owner = 0
		l.mu.Unlock()
	}
	return 0
}

//export eventThread
func eventThread() C.ulong { return C.ulong(scheduler.GoroutineID()) }
