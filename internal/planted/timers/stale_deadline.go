package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// StaleDeadline computes how long to sleep when it takes a timer from the queue,
// before the function of that timer runs. An earlier timer that the function
// sets is late: a timer of 1 ms sets one of 0 while one of 50 ms waits.
//
// Seen in Go's netpoller, which computed its sleep before a new earlier timer
// was visible (golang/go #42237).
func StaleDeadline(l *loop.Loop) {
	l.Parts.Timers = &computed{l.Parts.Timers, l, nil}
}

type computed struct {
	loop.Timers
	loop *loop.Loop
	next *loop.Timer // computed in this pass
}

func (q *computed) Due(now time.Duration, last uint64) *loop.Timer {
	t := q.Timers.Due(now, last)
	if t != nil {
		q.next = q.Timers.Next()
	}
	return t
}

func (q *computed) Next() *loop.Timer {
	if q.next != nil && q.next.Pending {
		return q.next
	}
	return q.Timers.Next()
}
