package waiting

import (
	"time"

	"reactortest/demux"
	"reactortest/internal/planted/loop"
)

// GathersOneByOne collects a batch in several Waits with room for one event each.
//
// Seen in no report, since it breaks nothing: so a queue of completions is emptied.
func GathersOneByOne(l *loop.Loop) {
	l.Parts.Wait = func(timeout time.Duration) (n int, err error) {
		l.Host.Yield("wait")
		l.Parts.Waker.Sleep()
		defer l.Parts.Waker.Awake()
		for n < len(l.Events) {
			got, err := l.Parts.Demux.Wait(l.Events[n:n+1], timeout)
			if err != nil || got == 0 || merge(l.Events[:n], l.Events[n]) {
				return n, err
			}
			n++
			timeout = 0
		}
		return n, nil
	}
}

// merge adds ev to an event with the same token, and reports whether there is one.
func merge(batch []demux.Event, ev demux.Event) bool {
	for i := range batch {
		if batch[i].Token == ev.Token {
			batch[i].Ready |= ev.Ready
			return true
		}
	}
	return false
}
