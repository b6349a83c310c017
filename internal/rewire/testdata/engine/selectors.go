// Package engine is a module to rewire.
package engine // the comment of the clause stays

import (
	"fmt"
	random "math/rand"
	"runtime"
	"sync"
	. "sync/atomic"

	"golang.org/x/sys/unix"
)

type guarded struct {
	sync.Mutex
	cond  *sync.Cond
	next  Pointer[guarded]
	plain Bool
}

func selectors() string {
	var g guarded
	g.Lock()
	g.Unlock()
	g.next.Store(&g)
	g.plain.Store(true)
	var n int32
	AddInt32(&n, 2)
	k, err := unix.Read(3, make([]byte, 5))
	if err == unix.EAGAIN {
		k = -1
	}
	lock := sync.Locker(&g.Mutex)
	lock.Lock()
	defer lock.Unlock()
	return fmt.Sprint("selectors ", n, k, random.Intn(1), random.New(random.NewSource(1)) != nil, runtime.NumCPU() > 0, g.next.Load() == &g, shadowed())
}

// shadowed has a variable with the name of a package.
func shadowed() int {
	sync := struct{ Mutex int }{7}
	return sync.Mutex + int(unix.Getpid())*0
}

func raw() (uintptr, uintptr) {
	a, _, _ := unix.Syscall(unix.SYS_READ, 0, 0, 0)
	b, _, _ := unix.Syscall(unix.SYS_SPLICE, 0, 0, 0)
	return a, b
}
