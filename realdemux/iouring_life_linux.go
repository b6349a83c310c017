package realdemux

import "sync/atomic"

// life counts the calls that are inside a completer, so that its descriptors
// are closed when the last of them is out and no sooner: a number that is
// closed under a call may be another object's by the time the call uses it
// (W13).
//
// One word holds all of it, which makes "closed, and the user was inside" one
// observation.
type life struct {
	state atomic.Uint64 // the number of calls inside, and the bits below
}

const (
	lifeClosed = 1 << 63 // Close was called
	lifeUser   = 1 << 62 // the one goroutine that uses the completer is inside
)

// enter lets a call in. It reports false if the completer is closed. as is
// lifeUser for the calls that only one goroutine at a time may make, 0 for
// Wake.
func (l *life) enter(as uint64) bool {
	for {
		old := l.state.Load()
		if old&lifeClosed != 0 {
			return false
		}
		if old&as != 0 {
			panic("realdemux: a second goroutine uses the completer; only Wake and Close may be called at any time")
		}
		if l.state.CompareAndSwap(old, old+1|as) {
			return true
		}
	}
}

// close lets Close in and everybody else out. first is false if the completer
// was closed already; user tells whether a call of the user was inside.
func (l *life) close() (first, user bool) {
	for {
		old := l.state.Load()
		if old&lifeClosed != 0 {
			return false, false
		}
		if l.state.CompareAndSwap(old, old+1|lifeClosed) {
			return true, old&lifeUser != 0
		}
	}
}

// leave lets a call out. closed tells whether the completer is closed by now,
// last whether in addition nobody is left inside.
func (l *life) leave(as uint64) (closed, last bool) {
	for {
		old := l.state.Load()
		now := old&^as - 1
		if l.state.CompareAndSwap(old, now) {
			return now&lifeClosed != 0, now == lifeClosed
		}
	}
}
