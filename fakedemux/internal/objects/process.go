package objects

// initialPID is the number before that of the first process.
const initialPID = 1000

// process is a process other than the program.
type process struct {
	pid    int
	Exited bool // it is a zombie until WaitProcess
	Status int
}

// ProcessWatcher is told what happens to processes, and which signals the program gets.
type ProcessWatcher interface {
	Exited(pid, status int)
	Forked(pid, child int)
	Executed(pid int)
	Signaled(signal int)
}

// StartProcess makes a process that does nothing, and returns its number.
func (k *System) StartProcess() (pid int) {
	k.lastPID++
	k.processes = append(k.processes, process{pid: k.lastPID})
	return k.lastPID
}

// EndProcess ends a process, which stays as a zombie.
func (k *System) EndProcess(pid, status int) {
	p := k.Process(uint64(pid))
	if p == nil || p.Exited {
		return
	}
	p.Exited, p.Status = true, status
	k.tellProcess(func(w ProcessWatcher) { w.Exited(pid, status) })
}

// WaitProcess removes a zombie and returns its status, false if there is none.
func (k *System) WaitProcess(pid int) (status int, waited bool) {
	for i, p := range k.processes {
		if p.pid == pid && p.Exited {
			k.processes = append(k.processes[:i], k.processes[i+1:]...)
			return p.Status, true
		}
	}
	return 0, false
}

// ForkProcess makes a process fork, and returns the child, 0 if there is no such process.
func (k *System) ForkProcess(pid int) (child int) {
	if p := k.Process(uint64(pid)); p == nil || p.Exited {
		return 0
	}
	child = k.StartProcess()
	k.tellProcess(func(w ProcessWatcher) { w.Forked(pid, child) })
	return child
}

// ExecProcess makes a process run another program.
func (k *System) ExecProcess(pid int) {
	if p := k.Process(uint64(pid)); p == nil || p.Exited {
		return
	}
	k.tellProcess(func(w ProcessWatcher) { w.Executed(pid) })
}

// Raise sends the program a signal that it ignores.
func (k *System) Raise(signal int) {
	k.tellProcess(func(w ProcessWatcher) { w.Signaled(signal) })
}

// tellProcess calls f for the watchers, the newest first, without those that f adds.
func (k *System) tellProcess(f func(w ProcessWatcher)) {
	for i := len(k.Watchers) - 1; i >= 0; i-- {
		f(k.Watchers[i])
	}
}

// Process returns a process, nil if there is none.
func (k *System) Process(pid uint64) *process {
	for i := range k.processes {
		if uint64(k.processes[i].pid) == pid {
			return &k.processes[i]
		}
	}
	return nil
}
