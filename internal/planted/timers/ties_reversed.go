package timers

import "reactortest/internal/planted/loop"

// TiesReversed puts a timer before those with the same deadline: the timer that
// was set last runs first.
//
// Seen in libev before 3.6, which ran the timers that were due at once in the
// reverse order, and in goja_nodejs, whose timers with equal delays race.
func TiesReversed(l *loop.Loop) {
	l.Parts.Timers = &loop.Queue{Before: func(t, other *loop.Timer) bool {
		return t.At < other.At || t.At == other.At && t.Serial > other.Serial
	}}
}
