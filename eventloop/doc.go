// Package eventloop is a reactor: it waits on a demux.Demux, calls handlers
// for the events that the demux reports, and runs timers and posted functions in
// between.
//
//	l, err := eventloop.Open(host, nil) // host is a demux.Host
//	...
//	_, err = l.Watch(h, demux.Readable, demux.Level, func(ev demux.Event) { serve(h) })
//	l.AfterFunc(time.Minute, func() { _ = l.Close() })
//	err = l.Run(ctx)
//
// An iteration has five phases, always in this order:
//
//	timers    the functions of the timers that are due
//	posted    the functions that Post queued, and the ends of other tasks
//	poll      one Wait, until something is ready or the next timer is due
//	dispatch  the handlers of the events that Wait returned, in their order
//	closing   the functions given to Registration.CloseFunc
//
// Work that a function adds to its own phase waits for the next iteration: a
// timer set by a timer, a function posted by a posted function, a CloseFunc
// called in the closing phase. So the work of an iteration is bounded when it
// begins.
//
// # Other tasks
//
// Loop.Go and Call have a bounded pool of threads do what would block the loop,
// such as reading files and resolving names, and tell the loop how it ended. The
// loop is also told of signals (Loop.Signal) and of the ends of child processes
// (Loop.StartProcess). docs/other-tasks.md shows how.
//
// # Stale events
//
// A handler may close any registration and open new ones, even on the same
// handle number, while events of the same batch are still to be dispatched. A
// token with a generation therefore names a registration, and its handle never
// does. An event of a closed registration finds a newer generation in its slot,
// and the loop drops it. A handler may also modify other registrations. The loop
// then passes on only the conditions that are still wanted, and always Hangup
// and Failed. It drops an event that has no condition left.
//
// # Threads
//
// One goroutine runs the loop and calls the functions above. Only that goroutine
// may call Watch, AfterFunc, CloseFunc, Submit, Signal and the methods of
// Registration, Timer, Operation and SignalWatch: call them before Run or from one
// of those functions. Any goroutine may call Post, Go, Call, StartProcess, Close and
// the methods of Work and Process. The loop holds a lock while it pushes to or swaps a
// queue, and never during a call of the demux, the host or the caller.
//
// # Panics
//
// A panic of a function goes to the caller of RunOnce, Run or RunWhileAlive,
// and so does runtime.Goexit. The loop can run again afterward: it serves the
// rest of the batch and of the queues before the next Wait.
//
// To test handlers on virtual time, without sockets, open the loop over a
// *fakedemux.Kernel: see docs/test-handlers.md.
package eventloop
