package scheduler

// goroutine returns the address of the runtime's record of the calling
// goroutine: its name while it lives.
func goroutine() uintptr
