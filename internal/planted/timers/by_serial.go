package timers

import (
	"time"

	"reactortest/internal/planted/loop"
)

// BySerial runs the timers that are due together in the order in which they were
// set. Timers that are far apart run in the wrong order when the loop comes late.
//
// Seen in libev before 3.6, which ran the timers that were due in one iteration
// in the order of its heap, and in goja_nodejs, whose timers race.
func BySerial(l *loop.Loop) {
	l.Parts.Timers = &bySerial{&loop.Queue{Before: loop.Before}}
}

type bySerial struct{ *loop.Queue }

func (q *bySerial) Due(now time.Duration, last uint64) *loop.Timer {
	var first *loop.Timer
	for _, t := range q.List {
		if t.At <= now && t.Serial <= last && (first == nil || t.Serial < first.Serial) {
			first = t
		}
	}
	if first != nil {
		q.Remove(first)
	}
	return first
}
