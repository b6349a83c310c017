package fakedemux

import (
	"math"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/scheduler"
)

// kqueues are the kqueues of a system.
type kqueues struct {
	kernel      *system
	instances   pool[kqueueInstance]
	spareKnotes []*knote
}

func (k *kqueues) begin(s *system) { k.kernel = s }

func (k *kqueues) reset() { k.instances.reset() }

// kqueueInstance is what kqueue(2) makes. A knote is found by ident and filter;
// close(2) deletes the knotes of that descriptor, and not those of its duplicates;
// kqueue(2), observed on NetBSD. What differs between systems is in the table of
// cells, which rule looks up.
type kqueueInstance struct {
	kqueues *kqueues
	kernel  *system
	desc    *description
	profile *kqueue.Profile
	rules   *[cellCount]answer
	lacks   *lacking
	level   int      // Darwin: the level in a nest of kqueues, see nest
	all     []*knote // those of descriptors too
	others  []*knote // of filters whose ident is no descriptor, in the order of EV_ADD
	queue   knoteQueue
	waiters []*scheduler.Task // blocked in Kevent, longest first
}

// rule returns what the system does in a cell of the table.
func (kq *kqueueInstance) rule(c cell) answer { return kq.rules[c] }

func (kq *kqueueInstance) kind() string                { return "kqueue" }
func (kq *kqueueInstance) read([]byte) (int, failure)  { return 0, unreadable }
func (kq *kqueueInstance) write([]byte) (int, failure) { return 0, unreadable }

// poll makes a kqueue readable while it has something to report.
func (kq *kqueueInstance) poll() uint32 { return kq.conditions() }

func (kq *kqueueInstance) conditions() uint32 {
	if kq.pending() > 0 {
		return readable
	}
	return 0
}

// pending returns how many knotes are on the queue. A knote whose condition has
// passed counts until a Kevent looks at it and finds that: a kqueue may be readable
// and have nothing to report. The source is filt_kqueue, which reports kq_count in
// FreeBSD, NetBSD, OpenBSD, DragonFly and Darwin alike; kern_event.c.
func (kq *kqueueInstance) pending() int64 { return kq.queue.count }

func (kq *kqueueInstance) release() {
	for len(kq.all) > 0 {
		kq.all[len(kq.all)-1].drop()
	}
}

// filter returns what the number of a filter stands for, 0 for nothing.
func (kq *kqueueInstance) filter(number int32) filterKind {
	switch p := kq.profile; {
	case number == p.Read:
		return filterRead
	case number == p.Write:
		return filterWrite
	case number == p.Vnode:
		return filterVnode
	case number == p.Proc:
		return filterProc
	case number == p.Signal:
		return filterSignal
	case number == p.Timer:
		return filterTimer
	case p.HasUser && number == p.User:
		return filterUser
	default:
		return 0
	}
}

// find returns the knote of a filter and an ident, nil if there is none. d is
// the description if the ident is a descriptor. Of two knotes for one process,
// which NOTE_TRACK makes, the newer one is found.
func (kq *kqueueInstance) find(kind filterKind, ident uint64, d *description) *knote {
	if d != nil {
		for w := d.watches; w != nil; w = w.next {
			if kn, is := w.by.(*knote); is && kn.kq == kq && kn.kind == kind && kn.ident == ident {
				return kn
			}
		}
		return nil
	}
	for i := len(kq.others) - 1; i >= 0; i-- {
		if kn := kq.others[i]; kn.kind == kind && kn.ident == ident {
			return kn
		}
	}
	return nil
}

// change applies one element of a change list. It leaves in c what a report of the
// change has: the fflags and the data of a knote that was made are 0 then, as
// kqueue_register leaves them.
func (kq *kqueueInstance) change(c *kqueue.Kevent) failure {
	kind := kq.filter(c.Filter)
	if f := kq.simulates(kind, c); f != ok {
		return f
	}
	if kind == 0 {
		return invalid
	}
	flags := c.Flags
	if f := kq.simplify(&flags); f != ok {
		return f
	}
	d, f := kq.target(kind, c)
	if f != ok {
		if kq.profile.EnoentFirst && flags&kqueue.Add == 0 {
			return notFound
		}
		return f
	}
	kn := kq.find(kind, c.Ident, d)
	add := flags&kqueue.Add != 0
	switch {
	case kn == nil && !add:
		return notFound
	case kn == nil:
		return kq.attach(kind, d, flags, c)
	case flags&kqueue.Delete != 0 && (!add || kq.rule(cellAddDelete) != answerAdds):
		kn.drop()
		return ok
	default:
		return kn.modify(flags, c)
	}
}

// target returns the description that a change is about, nil if its ident is no
// descriptor.
func (kq *kqueueInstance) target(kind filterKind, c *kqueue.Kevent) (*description, failure) {
	if kind > filterVnode {
		return nil, ok
	}
	if c.Ident > math.MaxInt32 {
		return nil, badFile
	}
	if d := kq.kernel.lookup(int(c.Ident)); d != nil {
		return d, ok
	}
	return nil, badFile
}

// simplify settles flags that contradict each other.
func (kq *kqueueInstance) simplify(flags *uint32) failure {
	*flags &^= systemFlags
	if both := uint32(kqueue.Enable | kqueue.Disable); *flags&both == both {
		switch kq.rule(cellEnableDisable) {
		case answerEINVAL:
			return invalid
		case answerDisables:
			*flags &^= kqueue.Enable
		default: // the kernel looks at EV_ENABLE last
			*flags &^= kqueue.Disable
		}
	}
	if *flags&kqueue.Delete != 0 && kq.rule(cellAddDelete) == answerDeletes {
		*flags &^= kqueue.Add
	}
	return ok
}

// systemFlags is EV_SYSFLAGS, the flags that a program cannot set; sys/event.h.
const systemFlags = 0xf000

// attach makes a knote.
func (kq *kqueueInstance) attach(kind filterKind, d *description, flags uint32, c *kqueue.Kevent) failure {
	k := kq.kernel
	asked := *c
	if kq.rule(cellErrorFlags) == answerAlone {
		c.Fflags, c.Data = 0, 0
	}
	if f := kq.accepts(kind, d, &asked); f != ok {
		return f
	}
	if k.which(faultNoSpace, 2) == 1 {
		return noMemory
	}
	kn := kq.kqueues.newKnote()
	*kn = knote{
		kq: kq, desc: d, ident: asked.Ident, kind: kind, udata: asked.Udata, timer: kn.timer, index: len(kq.all),
		flags: flags, sfflags: asked.Fflags, sdata: asked.Data,
	}
	if kq.rule(cellFlags) == answerStripped {
		kn.flags &^= kqueue.Add | kqueue.Delete | kqueue.Enable | kqueue.Disable | keepUdata | forceOneshot
	}
	kq.all = append(kq.all, kn)
	if d != nil {
		kn.watch.add(d, kn, kn.rank())
	} else {
		kq.others = append(kq.others, kn)
	}
	first := kq.rule(cellDisable) != answerStays
	if first && flags&kqueue.Disable != 0 {
		kn.disabled = true
	}
	kn.attached(&asked)
	kn.settle(flags, kn.runs())
	return ok
}

// runs runs the filter, unless the system does not while the knote is disabled.
func (kn *knote) runs() bool {
	if kn.disabled && kn.kq.rule(cellDisable) == answerSkips {
		return false
	}
	return kn.run()
}

// attached is what the filter does when a knote is made: f_attach.
func (kn *knote) attached(c *kqueue.Kevent) {
	k := kn.kq.kernel
	switch kn.kind {
	case filterRead, filterWrite, filterVnode:
		kn.attachedFile()
	case filterSignal:
		kn.flags |= kqueue.Clear // kqueue(2): these filters set it themselves
		k.watchers = append(k.watchers, kn)
	case filterTimer:
		kn.flags |= kqueue.Clear
		kn.startTimer(c)
	case filterProc:
		kn.flags |= kqueue.Clear
		k.watchers = append(k.watchers, kn)
		kn.attachedProcess()
	case filterUser:
		kn.attachedUser()
	}
}

// accepts reports whether a knote can be made of a filter and what it is to
// watch.
func (kq *kqueueInstance) accepts(kind filterKind, d *description, c *kqueue.Kevent) failure {
	switch kind {
	case filterRead, filterWrite, filterVnode:
		return kq.acceptsFile(kind, d)
	case filterProc:
		return kq.acceptsProcess(c)
	case filterTimer:
		_, _, f := kq.period(c)
		return f
	case filterSignal:
		if c.Ident >= signalCount && kq.rule(cellSignalRange) == answerEINVAL {
			return invalid
		}
	case filterUser:
	}
	return ok
}

// modify is a change of a knote that is there.
func (kn *knote) modify(flags uint32, c *kqueue.Kevent) failure {
	kq := kn.kq
	if flags&kqueue.Add == 0 && !kn.takesChange() {
		if flags&kqueue.Disable != 0 {
			kn.disabled = true
		}
		kn.enable(flags)
		return ok
	}
	if flags&forceOneshot != 0 && kq.rule(cellFlags) == answerStripped {
		kn.flags |= kqueue.Oneshot
		kn.activate()
	}
	skips := kq.rule(cellDisable) == answerSkips
	if skips && flags&kqueue.Enable != 0 {
		kn.disabled = false
	} else if skips && flags&kqueue.Disable != 0 {
		kn.disabled = true
	}
	if flags&keepUdata == 0 || kq.rule(cellFlags) != answerStripped {
		kn.udata = c.Udata
	}
	if f := kn.touch(flags, c); f != ok {
		return f
	}
	kn.settle(flags, kn.runs())
	return ok
}

// Flags that FreeBSD alone has; sys/event.h.
const (
	forceOneshot = 0x0100 // EV_FORCEONESHOT
	keepUdata    = 0x0200 // EV_KEEPUDATA
)

// takesChange reports whether a change without EV_ADD replaces what was asked for.
func (kn *knote) takesChange() bool {
	if kn.kind == filterUser && kn.kq.rule(cellUserTrigger) == answerYes {
		return true
	}
	return kn.kq.rule(cellChange) == answerReplaces
}

// touch takes over what a change says of a knote. It does not change the flags
// with which the knote was added.
func (kn *knote) touch(flags uint32, c *kqueue.Kevent) failure {
	switch kn.kind {
	case filterUser:
		kn.touchUser(flags, c)
	case filterTimer:
		return kn.touchTimer(flags, c)
	case filterRead, filterWrite, filterVnode, filterProc, filterSignal:
		kn.sfflags, kn.sdata = c.Fflags, c.Data
	}
	return ok
}

// settle is the end of a change: holds says what the filter has found.
func (kn *knote) settle(flags uint32, holds bool) {
	switch kn.kq.rule(cellDisable) {
	case answerSkips: // FreeBSD: enabled or disabled before the filter ran
		if holds {
			kn.active = true
		}
		if kn.active && !kn.disabled && !kn.queued {
			kn.activate()
		}
	case answerDequeues: // Darwin
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
func (kn *knote) enable(flags uint32) {
	if flags&kqueue.Enable == 0 || !kn.disabled {
		return
	}
	kn.disabled = false
	if kn.kq.rule(cellEnable) == answerRuns {
		if kn.run() {
			kn.activate()
		}
	} else if kn.active {
		kn.activate()
	}
}

// rank is where the watch of a knote belongs: a kernel keeps the knotes of the readers
// and those of the writers of an object apart, but has one list for a file.
func (kn *knote) rank() rank {
	_, isFile := kn.desc.object.(*openFile)
	switch {
	case isFile || kn.kind == filterVnode:
		return rankFile
	case kn.kind == filterRead:
		return rankReader
	default:
		return rankWriter
	}
}

// notify runs the filter if the conditions are about it.
func (kn *knote) notify(h happening) (woken bool) {
	both := h.lists == 0 || h.lists&alwaysWatched != 0
	if kn.kind == filterRead && (both || h.lists&dataReady != 0) || kn.kind == filterWrite && (both || h.lists&writable != 0) {
		kn.happen()
	}
	return false
}

func (kn *knote) closed(fd int) {
	if kn.ident == uint64(fd) {
		kn.drop()
	}
}

func (kn *knote) released() { kn.drop() }

func (kn *knote) registrations(fd int) int {
	if kn.ident == uint64(fd) {
		return 1
	}
	return 0
}

// wake lets the blocked calls go on, and tells those that watch the kqueue.
func (kq *kqueueInstance) wake() {
	for _, t := range kq.waiters {
		kq.kernel.tasks.Ready(t)
	}
	kq.waiters = kq.waiters[:0]
	kq.desc.notify(readable)
}

// collect fills out from the queue and returns how many. It is kqueue_scan: the
// filter runs again, and a knote whose condition has passed leaves the queue.
func (kq *kqueueInstance) collect(out []kqueue.Kevent) int {
	queue := kq.queue
	kq.queue = knoteQueue{}
	rerun := kq.rule(cellOneshot) == answerRuns
	n := 0
	for n < len(out) && queue.first != nil {
		kn := queue.first
		queue.remove(kn)
		switch {
		case kn.disabled:
			continue
		case kn.silent:
			kn.drop()
			continue
		case (rerun || kn.flags&kqueue.Oneshot == 0) && !kn.collects():
			kn.active = false
			continue
		}
		if n > 0 && kn.flags&reportFlags != 0 && kq.kernel.fault(faultHold) {
			kq.queue.pushBack(kn)
			continue
		}
		out[n] = kn.event()
		n++
		kn.reported()
	}
	kq.queue.prepend(queue)
	reorder(&kq.kernel.machine, out[:n])
	return n
}

// add makes a kqueue and installs it.
func (k *kqueues) add(p *kqueue.Profile, call string) int {
	kq := k.instances.get()
	*kq = kqueueInstance{
		kqueues: k, kernel: k.kernel, profile: p, rules: rulesOf(p), lacks: lackingOf(p),
		all: kq.all[:0], others: kq.others[:0], waiters: kq.waiters[:0],
	}
	fd, d := k.kernel.add(kq, call)
	kq.desc = d
	return fd
}

// block waits until there is something to report or the timeout has passed.
func (kq *kqueueInstance) block(call scheduler.Call, events []kqueue.Kevent, timeout time.Duration) (int, kqueue.Errno) {
	k := kq.kernel
	limit := k.waitLimit(timeout)
	if limit.over(k.now()) {
		return -1, kqueue.EINTR
	}
	d := kq.desc
	d.hold() // a blocked call keeps the kqueue alive, whoever closes its descriptor
	n, e := kq.await(call, events, limit)
	d.drop()
	return n, e
}

func (kq *kqueueInstance) await(call scheduler.Call, events []kqueue.Kevent, limit waitLimit) (int, kqueue.Errno) {
	for {
		t := kq.kernel.tasks.Current()
		kq.waiters = append(kq.waiters, t)
		why := kq.kernel.tasks.Block(call, limit.end())
		kq.waiters = without(kq.waiters, t)
		if n := kq.collect(events); n > 0 {
			return n, 0
		}
		if limit.over(kq.kernel.now()) {
			return -1, kqueue.EINTR
		}
		switch why {
		case scheduler.TimedOut:
			return 0, 0
		case scheduler.Deadlocked:
			return -1, kqueue.EDEADLK
		case scheduler.WokenUp:
		}
	}
}
