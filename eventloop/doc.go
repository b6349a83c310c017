// Package eventloop is a reactor: it waits on a demux.Demux, calls handlers
// for what the demux reports, and runs timers and posted functions in between.
//
// An iteration has five phases, always in this order:
//
//	timers    the functions of the timers that are due
//	posted    the functions that Post queued
//	poll      one Wait, until something is ready or the next timer is due
//	dispatch  the handlers of what Wait returned, in its order
//	closing   the functions given to Registration.CloseFunc
//
// Work that a function adds waits for the next iteration: a timer set by a
// timer, a function posted by a posted function, a CloseFunc called in the
// closing phase. So an iteration is bounded by what there was when it began.
//
// # Stale events
//
// A handler may close any registration and open new ones, on the same handle
// number too, while events of the same batch are still to be dispatched. A
// registration is therefore named by a token with a generation, never by its
// handle: an event of a closed registration finds a newer generation in its
// slot and is dropped. A handler may also modify its neighbors: of an event in
// the batch only the conditions still wanted are passed on, beside Hangup and
// Failed, which nobody can refuse; an event of which nothing is left is
// dropped.
//
// # Threads
//
// One goroutine runs the loop. It alone calls the functions above, and Watch,
// AfterFunc and the methods of Registration and Timer are for it: call them
// before Run or from one of those functions. Post and Close are for any
// goroutine. A lock is held over the push and the swap of the posted queue
// only, never over a call of the demux, the host or the caller.
//
// # Panics
//
// A panic of a function goes to the caller of RunOnce, Run or RunWhileAlive,
// and so does runtime.Goexit. It costs that call only: the loop can run on, and
// the rest of the batch and of the queues is served before the next Wait.
package eventloop
