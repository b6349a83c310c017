package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// BusyAfterStop asks for a look at the timers whenever one is stopped, and
// withdraws the request only when a timer runs. Until then every Wait polls.
//
// Seen in a similar form in nginx, which polled and did not run the timers that
// were due until the clock ticked (commit c108f04e8).
func BusyAfterStop(l *loop.Loop) {
	l.Parts.Timers = &rescanned{Timers: l.Parts.Timers}
}

type rescanned struct {
	loop.Timers
	rescan bool // a timer was stopped
}

func (q *rescanned) Remove(t *loop.Timer) {
	q.rescan = true
	q.Timers.Remove(t)
}

func (q *rescanned) Due(now time.Duration, last uint64) *loop.Timer {
	t := q.Timers.Due(now, last)
	q.rescan = q.rescan && t == nil
	return t
}

func (q *rescanned) Next() *loop.Timer {
	if q.rescan {
		return &loop.Timer{} // look at once
	}
	return q.Timers.Next()
}
