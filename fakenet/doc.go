// Package fakenet has listeners, connections and a dialer over a simulated network, for
// tests of code that uses package net. Each run is a bubble of testing/synctest, so
// goroutines, channels, timers and time.Sleep work as they do there, and time is virtual.
//
//	func TestEcho(t *testing.T) {
//		fakenet.Test(t, func(t testing.TB) {
//			l, err := fakenet.Listen("tcp", "127.0.0.1:80")
//			if err != nil {
//				t.Fatal(err)
//			}
//			fakenet.Go(func() { serve(l) })
//			c, err := fakenet.Dial("tcp", "127.0.0.1:80")
//			...
//		})
//	}
//
// Test calls the function 2000 times, each time with another network: segments are late,
// a stream arrives in other pieces, a connection is reset, a goroutine is overtaken by
// another one. Each of these is a decision. The first run that fails is shrunk to the
// decisions that matter, and printed with a tape, which replays it. Run calls the function
// once, on a network that does nothing of the kind.
//
// # What to know
//
// The connections behave as those of package net on Linux do: same errors, same
// wrappers, same order of deadlines, half-closes and resets.
//
// A goroutine that waits for a sync.Mutex stops the run while the goroutine that holds the
// mutex waits for the network: testing/synctest does not count the former as blocked. Close
// and the deadlines never wait, so package net/http works. Code that holds a mutex over
// Read, Write, Accept or Dial does not, if another goroutine may want the mutex.
//
// A run depends on its decisions alone, as far as the code between calls does: a range
// over a map and a select with several ready cases draw. Goroutines do not run in parallel
// during a test, unless the environment variable GOMAXPROCS is set.
//
// Programs call Wait in the place of synctest.Wait. docs/fakenet.md says more.
//
// The package needs Linux.
package fakenet
