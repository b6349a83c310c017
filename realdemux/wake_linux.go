package realdemux

import "sync/atomic"

// earlyWake says whether a Wake has to write to the eventfd. Between open and close none
// has to, because the wait asks close before it sleeps. Any goroutine may call tell; the
// others are the user's.
type earlyWake struct{ state atomic.Uint32 }

// The states of an earlyWake.
const (
	writes = iota // a Wake writes
	tells         // the wait has called open
	told          // and there was a Wake
)

func (w *earlyWake) open() { w.state.Store(tells) }

// close reports whether there was a Wake since open.
func (w *earlyWake) close() bool { return w.state.Swap(writes) == told }

// isTold reports whether there was a Wake since open.
func (w *earlyWake) isTold() bool { return w.state.Load() == told }

// tell tells the wait of a Wake. If it reports false, the Wake has to write. The second
// exchange changes nothing, but puts what came before this Wake before the end of the
// wait.
func (w *earlyWake) tell() bool {
	return w.state.Load() != writes && (w.state.CompareAndSwap(tells, told) || w.state.CompareAndSwap(told, told))
}
