// Package bubble runs programs that start goroutines of their own on a simulated
// kernel.
//
// A goroutine that makes a simulated call gets a thread: an ordinary task of
// scheduler.Tasks. The thread carries the call out while the goroutine waits for its
// result. So the kernel sees tasks, and the scheduler's choices are the run:
//
//	left := bubble.Test(t, func(t *testing.T) {
//		k.Reset(strategy)
//		b := bubble.New(k)
//		err := b.Run(func() {
//			b.Go("server", func() { serve(l) }) // makes its calls with b.Do
//			k.Sleep(time.Second)
//		})
//		ended := b.End()
//	})
//
// # The protocol
//
// A goroutine calls Do, which puts the call into a list and waits on a channel. Its
// thread carries the call out: it reaches switch points, blocks and meets faults like
// every task. When the call is over, the goroutine goes on, together with whatever it
// starts or wakes, until everything in the bubble waits: testing/synctest knows when.
// Only then does anybody choose again. The calls that have come in the meantime are
// taken in a fixed order: known threads by number, new ones by the number of their
// parent and by how many goroutines that has started before. So one goroutine at a
// time is in the kernel, and a run depends on its decisions alone, as far as the code
// between calls is deterministic.
//
// # What to know
//
// Only channels, timers, sync.Cond and the simulated calls let the bubble become
// still. A goroutine that waits for a sync.Mutex does not, and so code that holds a lock
// over a call needs the locks of package shim/sync, which wait in the kernel. Where the
// result of a call is known beforehand, Post does without.
//
// The clock of the bubble follows the kernel's, and the other way round: time moves
// when nothing else can happen.
//
// Set GOMAXPROCS to 1. With more, code between calls runs in parallel, and a run may
// differ from its repetition where that code races.
//
// docs/engines.md says how engines that others wrote are run this way.
package bubble
