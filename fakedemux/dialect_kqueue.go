package fakedemux

import (
	"math"
	"time"

	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
	"reactortest/scheduler"
)

// kqueueInstance is what kqueue(2) makes. Its rules:
//
//   - A knote is found by ident and filter; adding it twice changes it; kqueue(2).
//   - The filter is run when a knote is added or enabled, whenever something
//     happens that it watches, and again when the knote is about to be reported:
//     if the condition does not hold any more it is not; kqueue(2).
//   - A knote that was reported is off the queue with EV_CLEAR until something
//     happens, deleted with EV_ONESHOT, disabled with EV_DISPATCH, and else at the
//     end of the queue; kqueue(2).
//   - close(2) deletes the knotes of that descriptor, and not those of its
//     duplicates; kqueue(2), observed on NetBSD.
type kqueueInstance struct {
	kernel  *Kernel
	desc    *description
	profile *kqueue.Profile
	all     []*knote // those of descriptors too
	others  []*knote // of filters whose ident is no descriptor, in the order of EV_ADD
	queue   knoteQueue
	waiters []*scheduler.Task // blocked in Kevent, longest first
}

// filterKind is a filter, whatever its number.
type filterKind uint8

const (
	filterRead filterKind = iota + 1
	filterWrite
	filterVnode
	filterProc
	filterSignal
	filterTimer
	filterUser
)

// knote is one registration.
type knote struct {
	kq       *kqueueInstance
	desc     *description // nil if ident is no descriptor
	ident    uint64
	kind     filterKind
	flags    uint32 // of the change that added it: Oneshot, Clear, Dispatch
	fflags   uint32 // asked for; of a User its flags
	data     int64  // asked for
	udata    uint64
	disabled bool
	hits     int64  // what has happened since it was cleared: expirations, signals, a trigger
	notes    uint32 // likewise, of a Vnode or a Proc
	status   int64  // of a process that has exited
	period   time.Duration
	timer    *scheduler.Timer

	index      int // in kq.all
	next, prev *knote
	queued     bool
}

// report is what a filter has to say about a knote.
type report struct {
	holds, eof bool
	data       int64
	fflags     uint32
}

// knoteQueue is a doubly linked list of the knotes that may have something to
// report.
type knoteQueue struct {
	first, last *knote
}

func (q *knoteQueue) pushBack(kn *knote) {
	kn.prev, kn.next, kn.queued = q.last, nil, true
	if q.last != nil {
		q.last.next = kn
	} else {
		q.first = kn
	}
	q.last = kn
}

func (q *knoteQueue) remove(kn *knote) {
	if kn.prev != nil {
		kn.prev.next = kn.next
	} else {
		q.first = kn.next
	}
	if kn.next != nil {
		kn.next.prev = kn.prev
	} else {
		q.last = kn.prev
	}
	kn.prev, kn.next, kn.queued = nil, nil, false
}

// prepend puts what is left of rest before q.
func (q *knoteQueue) prepend(rest knoteQueue) {
	if rest.first == nil {
		return
	}
	if q.first == nil {
		*q = rest
		return
	}
	rest.last.next, q.first.prev = q.first, rest.last
	q.first = rest.first
}

func (kq *kqueueInstance) kind() string                { return "kqueue" }
func (kq *kqueueInstance) read([]byte) (int, failure)  { return 0, unreadable }
func (kq *kqueueInstance) write([]byte) (int, failure) { return 0, unreadable }

// poll makes a kqueue readable while it has something to report.
func (kq *kqueueInstance) poll() uint32 {
	if kq.pending() > 0 {
		return epoll.EPOLLIN
	}
	return 0
}

// pending returns how many knotes are on the queue. A knote whose condition has
// passed counts until a Kevent looks at it and finds that: a kqueue may be readable
// and have nothing to report. The source is filt_kqueue, which reports kq_count in
// FreeBSD, NetBSD, OpenBSD, DragonFly and Darwin alike; kern_event.c.
func (kq *kqueueInstance) pending() int64 {
	var n int64
	for kn := kq.queue.first; kn != nil; kn = kn.next {
		n++
	}
	return n
}

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

// number is the inverse of filter.
func (kn *knote) number() int32 {
	p := kn.kq.profile
	return [...]int32{
		filterRead: p.Read, filterWrite: p.Write, filterVnode: p.Vnode, filterProc: p.Proc,
		filterSignal: p.Signal, filterTimer: p.Timer, filterUser: p.User,
	}[kn.kind]
}

// find returns the knote of a filter and an ident, nil if there is none. d is
// the description if the ident is a descriptor.
func (kq *kqueueInstance) find(kind filterKind, ident uint64, d *description) *knote {
	list := kq.others
	if d != nil {
		list = d.knotes
	}
	for _, kn := range list {
		if kn.kq == kq && kn.kind == kind && kn.ident == ident {
			return kn
		}
	}
	return nil
}

// change applies one element of a change list.
func (kq *kqueueInstance) change(c *kqueue.Kevent) failure {
	kind := kq.filter(c.Filter)
	var d *description
	switch kind {
	case 0:
		return invalid
	case filterRead, filterWrite, filterVnode:
		if c.Ident > math.MaxInt32 {
			return badFile
		}
		if d = kq.kernel.lookup(int(c.Ident)); d == nil {
			return badFile
		}
	case filterProc, filterSignal, filterTimer, filterUser:
	}
	kn := kq.find(kind, c.Ident, d)
	switch {
	case kn == nil && c.Flags&kqueue.Add == 0:
		return notFound
	case kn == nil:
		added, f := kq.attach(kind, d, c)
		if f != ok {
			return f
		}
		kn = added
	case c.Flags&kqueue.Delete != 0:
		kn.drop()
		return ok
	default:
		kn.touch(c)
	}
	if c.Flags&(kqueue.Add|kqueue.Enable) != 0 {
		kn.disabled = false
	}
	if c.Flags&kqueue.Disable != 0 {
		kn.disabled = true
		if kn.queued {
			kq.queue.remove(kn)
		}
	}
	kn.activate()
	return ok
}

// attach makes a knote.
func (kq *kqueueInstance) attach(kind filterKind, d *description, c *kqueue.Kevent) (*knote, failure) {
	k := kq.kernel
	if f := kq.accepts(kind, d, c); f != ok {
		return nil, f
	}
	if k.which(faultNoSpace, 2) == 1 {
		return nil, noMemory
	}
	kn := k.newKnote()
	*kn = knote{
		kq: kq, desc: d, ident: c.Ident, kind: kind, udata: c.Udata, timer: kn.timer, index: len(kq.all),
		flags: c.Flags & (kqueue.Oneshot | kqueue.Clear),
	}
	if kq.profile.Dispatch {
		kn.flags |= c.Flags & kqueue.Dispatch
	}
	if kind == filterSignal || kind == filterTimer {
		kn.flags |= kqueue.Clear // kqueue(2): these filters set it themselves
	}
	kq.all = append(kq.all, kn)
	if d != nil {
		d.knotes, d.watched = append(d.knotes, kn), true
	} else {
		kq.others = append(kq.others, kn)
	}
	if kind == filterSignal || kind == filterProc {
		k.told = append(k.told, kn)
	}
	kn.touch(c)
	return kn, ok
}

// accepts reports whether a knote can be made of a filter and what it is to
// watch.
func (kq *kqueueInstance) accepts(kind filterKind, d *description, c *kqueue.Kevent) failure {
	switch kind {
	case filterRead:
		return ok
	case filterWrite: // kqueue(2): not for vnodes
		switch d.object.(type) {
		case regular, *kqueueInstance, *epollInstance:
			return invalid
		}
	case filterVnode:
		if _, plain := d.object.(regular); !plain {
			return invalid
		}
	case filterProc:
		if kq.kernel.process(c.Ident) == nil {
			return noProcess
		}
	case filterTimer:
		if _, valid := kq.period(c); !valid {
			return invalid
		}
	case filterSignal, filterUser:
	}
	return ok
}

// touch takes over what a change says of a knote. It does not change the flags
// with which the knote was added, and it does change the user data; kqueue(2) of
// FreeBSD, EV_KEEPUDATA.
func (kn *knote) touch(c *kqueue.Kevent) {
	kn.udata = c.Udata
	switch kn.kind {
	case filterUser:
		kn.touchUser(c.Fflags)
	case filterTimer:
		if c.Flags&kqueue.Add != 0 {
			kn.startTimer(c)
		}
	case filterRead, filterWrite, filterVnode, filterProc, filterSignal:
		kn.fflags, kn.data = c.Fflags, c.Data
	}
}

// touchUser changes the flags of a User knote and triggers it; kqueue(2),
// EVFILT_USER.
func (kn *knote) touchUser(fflags uint32) {
	flags := fflags & kqueue.NoteFlags
	switch fflags & kqueue.NoteControl {
	case kqueue.NoteAnd:
		kn.fflags &= flags
	case kqueue.NoteOr:
		kn.fflags |= flags
	case kqueue.NoteCopy:
		kn.fflags = flags
	}
	if fflags&kqueue.NoteTrigger != 0 {
		kn.hits = 1
	}
}

// activate runs the filter, and puts the knote on the queue if it has
// something to report.
func (kn *knote) activate() {
	if kn.disabled || kn.queued || !kn.run().holds {
		return
	}
	kn.kq.queue.pushBack(kn)
	kn.kq.wake()
}

// notify says that the conditions in key, 0 for any, may have arisen.
func (kn *knote) notify(key uint32) {
	switch {
	case kn.kind == filterRead && (key == 0 || key&dataReady != 0):
	case kn.kind == filterWrite && (key == 0 || key&epoll.EPOLLOUT != 0):
	default:
		return
	}
	kn.activate()
}

// wake lets the blocked calls go on, and tells those that watch the kqueue.
func (kq *kqueueInstance) wake() {
	for _, t := range kq.waiters {
		kq.kernel.tasks.Ready(t)
	}
	kq.waiters = kq.waiters[:0]
	kq.desc.notify(epoll.EPOLLIN)
}

// collect fills out from the queue and returns how many.
func (kq *kqueueInstance) collect(out []kqueue.Kevent) int {
	queue := kq.queue
	kq.queue = knoteQueue{}
	n := 0
	for n < len(out) && queue.first != nil {
		kn := queue.first
		queue.remove(kn)
		r := kn.run()
		if !r.holds {
			continue
		}
		if n > 0 && kn.flags != 0 && kq.kernel.fault(faultHold) {
			kq.queue.pushBack(kn)
			continue
		}
		out[n] = kn.event(r)
		n++
		kn.reported()
	}
	kq.queue.prepend(queue)
	reorder(kq.kernel, out[:n])
	return n
}

// event is what is reported of a knote.
func (kn *knote) event(r report) kqueue.Kevent {
	ev := kqueue.Kevent{
		Ident: kn.ident, Filter: kn.number(), Flags: kqueue.Add | kn.flags, Fflags: r.fflags, Data: r.data, Udata: kn.udata,
	}
	if r.eof {
		ev.Flags |= kqueue.EOF
	}
	return ev
}

// reported does to a knote what its flags say.
func (kn *knote) reported() {
	if kn.flags&kqueue.Oneshot != 0 || kn.notes&kqueue.NoteExit != 0 && kn.kind == filterProc {
		kn.drop()
		return
	}
	if kn.flags&kqueue.Clear != 0 {
		kn.hits, kn.notes = 0, 0
	}
	if kn.flags&kqueue.Dispatch != 0 {
		kn.disabled = true
	}
	if kn.flags&(kqueue.Clear|kqueue.Dispatch) == 0 {
		kn.kq.queue.pushBack(kn)
	}
}

// drop deletes a knote.
func (kn *knote) drop() {
	kq := kn.kq
	k := kq.kernel
	last := len(kq.all) - 1
	kq.all[kn.index] = kq.all[last]
	kq.all[kn.index].index = kn.index
	kq.all[last] = nil
	kq.all = kq.all[:last]
	if kn.queued {
		kq.queue.remove(kn)
	}
	if kn.desc != nil {
		kn.desc.knotes = without(kn.desc.knotes, kn)
	} else {
		kq.others = without(kq.others, kn)
		k.told = without(k.told, kn)
	}
	if kn.timer != nil {
		k.tasks.Disarm(kn.timer)
	}
	k.spareKnotes = append(k.spareKnotes, kn)
}

func without(list []*knote, kn *knote) []*knote {
	for i, other := range list {
		if other == kn {
			return append(list[:i], list[i+1:]...)
		}
	}
	return list
}

func (k *Kernel) newKnote() *knote {
	if n := len(k.spareKnotes); n > 0 {
		kn := k.spareKnotes[n-1]
		k.spareKnotes = k.spareKnotes[:n-1]
		return kn
	}
	return new(knote)
}

func (k *Kernel) newKqueue(p *kqueue.Profile) *kqueueInstance {
	kq := k.kqueues.get()
	*kq = kqueueInstance{kernel: k, profile: p, all: kq.all[:0], others: kq.others[:0], waiters: kq.waiters[:0]}
	return kq
}

// dropKnotes deletes the knotes of descriptor fd.
func (d *description) dropKnotes(fd int) {
	for i := len(d.knotes) - 1; i >= 0; i-- {
		if kn := d.knotes[i]; kn.ident == uint64(fd) {
			kn.drop()
		}
	}
}

// notifyKnotes is notify for the knotes alone.
func (d *description) notifyKnotes(key uint32) {
	d.happen(key)
	if !d.watched {
		return
	}
	for _, kn := range d.knotes {
		kn.notify(key)
	}
}
