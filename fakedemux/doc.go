// Package fakedemux is a simulated kernel. A [Kernel] is a demux.Host. It
// answers the same calls under the backends of package demux that the operating
// system answers in package realdemux, so the backend that ships is the backend
// that is simulated.
//
//	k := fakedemux.New(nil) // epoll, no faults
//	err := k.Run(func() {
//		d, _ := k.Open()
//		a, b, _ := k.Pair()
//		_ = d.Register(a, 1, demux.Readable, demux.Level)
//		k.Go("peer", func() { _, _ = k.Write(b, []byte("x")) })
//		events := make([]demux.Event, 8)
//		n, _ := d.Wait(events, time.Second) // n is 1, and no real time has passed
//		_, _, _ = n, d.Close(), k.Close(a)
//	})
//	leaks := k.Leaks() // b is still open
//
// # Decisions
//
// A kernel, a network and a scheduler of threads are free to do many things.
// The simulation turns each freedom into a choice of package scheduler. The
// answers to the choices are the run: the same answers make the same run, so it
// can be searched for, replayed and shrunk. A run in which every answer is the
// quiet one is what a plain kernel does on an idle machine.
//
// A [Plan] says which faults a run may have. In mode [Faithful] the kernel
// makes only choices that its real counterpart may make. [POSIX] adds what
// POSIX allows but this kernel never does. [Adversarial] adds whatever else the
// contract of package demux allows. Tests judge in faithful mode unless they
// ask for another. [Classes] lists the choices, with the source that allows each.
//
// # Dialects
//
// [Options].Dialect says whose calls [Kernel.Open] puts its backend over, and
// which numbers errors have. [Dialects] lists the names. The raw calls are at
// [Kernel.Epoll], [Kernel.Kqueue] and [Kernel.IOCP].
//
// # Tasks and time
//
// Every call is a step of the task that makes it, and a switch point: other
// tasks may act before the kernel carries it out. Wake, and the raw calls that
// do the same, are the exception, because programs hold locks over them;
// [Plan].WakeSwitches makes them switch points too. [Kernel.Run] runs a
// function as a task and [Kernel.Go] starts more. A call on a blocking descriptor
// blocks its task. [Kernel.LetRun] lets the other tasks act, [Kernel.BlockedIn]
// tells which call a task is blocked in, and [Kernel.AwaitBlocked] waits until it is
// or has ended; [Kernel.Start] returns the task. With scheduler.NewDirect there
// are no tasks, which suits plain unit tests: a call that blocks lets timers and
// deliveries act until it can return, and returns a *scheduler.Deadlock if
// nothing can end it.
//
// Time is virtual. It moves when no task can run and no step is pending, and
// then to the next deadline. A loop that only polls does not stop time: after 32
// polls in a row that found nothing, while no other task could run, each further
// one moves the clock to the next deadline. If nothing has a deadline, the clock
// moves by the resolution of the dialect's timeouts, then by twice as much, and so on
// up to a millisecond. The budget of steps bounds such a loop.
//
// Any goroutine may call Wake of a demux that the kernel opened. From a goroutine
// that is not a task, the kernel carries the Wake out at its next switch point;
// [Kernel.Nondeterministic] then names the call site, because the run may not
// replay. Any other call from such a goroutine ends the run with a
// *scheduler.ForeignCall.
//
// # Ends of runs
//
// [Kernel.Leaks], [Kernel.Registrations] and [Kernel.Operations] tell what a
// run has left open. [Kernel.Reset] begins a new run: every object is gone, time
// is 0, and the memory is used again.
//
// # More
//
// docs/kernels.md has the rules of every call with their sources, the
// differences between dialects, the differences from running kernels, and the
// limits. docs/decisions.md has the choice points, the modes and the rules of
// tasks and time.
package fakedemux
