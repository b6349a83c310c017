package posting

import "reactortest/internal/planted/loop"

// Drained runs the queue until it is empty. A function that posts itself keeps
// the loop from its handles.
//
// Seen in gnet (fixed in v1.4.0), and in libuv, which iterated over the live
// queue of pending callbacks (libuv #301).
func Drained(l *loop.Loop) {
	run := l.Parts.RunPosted
	l.Parts.RunPosted = func() (n int) {
		for more := run(); more > 0; more = run() {
			n += more
		}
		return n
	}
}
