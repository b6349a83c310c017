package fakedemux

// StartProcess makes a process that does nothing, for EVFILT_PROC, and returns
// its number. It is not a call of a task.
func (k *Kernel) StartProcess() (pid int) { return k.system.StartProcess() }

// EndProcess ends a process with the status that wait(2) would return. The process
// stays as a zombie until WaitProcess. EndProcess is not a call of a task, and does
// nothing if there is no such process or it has ended.
func (k *Kernel) EndProcess(pid, status int) { k.system.EndProcess(pid, status) }

// WaitProcess is wait(2) for a process that has ended: it removes the zombie and
// returns its status. It returns false if there is no such process, or it has not
// ended. It is not a call of a task.
func (k *Kernel) WaitProcess(pid int) (status int, waited bool) { return k.system.WaitProcess(pid) }

// ForkProcess makes a process fork, for NOTE_FORK and NOTE_TRACK, and returns the
// number of the child, 0 if there is no such process or it has ended. It is not a
// call of a task.
func (k *Kernel) ForkProcess(pid int) (child int) { return k.system.ForkProcess(pid) }

// ExecProcess makes a process run another program, for NOTE_EXEC. It is not a call
// of a task, and does nothing if there is no such process or it has ended.
func (k *Kernel) ExecProcess(pid int) { k.system.ExecProcess(pid) }

// Raise sends the program a signal that it ignores, for EVFILT_SIGNAL. It is not
// a call of a task.
func (k *Kernel) Raise(signal int) { k.system.Raise(signal) }
