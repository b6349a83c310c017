package closing

import "reactortest/internal/planted/loop"

// CallbackAfterRun leaves the close callbacks to a thread of their own when the
// loop is closed. They run when Run has returned, and beside the program.
//
// Seen in nbio, which closed its connections in goroutines that nobody waited
// for.
func CallbackAfterRun(l *loop.Loop) {
	runClosing := l.Parts.RunClosing
	l.Parts.RunClosing = func() int {
		if !l.Closed.Load() {
			return runClosing()
		}
		closing := l.Closing
		l.Closing = nil
		for _, w := range closing {
			if w.OnClose != nil {
				l.Host.Go("close callback", w.OnClose)
			}
		}
		return 0
	}
}
