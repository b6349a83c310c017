package core

import (
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Machine is a host whose kernel is simulated: a *fakedemux.Kernel, or what embeds
// one.
type Machine interface {
	demux.Host
	// Simulation returns the kernel.
	Simulation() *fakedemux.Kernel
	// Reset begins a run, as the kernel's does.
	Reset(s scheduler.Strategy)
	// Run runs main as a task, as the kernel's does.
	Run(main func()) error
}

// Hosted is a Suite whose subject comes with its host.
type Hosted interface {
	// NewHost makes the host of one goroutine that makes runs, or returns nil for
	// one that the core makes.
	NewHost(tb testing.TB) Machine
}

// Surrounded is a Suite whose runs are made inside of something, such as a bubble of
// testing/synctest. One goroutine makes them: Options.Workers does not matter.
type Surrounded interface {
	// Surround returns the host of the runs on k, or nil if they need nothing around
	// them. The tasks of k leave nothing behind when they have ended.
	Surround(tb testing.TB, k *fakedemux.Kernel) Machine
}

// Tabled is a Suite whose world has descriptors of its own.
type Tabled interface {
	// Tables returns the fields First and World of fakedemux.Options.
	Tables() (first, world int)
}

// newMachine makes the host that one goroutine makes its runs on, and reports whether
// the suite has something around them.
func newMachine(tb testing.TB, s Suite, o *Options) (m Machine, surrounded bool) {
	if own, has := s.(Hosted); has {
		if m := own.NewHost(tb); m != nil {
			return m, false
		}
	}
	if around, has := s.(Surrounded); has && o.Open == nil {
		k := fakedemux.New(&fakedemux.Options{Dialect: o.Dialect, Runner: scheduler.NewCoroutine()})
		if m := around.Surround(tb, k); m != nil {
			return m, true
		}
	}
	k := fakedemux.New(&fakedemux.Options{Dialect: o.Dialect, Runner: scheduler.NewCoroutinePool()})
	if o.Open == nil {
		return k, false
	}
	return &opener{k, o.Open}, false
}

// opener is a kernel whose demultiplexers a function of the user opens.
type opener struct {
	*fakedemux.Kernel
	open func(k *fakedemux.Kernel) (demux.Demux, error)
}

// Open opens one.
func (h *opener) Open() (demux.Demux, error) { return h.OpenWith(h.open) }
