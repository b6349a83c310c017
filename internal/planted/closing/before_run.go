package closing

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// BeforeRun lets Run return an error when the loop was closed before Run began,
// although nothing went wrong.
//
// Seen in a similar form in goja_nodejs, whose Stop of a loop that was not
// running hung, and in nbio, whose Start undid a Stop that came first.
func BeforeRun(l *loop.Loop) {
	run := l.Parts.Run
	l.Parts.Run = func(ends bool) error {
		if l.Closed.Load() {
			return demux.ErrClosed
		}
		return run(ends)
	}
}
