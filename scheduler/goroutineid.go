package scheduler

import (
	"runtime"
	"unsafe"
)

// idOffset is where the runtime's record of a goroutine has the goroutine's number; 0
// if it was not found.
var idOffset = findIDOffset()

// Where findIDOffset looks, and how many goroutines it asks. The number is in the
// first 200 bytes of runtime.g; runtime/runtime2.go of Go 1.26.
const (
	idLimit  = 400
	idAgrees = 8
)

// GoroutineID returns the number of the calling goroutine, as in the first line of its
// stack: no other goroutine of the process ever has it. Any goroutine may call it.
func GoroutineID() uint64 {
	if idOffset == 0 {
		return idOfStack()
	}
	return word(goroutine() + idOffset)
}

// findIDOffset compares the records of some goroutines with the numbers that their
// stacks have.
func findIDOffset() uintptr {
	var agrees [idLimit / 8]int
	for range idAgrees {
		done := make(chan struct{})
		go func() {
			defer close(done)
			id, g := idOfStack(), goroutine()
			for i := range agrees {
				if word(g+uintptr(8*i)) == id {
					agrees[i]++
				}
			}
		}()
		<-done
	}
	for i, n := range agrees {
		if n == idAgrees {
			return uintptr(8 * i)
		}
	}
	return 0
}

// idOfStack reads the number from the first line of the stack: "goroutine 18 [running]:".
func idOfStack() uint64 {
	const before = len("goroutine ")
	var b [40]byte
	n := runtime.Stack(b[:], false)
	var id uint64
	for _, c := range b[min(before, n):n] {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + uint64(c-'0')
	}
	return id
}

// word reads the runtime's memory, which checkptr does not know.
//
//go:nocheckptr
func word(at uintptr) uint64 { return **(**uint64)(unsafe.Pointer(&at)) }
