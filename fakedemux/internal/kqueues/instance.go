// Package kqueues is the dialect of the BSDs: kqueues over the objects of a system, and the
// table of what differs from one BSD to the other.
package kqueues

import (
	"math"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Kqueues are the kqueues of a system.
type Kqueues struct {
	kernel      *objects.System
	instances   machine.Pool[Instance]
	spareKnotes []*Knote
}

// Begin says whose kqueues they are.
func (k *Kqueues) Begin(s *objects.System) { k.kernel = s }

// Reset begins a new run.
func (k *Kqueues) Reset() { k.instances.Reset() }

// Instance is what kqueue(2) makes. A knote is found by ident and filter;
// close(2) deletes the knotes of that descriptor, and not those of its duplicates;
// kqueue(2), observed on NetBSD. What differs between systems is in the table of
// cells, which Rule looks up.
type Instance struct {
	kqueues *Kqueues
	kernel  *objects.System
	desc    *machine.Description
	Profile *kqueue.Profile
	rules   *[cellCount]Answer
	lacks   *lacking
	level   int      // Darwin: the level in a nest of kqueues, see nest
	All     []*Knote // those of descriptors too
	others  []*Knote // of filters whose ident is no descriptor, in the order of EV_ADD
	queue   knoteQueue
	waiters []*scheduler.Task // blocked in Kevent, longest first
}

// Rule returns what the system does in a cell of the table.
func (kq *Instance) Rule(c Cell) Answer { return kq.rules[c] }

// Kind returns "kqueue".
func (kq *Instance) Kind() string                      { return "kqueue" }
func (kq *Instance) Read([]byte) (int, errno.Failure)  { return 0, errno.Unreadable }
func (kq *Instance) Write([]byte) (int, errno.Failure) { return 0, errno.Unreadable }

// Poll makes a kqueue readable while it has something to report.
func (kq *Instance) Poll() uint32 { return kq.Conditions() }

// Conditions is Poll.
func (kq *Instance) Conditions() uint32 {
	if kq.Pending() > 0 {
		return machine.Readable
	}
	return 0
}

// Pending returns how many knotes are on the queue. A knote whose condition has
// passed counts until a Kevent looks at it and finds that: a kqueue may be readable
// and have nothing to report. The source is filt_kqueue, which reports kq_count in
// FreeBSD, NetBSD, OpenBSD, DragonFly and Darwin alike; kern_event.c.
func (kq *Instance) Pending() int64 { return kq.queue.count }

// Release deletes the knotes.
func (kq *Instance) Release() {
	for len(kq.All) > 0 {
		kq.All[len(kq.All)-1].drop()
	}
}

// Filter returns what the number of a filter stands for, 0 for nothing.
func (kq *Instance) Filter(number int32) FilterKind {
	switch p := kq.Profile; {
	case number == p.Read:
		return FilterRead
	case number == p.Write:
		return FilterWrite
	case number == p.Vnode:
		return FilterVnode
	case number == p.Proc:
		return FilterProc
	case number == p.Signal:
		return FilterSignal
	case number == p.Timer:
		return FilterTimer
	case p.HasUser && number == p.User:
		return FilterUser
	default:
		return 0
	}
}

// find returns the knote of a filter and an ident, nil if there is none. d is
// the description if the ident is a descriptor. Of two knotes for one process,
// which NOTE_TRACK makes, the newer one is found.
func (kq *Instance) find(kind FilterKind, ident uint64, d *machine.Description) *Knote {
	if d != nil {
		for w := d.Watches; w != nil; w = w.Next {
			if kn, is := w.By.(*Knote); is && kn.Kq == kq && kn.Kind == kind && kn.ident == ident {
				return kn
			}
		}
		return nil
	}
	for i := len(kq.others) - 1; i >= 0; i-- {
		if kn := kq.others[i]; kn.Kind == kind && kn.ident == ident {
			return kn
		}
	}
	return nil
}

// Change applies one element of a change list. It leaves in c what a report of the
// change has: the fflags and the data of a knote that was made are 0 then, as
// kqueue_register leaves them.
func (kq *Instance) Change(c *kqueue.Kevent) errno.Failure {
	kind := kq.Filter(c.Filter)
	if f := kq.simulates(kind, c); f != errno.OK {
		return f
	}
	if kind == 0 {
		return errno.Invalid
	}
	flags := c.Flags
	if f := kq.simplify(&flags); f != errno.OK {
		return f
	}
	if kq.Rule(CellErrorFlags) == AnswerJoined {
		c.Flags = flags // "delete and disable overrule", and the report of the change has what is left
	}
	d, f := kq.target(kind, c)
	if f != errno.OK {
		if kq.Profile.EnoentFirst && flags&kqueue.Add == 0 {
			return errno.NotFound
		}
		return f
	}
	kn := kq.find(kind, c.Ident, d)
	add := flags&kqueue.Add != 0
	switch {
	case kn == nil && !add:
		return errno.NotFound
	case kn == nil:
		return kq.attach(kind, d, flags, c)
	case flags&kqueue.Delete != 0 && (!add || kq.Rule(CellAddDelete) != AnswerAdds):
		kn.drop()
		return errno.OK
	default:
		return kn.modify(flags, c)
	}
}

// target returns the description that a change is about, nil if its ident is no
// descriptor.
func (kq *Instance) target(kind FilterKind, c *kqueue.Kevent) (*machine.Description, errno.Failure) {
	if kind > FilterVnode {
		return nil, errno.OK
	}
	if c.Ident > math.MaxInt32 {
		return nil, errno.BadFile
	}
	if d := kq.kernel.Lookup(int(c.Ident)); d != nil {
		return d, errno.OK
	}
	return nil, errno.BadFile
}

// simplify settles flags that contradict each other.
func (kq *Instance) simplify(flags *uint32) errno.Failure {
	*flags &^= SystemFlags
	if SystemOf(kq.Profile)&(dragonfly|anyOpenBSD) != 0 {
		*flags &^= hangupFlag
	}
	if both := uint32(kqueue.Enable | kqueue.Disable); *flags&both == both {
		switch kq.Rule(CellEnableDisable) {
		case AnswerEINVAL:
			return errno.Invalid
		case AnswerDisables:
			*flags &^= kqueue.Enable
		default: // the kernel looks at EV_ENABLE last
			*flags &^= kqueue.Disable
		}
	}
	if *flags&kqueue.Delete != 0 && kq.Rule(CellAddDelete) == AnswerDeletes {
		*flags &^= kqueue.Add
	}
	return errno.OK
}

// SystemFlags is EV_SYSFLAGS, the flags that a program cannot set; sys/event.h.
const SystemFlags = 0xf000

// hangupFlag is EV_HUP, which EV_SYSFLAGS has too on DragonFly, and on OpenBSD, where it
// is called __EV_HUP; sys/event.h.
const hangupFlag = 0x0800

// attach makes a knote.
func (kq *Instance) attach(kind FilterKind, d *machine.Description, flags uint32, c *kqueue.Kevent) errno.Failure {
	k := kq.kernel
	asked := *c
	if kq.Rule(CellErrorFlags) == AnswerAlone {
		c.Fflags, c.Data = 0, 0
	}
	if f := kq.accepts(kind, d, &asked); f != errno.OK {
		return f
	}
	if k.Which(machine.FaultNoSpace, 2) == 1 {
		return errno.NoMemory
	}
	kn := kq.kqueues.newKnote()
	*kn = Knote{
		Kq: kq, desc: d, ident: asked.Ident, Kind: kind, udata: asked.Udata, timer: kn.timer, index: len(kq.All),
		flags: flags, sfflags: asked.Fflags, sdata: asked.Data,
	}
	switch {
	case kq.Rule(CellFlags) == AnswerStripped:
		kn.flags &^= kqueue.Add | kqueue.Delete | kqueue.Enable | kqueue.Disable | forceOneshot
	case kq.Rule(CellEnableDisable) == AnswerEnables:
		kn.flags |= asked.Flags & kqueue.Disable // it does not count, and is reported
	}
	kq.All = append(kq.All, kn)
	if d != nil {
		kn.watch.Add(d, kn, kn.rank())
	} else {
		kq.others = append(kq.others, kn)
	}
	first := kq.Rule(CellDisable) != AnswerStays
	if first && flags&kqueue.Disable != 0 {
		kn.disabled = true
	}
	kn.attached(&asked)
	kn.settle(flags, kn.runs())
	return errno.OK
}

// runs runs the filter, unless the system does not while the knote is disabled.
func (kn *Knote) runs() bool {
	if kn.disabled && kn.Kq.Rule(CellDisable) == AnswerSkips {
		return false
	}
	return kn.run()
}

// attached is what the filter does when a knote is made: f_attach.
func (kn *Knote) attached(c *kqueue.Kevent) {
	k := kn.Kq.kernel
	switch kn.Kind {
	case FilterRead, FilterWrite, FilterVnode:
		kn.attachedFile()
	case FilterSignal:
		kn.flags |= kqueue.Clear // kqueue(2): these filters set it themselves
		k.Watchers = append(k.Watchers, kn)
	case FilterTimer:
		kn.flags |= kqueue.Clear
		kn.startTimer(c)
	case FilterProc:
		kn.flags |= kqueue.Clear
		k.Watchers = append(k.Watchers, kn)
		kn.attachedProcess()
	case FilterUser:
		kn.attachedUser()
	}
}

// accepts reports whether a knote can be made of a filter and what it is to
// watch.
func (kq *Instance) accepts(kind FilterKind, d *machine.Description, c *kqueue.Kevent) errno.Failure {
	switch kind {
	case FilterRead, FilterWrite, FilterVnode:
		return kq.acceptsFile(kind, d)
	case FilterProc:
		return kq.acceptsProcess(c)
	case FilterTimer:
		_, _, f := kq.period(c)
		return f
	case FilterSignal:
		if c.Ident >= signalCount && kq.Rule(CellSignalRange) == AnswerEINVAL {
			return errno.Invalid
		}
	case FilterUser:
	}
	return errno.OK
}

// modify is a change of a knote that is there.
func (kn *Knote) modify(flags uint32, c *kqueue.Kevent) errno.Failure {
	kq := kn.Kq
	if flags&kqueue.Add == 0 && !kn.takesChange() {
		if flags&kqueue.Disable != 0 {
			kn.disabled = true
		}
		kn.enable(flags)
		return errno.OK
	}
	if flags&forceOneshot != 0 && kq.Rule(CellFlags) == AnswerStripped {
		kn.flags |= kqueue.Oneshot
		kn.activate()
	}
	skips := kq.Rule(CellDisable) == AnswerSkips
	if skips && flags&kqueue.Enable != 0 {
		kn.disabled = false
	} else if skips && flags&kqueue.Disable != 0 {
		kn.disabled = true
	}
	old := kn.udata
	if kn.takesUdata(flags) {
		kn.udata = c.Udata
	}
	if f := kn.touch(flags, c); f != errno.OK {
		if kq.Rule(CellTimerWrong) != AnswerStopsTimer {
			kn.udata = old
		}
		return f
	}
	kn.settle(flags, kn.runs())
	return errno.OK
}

// Flags that FreeBSD alone has; sys/event.h.
const (
	forceOneshot = 0x0100 // EV_FORCEONESHOT
	keepUdata    = 0x0200 // EV_KEEPUDATA
)

// takesUdata reports whether a change replaces the user data.
func (kn *Knote) takesUdata(flags uint32) bool {
	if kn.Kind == FilterUser && kn.Kq.Rule(CellUserUdata) == AnswerNo {
		return false
	}
	return flags&keepUdata == 0 || kn.Kq.Rule(CellFlags) != AnswerStripped
}

// takesChange reports whether a change without EV_ADD replaces what was asked for.
func (kn *Knote) takesChange() bool {
	if kn.Kind == FilterUser && kn.Kq.Rule(CellUserTrigger) == AnswerYes {
		return true
	}
	return kn.Kq.Rule(CellChange) == AnswerReplaces
}

// touch takes over what a change says of a knote. It does not change the flags
// with which the knote was added.
func (kn *Knote) touch(flags uint32, c *kqueue.Kevent) errno.Failure {
	switch kn.Kind {
	case FilterUser:
		kn.touchUser(flags, c)
		if kn.Kq.Rule(CellUserReceipt) == AnswerYes {
			c.Fflags &= kqueue.NoteFlags // kev->fflags &= NOTE_FFLAGSMASK in filt_usertouch
		}
	case FilterTimer:
		return kn.touchTimer(flags, c)
	case FilterRead, FilterWrite, FilterVnode, FilterProc, FilterSignal:
		kn.sfflags, kn.sdata = c.Fflags, c.Data
	}
	return errno.OK
}

// settle is the end of a change: holds says what the filter has found.
func (kn *Knote) settle(flags uint32, holds bool) {
	switch kn.Kq.Rule(CellDisable) {
	case AnswerSkips: // FreeBSD: enabled or disabled before the filter ran
		if holds {
			kn.active = true
		}
		if kn.active && !kn.disabled && !kn.queued {
			kn.activate()
		}
	case AnswerDequeues: // Darwin
		if flags&kqueue.Disable != 0 {
			kn.disabled = true
			kn.dequeue()
		}
		if holds {
			kn.active = true
		}
		if flags&kqueue.Enable != 0 {
			kn.disabled = false
		}
		if kn.active {
			kn.activate()
		}
	default:
		if holds {
			kn.activate()
		}
		if flags&kqueue.Disable != 0 {
			kn.disabled = true
		}
		kn.enable(flags)
	}
}

// enable is EV_ENABLE where it comes last.
func (kn *Knote) enable(flags uint32) {
	if flags&kqueue.Enable == 0 || !kn.disabled {
		return
	}
	kn.disabled = false
	how := kn.Kq.Rule(CellEnable)
	if how != AnswerQueues && kn.run() || how != AnswerRuns && kn.active {
		kn.activate()
	}
}
