package scheduler

// Runner carries the tasks of a run: it starts, resumes, parks and stops
// them, and decides nothing. Tasks drives it; at any time one task has
// control, or the goroutine that called Tasks.Run.
//
// Two runners are here: NewDirect, and NewCoroutine with its sibling NewCoroutinePool.
type Runner interface {
	// Tasks reports whether Start works.
	Tasks() bool
	// Start prepares a task that runs f when it is first resumed, and returns
	// its number: 0, 1, 2 ... since the last Stop. ended is called in the
	// task when f has returned, panicked (cause is the panic) or left by
	// runtime.Goexit (cause is ErrGoexit).
	Start(f func(), ended func(cause any, stack []byte)) int
	// Resume gives control to a task until it parks or ends. Only the
	// goroutine that runs the tasks calls it.
	Resume(task int)
	// Park gives control back to the one that resumed the calling task, until
	// it is resumed. It does not return if the task is stopped: the task's
	// deferred functions run, and recover does not hold them up.
	Park()
	// Stop ends every task that has not ended and forgets all of them.
	Stop()
	// Close is Stop, and ends what the runner keeps between runs. It can be
	// used again.
	Close()
	// Self returns the number of the task that has control, -1 if none has.
	Self() int
	// Idle is told that nothing can run before virtual time moves.
	Idle()
}
