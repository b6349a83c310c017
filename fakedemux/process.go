package fakedemux

// initialPID is the number before that of the first process.
const initialPID = 1000

// process is a process other than the program.
type process struct {
	pid    int
	exited bool // it is a zombie until waitProcess
	status int
}

// processWatcher is told what happens to processes, and which signals the program gets.
type processWatcher interface {
	exited(pid, status int)
	forked(pid, child int)
	executed(pid int)
	signaled(signal int)
}

func (k *system) startProcess() (pid int) {
	k.lastPID++
	k.processes = append(k.processes, process{pid: k.lastPID})
	return k.lastPID
}

func (k *system) endProcess(pid, status int) {
	p := k.process(uint64(pid))
	if p == nil || p.exited {
		return
	}
	p.exited, p.status = true, status
	k.tellProcess(func(w processWatcher) { w.exited(pid, status) })
}

func (k *system) waitProcess(pid int) (status int, waited bool) {
	for i, p := range k.processes {
		if p.pid == pid && p.exited {
			k.processes = append(k.processes[:i], k.processes[i+1:]...)
			return p.status, true
		}
	}
	return 0, false
}

func (k *system) forkProcess(pid int) (child int) {
	if p := k.process(uint64(pid)); p == nil || p.exited {
		return 0
	}
	child = k.startProcess()
	k.tellProcess(func(w processWatcher) { w.forked(pid, child) })
	return child
}

func (k *system) execProcess(pid int) {
	if p := k.process(uint64(pid)); p == nil || p.exited {
		return
	}
	k.tellProcess(func(w processWatcher) { w.executed(pid) })
}

func (k *system) raise(signal int) {
	k.tellProcess(func(w processWatcher) { w.signaled(signal) })
}

// tellProcess calls f for the watchers, the newest first, without those that f adds.
func (k *system) tellProcess(f func(w processWatcher)) {
	for i := len(k.watchers) - 1; i >= 0; i-- {
		f(k.watchers[i])
	}
}

func (k *system) process(pid uint64) *process {
	for i := range k.processes {
		if uint64(k.processes[i].pid) == pid {
			return &k.processes[i]
		}
	}
	return nil
}
