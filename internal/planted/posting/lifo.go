package posting

import (
	"slices"

	"reactortest/internal/planted/loop"
)

// LIFO keeps the posted functions in a stack that it takes in one exchange and
// does not turn around: two functions that are posted in one iteration run in
// the wrong order.
//
// Seen in nginx (fixed in 1.7.5).
func LIFO(l *loop.Loop) {
	take := l.Parts.Take
	l.Parts.Take = func() []func() {
		fns := take()
		slices.Reverse(fns)
		return fns
	}
}
