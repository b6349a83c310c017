package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// UnwantedEvent does not look at the interest again at dispatch. A watch that
// a neighbor pauses in the same batch still gets its event: a write handler
// that was just taken off runs once more.
//
// Seen in folly, which did not intersect the reported events with the interest
// (commit 4618e4283), and in libkqueue, which delivered events that were queued
// before EV_DISABLE (commits b0f971d, 720a626).
func UnwantedEvent(l *loop.Loop) {
	l.Parts.Filter = func(_ *loop.Watch, ready demux.Ready) demux.Ready { return ready }
}
