package fakedemux

import "reactortest/demux/kqueue"

// signalCount is NSIG of OpenBSD; sys/signal.h.
const signalCount = 33

// exitStatus is NOTE_EXITSTATUS; bsd/sys/event.h of Darwin.
const exitStatus = 0x04000000

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
	c := kq.kqueues.newKnote()
	*c = knote{
		kq: kq, ident: uint64(child), kind: filterProc, udata: kn.udata, timer: c.timer, index: len(kq.all),
		flags: flags, fflags: notes, data: data, sfflags: kn.sfflags, sdata: kn.sdata,
	}
	kq.all = append(kq.all, c)
	kq.others = append(kq.others, c)
	if more == 0 {
		kq.kernel.watchers = append(kq.kernel.watchers, c)
	}
	if notes != 0 {
		c.activate()
	}
}

// watches reports whether kn watches a process that is still there.
func (kn *knote) watches(pid int) bool {
	return kn.kind == filterProc && kn.ident == uint64(pid) && !kn.gone
}

func (kn *knote) exited(pid, status int) {
	if kn.watches(pid) {
		kn.exit(status)
	}
}

func (kn *knote) forked(pid, child int) {
	if kn.watches(pid) {
		kn.fork(pid, child)
	}
}

func (kn *knote) executed(pid int) {
	if kn.watches(pid) {
		kn.note(kqueue.NoteExec)
	}
}

func (kn *knote) signaled(signal int) {
	if kn.kind == filterSignal && kn.ident == uint64(signal) {
		kn.data++
		kn.activate()
	}
}
