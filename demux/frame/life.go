package frame

import "sync/atomic"

// life counts the calls that are inside a Demux, so that what the Demux holds
// is released when the last of them is out and no sooner: a number that is
// closed under a call may be another object's by the time the call uses it
// (W13). The zero life is open with no call inside. Any goroutine may call its
// methods.
//
// One word holds all of it, which makes "closed, and the user was inside" one
// observation.
type life struct {
	state atomic.Uint64 // the number of calls inside, and the bits below
}

// role says who a call is made by.
type role uint64

// The roles.
const (
	anybody role = 0       // Wake: any goroutine, at any time
	theUser role = 1 << 62 // the one goroutine that uses the Demux
)

const lifeClosed = 1 << 63 // Close was called

// enter lets a call in. It reports false if the Demux is closed. It panics if
// two calls of theUser are inside at once.
func (l *life) enter(as role) bool {
	for {
		old := l.state.Load()
		if old&lifeClosed != 0 {
			return false
		}
		if old&uint64(as) != 0 {
			panic("demux: a second goroutine uses the Demux; only Wake and Close may be called at any time")
		}
		if l.state.CompareAndSwap(old, old+1|uint64(as)) {
			return true
		}
	}
}

// close lets Close in and everybody else out. first is false if the Demux was
// closed already; user tells whether a call of theUser was inside.
func (l *life) close() (first, user bool) {
	for {
		old := l.state.Load()
		if old&lifeClosed != 0 {
			return false, false
		}
		if l.state.CompareAndSwap(old, old+1|lifeClosed) {
			return true, old&uint64(theUser) != 0
		}
	}
}

// isClosed reports whether Close was called.
func (l *life) isClosed() bool { return l.state.Load()&lifeClosed != 0 }

// leave lets a call out, Close too. closed tells whether the Demux is closed by
// now, last whether in addition nobody is left inside.
func (l *life) leave(as role) (closed, last bool) {
	now := l.state.Add(-(uint64(as) + 1)) // the bit is set: enter(as) has set it
	return now&lifeClosed != 0, now == lifeClosed
}
