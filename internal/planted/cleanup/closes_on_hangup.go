package cleanup

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// ClosesOnHangup closes a handle that hangs up while its watch is paused, so as
// not to spin on it. The handle is the caller's, who closes it too: the second
// close may hit a stranger with the same number.
//
// Seen in nbio, which closed the descriptor of an event whose connection was no
// longer in its table (fixed in v1.6.12).
func ClosesOnHangup(l *loop.Loop) {
	call := l.Parts.Call
	l.Parts.Call = func(w *loop.Watch, ev demux.Event) {
		if w.Want == 0 {
			_ = l.Host.Close(w.Handle) // it hung up, and nobody wants it
		}
		call(w, ev)
	}
}
