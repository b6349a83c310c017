// Package native makes reactors of the judge of event loops that are written in C. The
// adapter of a library implements Loop, Watcher and Timer, with one call of the library
// for each method; this package has what they have in common.
//
// What to know: a panic of a function that C calls does not pass through C. The reactor
// keeps it, ends the library's run, and panics again when the library has returned.
package native

import (
	"errors"
	"time"

	"reactortest/demux"
)

// Loop is a loop of a library. Only its own goroutine calls the methods, except for Wake.
type Loop interface {
	// Watch makes a watcher of fd that has not been started. The library calls fire with
	// the conditions that it reports.
	Watch(fd int, fire func(demux.Ready)) (Watcher, error)
	// Timer makes a timer that is not set.
	Timer(fire func()) (Timer, error)
	// Run runs the loop until Break. With whileAlive it also ends when nothing is left
	// that the library counts.
	Run(whileAlive bool)
	// Break ends Run soon. A function that the loop calls may call it.
	Break()
	// Wake has the loop call the function that it was opened with. Any goroutine may
	// call it.
	Wake()
	// Free ends the loop, whose watchers and timers have been freed. Run is not on.
	Free()
}

// Watcher is a watcher of a library.
type Watcher interface {
	// Start sets what the watcher waits for, and starts it unless that is nothing.
	Start(want demux.Ready, edge bool) error
	Stop()
	// Free ends the watcher. Its descriptor may be closed at once.
	Free()
}

// Timer is a timer of a library.
type Timer interface {
	Start(d time.Duration) // sets it again if it is set
	Stop()
	Free()
}

// Open makes a loop that calls wake, in its own goroutine, after each Wake.
type Open func(wake func()) (Loop, error)

// Features are what a library in one configuration offers.
type Features struct {
	Edge  bool          // it has an edge-triggered mode
	Grain time.Duration // how late its timers may be
	Ties  bool          // timers with equal deadlines run in the order of their setting
}

var errRuns = errors.New("the loop runs already")

// offers reports whether mode is one of the library's or can be made of it.
func (f *Features) offers(mode demux.Mode) bool { return f.Edge || mode&demux.Edge == 0 }
