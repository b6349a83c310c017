package timers

import (
	"math"
	"time"

	"reactortest/internal/planted/loop"
)

// SamePass runs the timers that timers set in the same pass if they are due. A
// timer that sets itself again with no delay keeps the loop from its handles.
//
// Seen in libuv (libuv #4245) and in Redis (commit 67b70a181).
func SamePass(l *loop.Loop) {
	l.Parts.Timers = &endless{l.Parts.Timers}
}

type endless struct{ loop.Timers }

func (q *endless) Due(now time.Duration, _ uint64) *loop.Timer {
	return q.Timers.Due(now, math.MaxUint64)
}
