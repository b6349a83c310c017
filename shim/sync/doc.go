// Package sync has the types of the standard library's sync for programs that run on a
// simulated kernel. A goroutine that waits for a lock of this package waits in the
// kernel, so the holder may make simulated calls. To take a lock is a switch point; to
// release it never switches. Outside of a run the types behave like those of the
// standard library.
//
// Cond and Locker are the standard library's. A Pool and a Map behave the same in every
// run.
package sync

import "sync"

// Locker is the standard library's.
type Locker = sync.Locker

// Cond is the standard library's. The bubble is still while a goroutine waits for one.
type Cond = sync.Cond

// NewCond returns a Cond with a lock.
func NewCond(l Locker) *Cond { return sync.NewCond(l) }
