package interest

import (
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// EdgeRearmed modifies every edge-triggered watch before each Wait, as if the
// caller had asked for it. What was reported is reported again and again.
//
// Seen in Netty, which asked for another report of a descriptor with nothing to
// read (netty #7255).
func EdgeRearmed(l *loop.Loop) {
	wait := l.Parts.Wait
	l.Parts.Wait = func(timeout time.Duration) (int, error) {
		for _, w := range l.Parts.Table.All() {
			if w != nil && w.Mode == demux.Edge {
				_ = l.Parts.Demux.Modify(w.Handle, w.Token, w.Want, w.Mode)
			}
		}
		return wait(timeout)
	}
}
