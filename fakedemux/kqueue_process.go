package fakedemux

import "reactortest/demux/kqueue"

// initialPID is the number before that of the first process.
const initialPID = 1000

// signalCount is NSIG of OpenBSD; sys/signal.h.
const signalCount = 33

// exitStatus is NOTE_EXITSTATUS; bsd/sys/event.h of Darwin.
const exitStatus = 0x04000000

// process is a process other than the program, which EVFILT_PROC can watch.
type process struct {
	pid    int
	exited bool // it is a zombie until WaitProcess
	status int
}

// StartProcess makes a process that does nothing, for EVFILT_PROC, and returns
// its number. It is not a call of a task.
func (k *Kernel) StartProcess() (pid int) {
	k.lastPID++
	k.processes = append(k.processes, process{pid: k.lastPID})
	return k.lastPID
}

// EndProcess ends a process with the status that wait(2) would return. The process
// stays as a zombie until WaitProcess. EndProcess is not a call of a task, and does
// nothing if there is no such process or it has ended.
func (k *Kernel) EndProcess(pid, status int) {
	p := k.process(uint64(pid))
	if p == nil || p.exited {
		return
	}
	p.exited, p.status = true, status
	k.tellProcess(pid, func(kn *knote) { kn.exit(status) })
}

// WaitProcess is wait(2) for a process that has ended: it removes the zombie and
// returns its status. It returns false if there is no such process, or it has not
// ended. It is not a call of a task.
func (k *Kernel) WaitProcess(pid int) (status int, waited bool) {
	for i, p := range k.processes {
		if p.pid == pid && p.exited {
			k.processes = append(k.processes[:i], k.processes[i+1:]...)
			return p.status, true
		}
	}
	return 0, false
}

// ForkProcess makes a process fork, for NOTE_FORK and NOTE_TRACK, and returns the
// number of the child, 0 if there is no such process or it has ended. It is not a
// call of a task.
func (k *Kernel) ForkProcess(pid int) (child int) {
	if p := k.process(uint64(pid)); p == nil || p.exited {
		return 0
	}
	child = k.StartProcess()
	k.tellProcess(pid, func(kn *knote) { kn.fork(pid, child) })
	return child
}

// ExecProcess makes a process run another program, for NOTE_EXEC. It is not a call
// of a task, and does nothing if there is no such process or it has ended.
func (k *Kernel) ExecProcess(pid int) {
	if p := k.process(uint64(pid)); p == nil || p.exited {
		return
	}
	k.tellProcess(pid, func(kn *knote) { kn.note(kqueue.NoteExec) })
}

// tellProcess calls f for the knotes of a process, the newest first, without those
// that f adds.
func (k *Kernel) tellProcess(pid int, f func(kn *knote)) {
	for i := len(k.told) - 1; i >= 0; i-- {
		if kn := k.told[i]; kn.kind == filterProc && kn.ident == uint64(pid) && !kn.gone {
			f(kn)
		}
	}
}

func (k *Kernel) process(pid uint64) *process {
	for i := range k.processes {
		if uint64(k.processes[i].pid) == pid {
			return &k.processes[i]
		}
	}
	return nil
}

// Raise sends the program a signal that it ignores, for EVFILT_SIGNAL. It is not
// a call of a task.
func (k *Kernel) Raise(signal int) {
	for i := len(k.told) - 1; i >= 0; i-- {
		if kn := k.told[i]; kn.kind == filterSignal && kn.ident == uint64(signal) {
			kn.data++
			kn.activate()
		}
	}
}

// acceptsProcess reports whether a process can be watched; filt_procattach.
func (kq *kqueueInstance) acceptsProcess(c *kqueue.Kevent) failure {
	follow := uint32(kqueue.NoteTrack | kqueue.NoteTrackErr | kqueue.NoteChild)
	if c.Fflags&follow != 0 && kq.rule(cellTrack) == answerENOTSUP {
		return notSup
	}
	p := kq.kernel.process(c.Ident)
	switch {
	case p == nil:
		return noProcess
	case !p.exited:
		return ok
	case kq.rule(cellZombie) == answerReported && c.Fflags&kqueue.NoteExit != 0:
		return ok
	default:
		return noProcess
	}
}

// attachedProcess reports the exit of a process that has already exited.
func (kn *knote) attachedProcess() {
	if p := kn.kq.kernel.process(kn.ident); p != nil && p.exited {
		kn.exit(p.status)
	}
}

// note says that something has happened to the process or the file, and makes the
// knote active if that, or something before, was asked for.
func (kn *knote) note(notes uint32) {
	kn.fflags |= notes & kn.sfflags
	if kn.fflags != 0 {
		kn.activate()
	}
}

// exit is filt_proc for NOTE_EXIT.
func (kn *knote) exit(status int) {
	kq := kn.kq
	kn.fflags |= kqueue.NoteExit & kn.sfflags
	kn.end(true)
	kn.flags |= kqueue.Oneshot
	switch kq.rule(cellExitStatus) {
	case answerAlways:
		kn.data = int64(status)
	case answerIfAsked:
		if kn.fflags&kqueue.NoteExit != 0 {
			kn.data = int64(status)
		}
	default: // Darwin: only with NOTE_EXITSTATUS
		kn.data = 0
		if kn.sfflags&exitStatus != 0 {
			kn.fflags |= exitStatus
			kn.data = int64(status)
		}
	}
	if kn.fflags == 0 {
		switch kq.rule(cellExitUnasked) {
		case answerDropped: // EV_DROP
			kn.silent = true
		case answerSilent:
			return
		}
	}
	kn.gone = true
	kn.activate()
}

// fork is filt_proc, knote_fork and knote_proc_fork for NOTE_FORK.
func (kn *knote) fork(parent, child int) {
	kq := kn.kq
	if kn.sfflags&kqueue.NoteTrack != 0 {
		if kq.rule(cellTrack) == answerTwo {
			kn.follow(child, kqueue.NoteChild, int64(parent), kqueue.Oneshot)
			kn.follow(child, 0, 0, 0)
		} else {
			kn.follow(child, kqueue.NoteChild, int64(parent), 0)
		}
	}
	kn.note(kqueue.NoteFork)
}

// follow makes a knote for a child of the process that kn watches. It reports notes
// and data at once, if there are notes.
func (kn *knote) follow(child int, notes uint32, data int64, more uint32) {
	kq := kn.kq
	flags := kn.flags | kqueue.Add | kqueue.Enable | kqueue.Clear | more
	if kq.rule(cellFlags) == answerStripped {
		flags &^= kqueue.Add | kqueue.Enable
	}
	c := kq.kernel.newKnote()
	*c = knote{
		kq: kq, ident: uint64(child), kind: filterProc, udata: kn.udata, timer: c.timer, index: len(kq.all),
		flags: flags, fflags: notes, data: data, sfflags: kn.sfflags, sdata: kn.sdata,
	}
	kq.all = append(kq.all, c)
	kq.others = append(kq.others, c)
	if more == 0 {
		kq.kernel.told = append(kq.kernel.told, c)
	}
	if notes != 0 {
		c.activate()
	}
}
