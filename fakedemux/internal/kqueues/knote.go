package kqueues

import (
	"slices"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// FilterKind is a filter, whatever its number.
type FilterKind uint8

// The filters of EVFILT_READ and so on.
const (
	FilterRead FilterKind = iota + 1
	FilterWrite
	FilterVnode
	FilterProc
	FilterSignal
	FilterTimer
	FilterUser
)

// Knote is one registration. Its fields are those of struct knote in sys/event.h:
// what the program has asked for, what there is to report, and three states. A knote
// is active if its filter has found something since the last report. It is on the
// queue if a Kevent will look at it; a knote that was disabled may still be there.
type Knote struct {
	watch machine.Watch // of desc
	Kq    *Instance
	desc  *machine.Description // nil if ident is no descriptor
	ident uint64
	Kind  FilterKind
	wrong bool // on the end of a pipe that does not have the filter
	early bool // on a socket that did not listen yet
	udata uint64

	flags  uint32 // to report: of the change that added it, and what the filter has set
	fflags uint32 // to report
	data   int64  // to report

	sfflags uint32 // asked for
	sdata   int64  // asked for

	active, queued, disabled bool

	gone      bool // Proc: the process has exited
	silent    bool // Proc: it is deleted and not reported
	triggered bool // User
	period    time.Duration
	Due       time.Duration // Timer: when it expires next
	timer     *scheduler.Timer

	index      int // in kq.all
	next, prev *Knote
}

// reportFlags are the flags that change what a report does.
const reportFlags = kqueue.Oneshot | kqueue.Clear | kqueue.Dispatch

// knoteQueue is a doubly linked list of the knotes that may have something to
// report.
type knoteQueue struct {
	first, last *Knote
	count       int64
}

func (q *knoteQueue) pushBack(kn *Knote) {
	kn.prev, kn.next, kn.queued = q.last, nil, true
	if q.last != nil {
		q.last.next = kn
	} else {
		q.first = kn
	}
	q.last = kn
	q.count++
}

func (q *knoteQueue) remove(kn *Knote) {
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
	q.count--
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
	q.count += rest.count
}

// Number returns the number of the filter.
func (kn *Knote) Number() int32 {
	p := kn.Kq.Profile
	return [...]int32{
		FilterRead: p.Read, FilterWrite: p.Write, FilterVnode: p.Vnode, FilterProc: p.Proc,
		FilterSignal: p.Signal, FilterTimer: p.Timer, FilterUser: p.User,
	}[kn.Kind]
}

// happen runs the filter because something has happened, and makes the knote active
// if there is something to report.
func (kn *Knote) happen() {
	if kn.queued && kn.flags&kqueue.Oneshot == 0 {
		return // the filter runs again before the report
	}
	if kn.run() {
		kn.activate()
	}
}

// activate is KNOTE_ACTIVATE: it puts the knote on the queue if it is not there and
// not disabled; sys/kern/kern_event.c.
func (kn *Knote) activate() {
	kn.active = true
	if kn.queued || kn.disabled {
		return
	}
	kn.Kq.queue.pushBack(kn)
	kn.Kq.wake()
}

// dequeue takes the knote off the queue.
func (kn *Knote) dequeue() {
	if kn.queued {
		kn.Kq.queue.remove(kn)
	}
}

// end sets EV_EOF, and on DragonFly EV_NODATA, which says that nothing is left to
// read.
func (kn *Knote) end(nothing bool) {
	kn.flags |= kqueue.EOF
	if nothing && kn.Kq.Rule(CellNoData) == AnswerYes {
		kn.flags |= NoData
	}
}

// NoData is EV_NODATA; sys/event.h of DragonFly.
const NoData = 0x1000

// event is what is reported of a knote.
func (kn *Knote) event() kqueue.Kevent {
	ev := kqueue.Kevent{
		Ident: kn.ident, Filter: kn.Number(), Flags: kn.flags, Fflags: kn.fflags, Data: kn.data, Udata: kn.udata,
	}
	if kn.Kind == FilterUser {
		kn.userEvent(&ev)
	}
	return ev
}

// reported does to a knote what its flags say.
func (kn *Knote) reported() {
	if kn.flags&kqueue.Oneshot != 0 {
		kn.drop()
		return
	}
	dispatch := kn.flags&kqueue.Dispatch != 0 && kn.Kq.Profile.Dispatch
	switch {
	case kn.flags&kqueue.Clear != 0:
		kn.clear()
		if dispatch && kn.Kq.Rule(CellClearDispatch) == AnswerBoth {
			kn.disabled = true
		}
	case dispatch:
		kn.active, kn.disabled = false, true
	default:
		kn.Kq.queue.pushBack(kn)
	}
}

// clear is EV_CLEAR after a report.
func (kn *Knote) clear() {
	kn.active, kn.triggered = false, false
	if kn.Kind != FilterUser || kn.Kq.Rule(CellUserFlags) != AnswerMasked {
		kn.fflags, kn.data = 0, 0
	}
}

// drop deletes a knote.
func (kn *Knote) drop() {
	kq := kn.Kq
	k := kq.kernel
	last := len(kq.All) - 1
	kq.All[kn.index] = kq.All[last]
	kq.All[kn.index].index = kn.index
	kq.All[last] = nil
	kq.All = kq.All[:last]
	kn.dequeue()
	if kn.desc != nil {
		kn.watch.Remove()
	} else {
		kq.others = machine.Without(kq.others, kn)
		k.Watchers = slices.DeleteFunc(k.Watchers, func(w objects.ProcessWatcher) bool { return w == objects.ProcessWatcher(kn) })
	}
	if kn.timer != nil {
		k.Tasks.Disarm(kn.timer)
	}
	kq.kqueues.spareKnotes = append(kq.kqueues.spareKnotes, kn)
}

func (k *Kqueues) newKnote() *Knote {
	if n := len(k.spareKnotes); n > 0 {
		kn := k.spareKnotes[n-1]
		k.spareKnotes = k.spareKnotes[:n-1]
		return kn
	}
	return new(Knote)
}
