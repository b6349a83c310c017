package demux

import "sync/atomic"

// Life counts the calls that are inside a Demux, so that what the Demux holds
// is released when the last of them is out and no sooner: a number that is
// closed under a call may be another object's by the time the call uses it
// (W13). Backends have one each; the zero Life is open and nobody inside. Any
// goroutine may call its methods.
//
// One word holds all of it, which makes "closed, and the user was inside" one
// observation.
type Life struct {
	state atomic.Uint64 // the number of calls inside, and the bits below
}

// Role says who a call is made by.
type Role uint64

// The roles.
const (
	Anybody Role = 0       // Wake: any goroutine, at any time
	TheUser Role = 1 << 62 // the one goroutine that uses the Demux
)

const lifeClosed = 1 << 63 // Close was called

// Enter lets a call in. It reports false if the Demux is closed. It panics if
// two calls of TheUser are inside at once.
func (l *Life) Enter(as Role) bool {
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

// Close lets Close in and everybody else out. first is false if the Demux was
// closed already; user tells whether a call of TheUser was inside.
func (l *Life) Close() (first, user bool) {
	for {
		old := l.state.Load()
		if old&lifeClosed != 0 {
			return false, false
		}
		if l.state.CompareAndSwap(old, old+1|lifeClosed) {
			return true, old&uint64(TheUser) != 0
		}
	}
}

// Closed reports whether Close was called.
func (l *Life) Closed() bool { return l.state.Load()&lifeClosed != 0 }

// Leave lets a call out, Close too. closed tells whether the Demux is closed by
// now, last whether in addition nobody is left inside.
func (l *Life) Leave(as Role) (closed, last bool) {
	for {
		old := l.state.Load()
		now := old&^uint64(as) - 1
		if l.state.CompareAndSwap(old, now) {
			return now&lifeClosed != 0, now == lifeClosed
		}
	}
}
