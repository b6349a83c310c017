package server

import (
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// threads are the threads of an engine in one run. There are three kinds: tasks, for
// an engine that is written against the demux.Host that it is given; goroutines of a
// real host; and the goroutines of a bubble, for an engine that starts its own.
//
// World and peers are not among them: they are tasks of the simulated kernel that act
// outside of the program, or goroutines.
type threads interface {
	// Go starts a thread that may call the engine, as the engine's own do.
	Go(name string, f func())
	// Do carries out f as one step of the calling thread. On a simulated kernel there
	// is a switch point before it, and no other thread acts meanwhile. f makes no
	// simulated calls.
	Do(call string, f func())
	// Sleep blocks the calling thread.
	Sleep(d time.Duration)
	// Self returns the number of the calling thread, nobody if it is not known.
	Self() int
}

// nobody is the number of no thread.
const nobody = -1

// tasks are those of a simulated kernel.
type tasks struct{ kernel *fakedemux.Kernel }

var _ threads = tasks{}

// Go starts a task.
func (t tasks) Go(name string, f func()) { t.kernel.Go(name, f) }

// Do carries out f.
func (t tasks) Do(call string, f func()) {
	t.kernel.Yield(call)
	f()
}

// Sleep blocks the task.
func (t tasks) Sleep(d time.Duration) { t.kernel.Sleep(d) }

// Self returns the number of the task.
func (t tasks) Self() int {
	if now := t.kernel.Tasks().Current(); now != nil {
		return now.Number()
	}
	return nobody
}

// goroutines are those of a real host.
type goroutines struct{ host demux.Host }

var _ threads = goroutines{}

// Go starts a goroutine.
func (g goroutines) Go(name string, f func()) { g.host.Go(name, f) }

// Do carries out f.
func (g goroutines) Do(_ string, f func()) { f() }

// Sleep blocks the goroutine.
func (g goroutines) Sleep(d time.Duration) { sleepReal(g.host, d) }

// Self returns nobody.
func (g goroutines) Self() int { return nobody }
