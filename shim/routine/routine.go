// Package routine starts goroutines for programs that run on a simulated kernel:
// `reactortest rewire` turns go statements into calls of Go.
package routine

import "reactortest/scheduler/bubble"

// Go starts a goroutine that calls f. In a run the scheduler knows the goroutine by its
// place among those that the caller has started, and a panic of f ends the run, not the
// process. Any goroutine may call it.
func Go(f func()) {
	if b := bubble.Current(); b != nil {
		b.Start(f)
		return
	}
	go f()
}
