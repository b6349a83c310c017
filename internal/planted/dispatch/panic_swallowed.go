package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// PanicSwallowed recovers from a handler's panic around the whole batch. The
// loop goes on, and the events after the one that failed are lost.
//
// Seen in Netty, where an exception in the processing of I/O skipped the queued
// tasks (netty #5882), and in gnet, where an error from one job dropped the rest
// of the batch (gnet #175).
func PanicSwallowed(l *loop.Loop) {
	dispatch := l.Parts.Dispatch
	l.Parts.Dispatch = func(batch []demux.Event) (n int) {
		defer func() { _ = recover() }()
		return dispatch(batch)
	}
}
