package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// ArmedOnce arms its sleep for a new timer only if no other timer is set. A
// timer that is earlier than those in the queue is late.
//
// Seen in gaio (fixed in v1.2.34): 200 ms took 3 s.
func ArmedOnce(l *loop.Loop) {
	l.Parts.Timers = &armed{Timers: l.Parts.Timers}
}

type armed struct {
	loop.Timers
	timer *loop.Timer // that the loop sleeps for
}

func (q *armed) Add(t *loop.Timer) {
	if q.Timers.Add(t); q.timer == nil {
		q.timer = t
	}
}

func (q *armed) Remove(t *loop.Timer) {
	q.Timers.Remove(t)
	q.timer = q.Timers.Next()
}

func (q *armed) Due(now time.Duration, last uint64) (t *loop.Timer) {
	if t = q.Timers.Due(now, last); t != nil {
		q.timer = q.Timers.Next()
	}
	return t
}

func (q *armed) Next() *loop.Timer { return q.timer }
