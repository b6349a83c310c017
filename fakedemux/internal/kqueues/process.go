package kqueues

import (
	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
)

// signalCount is NSIG of OpenBSD; sys/signal.h.
const signalCount = 33

// ExitStatus is NOTE_EXITSTATUS; bsd/sys/event.h of Darwin.
const ExitStatus = 0x04000000

// acceptsProcess reports whether a process can be watched; filt_procattach.
func (kq *Instance) acceptsProcess(c *kqueue.Kevent) errno.Failure {
	follow := uint32(kqueue.NoteTrack | kqueue.NoteTrackErr | kqueue.NoteChild)
	if c.Fflags&follow != 0 && kq.Rule(CellTrack) == AnswerENOTSUP {
		return errno.NotSup
	}
	p := kq.kernel.Process(c.Ident)
	switch {
	case p == nil:
		return errno.NoProcess
	case !p.Exited:
		return errno.OK
	case kq.Rule(CellZombie) == AnswerReported && c.Fflags&kqueue.NoteExit != 0:
		return errno.OK
	default:
		return errno.NoProcess
	}
}

// attachedProcess reports the exit of a process that has already exited.
func (kn *Knote) attachedProcess() {
	if p := kn.Kq.kernel.Process(kn.ident); p != nil && p.Exited {
		kn.exit(p.Status)
	}
}

// note says that something has happened to the process or the file, and makes the
// knote active if that, or something before, was asked for.
func (kn *Knote) note(notes uint32) {
	kn.fflags |= notes & kn.sfflags
	if kn.fflags != 0 {
		kn.activate()
	}
}

// exit is filt_proc for NOTE_EXIT.
func (kn *Knote) exit(status int) {
	kq := kn.Kq
	kn.fflags |= kqueue.NoteExit & kn.sfflags
	kn.end(true)
	kn.flags |= kqueue.Oneshot
	switch kq.Rule(CellExitStatus) {
	case AnswerAlways:
		kn.data = int64(status)
	case AnswerIfAsked:
		if kn.fflags&kqueue.NoteExit != 0 {
			kn.data = int64(status)
		}
	default: // Darwin: only with NOTE_EXITSTATUS
		kn.data = 0
		if kn.sfflags&ExitStatus != 0 {
			kn.fflags |= ExitStatus
			kn.data = int64(status)
		}
	}
	if kn.fflags == 0 {
		switch kq.Rule(CellExitUnasked) {
		case AnswerDropped: // EV_DROP
			kn.silent = true
		case AnswerSilent:
			return
		}
	}
	kn.gone = true
	kn.activate()
}

// fork is filt_proc, knote_fork and knote_proc_fork for NOTE_FORK.
func (kn *Knote) fork(parent, child int) {
	kq := kn.Kq
	if kn.sfflags&kqueue.NoteTrack != 0 {
		if kq.Rule(CellTrack) == AnswerTwo && kq.Rule(CellTrackExit) == AnswerNo {
			kn.follow(child, 0, 0, 0)
			kn.follow(child, kqueue.NoteChild, int64(parent), kqueue.Oneshot)
		} else if kq.Rule(CellTrack) == AnswerTwo {
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
func (kn *Knote) follow(child int, notes uint32, data int64, more uint32) {
	kq := kn.Kq
	flags := kn.flags | kqueue.Add | kqueue.Enable | kqueue.Clear | more
	if kq.Rule(CellFlags) == AnswerStripped {
		flags &^= kqueue.Add | kqueue.Enable
	}
	c := kq.kqueues.newKnote()
	*c = Knote{
		Kq: kq, ident: uint64(child), Kind: FilterProc, udata: kn.udata, timer: c.timer, index: len(kq.All),
		flags: flags, fflags: notes, data: data, sfflags: kn.sfflags, sdata: kn.sdata,
	}
	kq.All = append(kq.All, c)
	kq.others = append(kq.others, c)
	if more != 0 {
		c.sfflags &^= kqueue.NoteExit | kqueue.NoteExec | kqueue.NoteFork
	}
	if more == 0 || kq.Rule(CellTrackExit) == AnswerYes {
		kq.kernel.Watchers = append(kq.kernel.Watchers, c)
	}
	if notes != 0 {
		c.activate()
	}
}

// watches reports whether kn watches a process that is still there.
func (kn *Knote) watches(pid int) bool {
	return kn.Kind == FilterProc && kn.ident == uint64(pid) && !kn.gone
}

// Exited reports the exit of a process that the knote watches.
func (kn *Knote) Exited(pid, status int) {
	if kn.watches(pid) {
		kn.exit(status)
	}
}

// Forked reports a fork of a process that the knote watches.
func (kn *Knote) Forked(pid, child int) {
	if kn.watches(pid) {
		kn.fork(pid, child)
	}
}

// Executed reports an exec of a process that the knote watches.
func (kn *Knote) Executed(pid int) {
	if kn.watches(pid) {
		kn.note(kqueue.NoteExec)
	}
}

// Signaled reports a signal that the knote watches.
func (kn *Knote) Signaled(signal int) {
	if kn.Kind == FilterSignal && kn.ident == uint64(signal) {
		kn.data++
		kn.activate()
	}
}
