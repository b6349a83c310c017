package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// StoppedSleeps leaves a stopped timer in the queue, where it still decides
// when the loop wakes up.
//
// Seen in Redis, whose deleted timers decided how long it slept (redis #11069).
func StoppedSleeps(l *loop.Loop) {
	l.Parts.Timers = &lazy{l.Parts.Timers}
}

type lazy struct{ loop.Timers }

func (*lazy) Remove(*loop.Timer) {}

func (q *lazy) Due(now time.Duration, last uint64) *loop.Timer {
	for {
		if t := q.Timers.Due(now, last); t == nil || t.Pending {
			return t
		}
	}
}
