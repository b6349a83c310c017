package dispatch

import (
	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// EventAfterClose looks up the handlers of the whole batch before it calls the
// first one. A watch that a neighbor closes still gets its event.
//
// Seen in folly, whose batch kept pointers to events that a timer had removed
// (commit 4618e4283), and in Netty's kqueue transport.
func EventAfterClose(l *loop.Loop) {
	l.Parts.Dispatch = func(batch []demux.Event) (n int) {
		ready := make([]*loop.Watch, len(batch))
		for i, ev := range batch {
			ready[i] = l.Parts.Table.Get(ev.Token)
		}
		for i, ev := range batch {
			if ready[i] == nil || l.Closed.Load() {
				continue
			}
			if ev.Ready = l.Parts.Filter(ready[i], ev.Ready); ev.Ready != 0 {
				n++
				l.Parts.Call(ready[i], ev)
			}
		}
		return n
	}
}
