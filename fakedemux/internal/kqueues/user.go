package kqueues

import "reactortest/demux/kqueue"

// attachedUser is filt_userattach. FreeBSD and NetBSD look for NOTE_TRIGGER in
// kn_fflags, which is 0 then.
func (kn *Knote) attachedUser() {
	if kn.Kq.Rule(CellUserAdd) == AnswerYes && kn.sfflags&kqueue.NoteTrigger != 0 {
		kn.triggered = true
	}
	switch kn.Kq.Rule(CellUserFlags) {
	case AnswerMasked: // OpenBSD
		kn.fflags, kn.data = kn.sfflags&kqueue.NoteFlags, kn.sdata
	case AnswerComputed: // DragonFly
		kn.fflags, kn.data = combine(0, kn.sfflags), kn.sdata
	}
}

// combine returns what NOTE_FFAND and the others make of the flags old.
func combine(old, fflags uint32) uint32 {
	flags := fflags & kqueue.NoteFlags
	switch fflags & kqueue.NoteControl {
	case kqueue.NoteAnd:
		return old & flags
	case kqueue.NoteOr:
		return old | flags
	case kqueue.NoteCopy:
		return flags
	default:
		return old
	}
}

// touchUser is filt_usertouch: it changes the flags and triggers the knote.
func (kn *Knote) touchUser(flags uint32, c *kqueue.Kevent) {
	if c.Fflags&kqueue.NoteTrigger != 0 {
		kn.triggered = true
	}
	cancels := flags&kqueue.Clear != 0 && kn.Kq.Rule(CellUserClear) == AnswerYes
	switch kn.Kq.Rule(CellUserFlags) {
	case AnswerMasked, AnswerComputed:
		kn.fflags, kn.data = combine(kn.fflags, c.Fflags), c.Data
	default:
		kn.sfflags, kn.sdata = combine(kn.sfflags, c.Fflags), c.Data
	}
	if cancels {
		kn.triggered = false
		if kn.Kq.Rule(CellUserFlags) == AnswerComputed {
			kn.data = 0
		}
	}
}

// userEvent puts the flags and the data of a User knote into an event, on systems that
// report those that were asked for. FreeBSD leaves them out with EV_ONESHOT, because it
// does not call f_touch then.
func (kn *Knote) userEvent(ev *kqueue.Kevent) {
	if kn.Kq.Rule(CellUserFlags) != AnswerAsked {
		return
	}
	if kn.flags&kqueue.Oneshot != 0 && kn.Kq.Rule(CellUserOneshot) == AnswerNothing {
		return
	}
	ev.Fflags, ev.Data = kn.sfflags, kn.sdata
}
