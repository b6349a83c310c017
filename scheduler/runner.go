package scheduler

// Runner carries the tasks of a run: it starts, resumes, parks and stops
// them, and decides nothing. Tasks drives it. At any time either one task has
// control or the goroutine that called Tasks.Run has.
//
// NewCoroutine, NewCoroutinePool and NewDirect return the runners of this package.
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
	// Park gives control back to the goroutine that resumed the calling task, and
	// returns when the task is resumed. It does not return if the task is
	// stopped: the task's deferred functions run, and a recover among them cannot
	// keep the task alive.
	Park()
	// Stop ends every task that has not ended and forgets all of them.
	Stop()
	// Close does what Stop does, and also ends everything that the runner keeps
	// between runs. The runner can be used again.
	Close()
	// Self returns the number of the task that has control, -1 if none has.
	Self() int
	// Idle is called when no task can run before virtual time moves.
	Idle()
}
