package closing

import "reactortest/internal/planted/loop"

// CallbackDropped forgets the close callbacks that are queued when the loop is
// closed. It shows when a callback closes a watch and then the loop.
//
// Seen in nbio, whose Stop stopped the pollers before the connections were
// closed, so that OnClose was never delivered.
func CallbackDropped(l *loop.Loop) {
	runClosing := l.Parts.RunClosing
	l.Parts.RunClosing = func() int {
		if l.Closed.Load() {
			return 0
		}
		return runClosing()
	}
}
