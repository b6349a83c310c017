package fakedemux

import (
	"slices"
	"time"

	"reactortest/demux/kqueue"
	"reactortest/scheduler"
)

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

// knote is one registration. Its fields are those of struct knote in sys/event.h:
// what the program has asked for, what there is to report, and three states. A knote
// is active if its filter has found something since the last report. It is on the
// queue if a Kevent will look at it; a knote that was disabled may still be there.
type knote struct {
	watch watch // of desc
	kq    *kqueueInstance
	desc  *description // nil if ident is no descriptor
	ident uint64
	kind  filterKind
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
	due       time.Duration // Timer: when it expires next
	timer     *scheduler.Timer

	index      int // in kq.all
	next, prev *knote
}

// reportFlags are the flags that change what a report does.
const reportFlags = kqueue.Oneshot | kqueue.Clear | kqueue.Dispatch

// knoteQueue is a doubly linked list of the knotes that may have something to
// report.
type knoteQueue struct {
	first, last *knote
	count       int64
}

func (q *knoteQueue) pushBack(kn *knote) {
	kn.prev, kn.next, kn.queued = q.last, nil, true
	if q.last != nil {
		q.last.next = kn
	} else {
		q.first = kn
	}
	q.last = kn
	q.count++
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

// number returns the number of the filter.
func (kn *knote) number() int32 {
	p := kn.kq.profile
	return [...]int32{
		filterRead: p.Read, filterWrite: p.Write, filterVnode: p.Vnode, filterProc: p.Proc,
		filterSignal: p.Signal, filterTimer: p.Timer, filterUser: p.User,
	}[kn.kind]
}

// happen runs the filter because something has happened, and makes the knote active
// if there is something to report.
func (kn *knote) happen() {
	if kn.queued && kn.flags&kqueue.Oneshot == 0 {
		return // the filter runs again before the report
	}
	if kn.run() {
		kn.activate()
	}
}

// activate is KNOTE_ACTIVATE: it puts the knote on the queue if it is not there and
// not disabled; sys/kern/kern_event.c.
func (kn *knote) activate() {
	kn.active = true
	if kn.queued || kn.disabled {
		return
	}
	kn.kq.queue.pushBack(kn)
	kn.kq.wake()
}

// dequeue takes the knote off the queue.
func (kn *knote) dequeue() {
	if kn.queued {
		kn.kq.queue.remove(kn)
	}
}

// end sets EV_EOF, and on DragonFly EV_NODATA, which says that nothing is left to
// read.
func (kn *knote) end(nothing bool) {
	kn.flags |= kqueue.EOF
	if nothing && kn.kq.rule(cellNoData) == answerYes {
		kn.flags |= noData
	}
}

// noData is EV_NODATA; sys/event.h of DragonFly.
const noData = 0x1000

// event is what is reported of a knote.
func (kn *knote) event() kqueue.Kevent {
	ev := kqueue.Kevent{
		Ident: kn.ident, Filter: kn.number(), Flags: kn.flags, Fflags: kn.fflags, Data: kn.data, Udata: kn.udata,
	}
	if kn.kind == filterUser {
		kn.userEvent(&ev)
	}
	return ev
}

// reported does to a knote what its flags say.
func (kn *knote) reported() {
	if kn.flags&kqueue.Oneshot != 0 {
		kn.drop()
		return
	}
	dispatch := kn.flags&kqueue.Dispatch != 0 && kn.kq.profile.Dispatch
	switch {
	case kn.flags&kqueue.Clear != 0:
		kn.clear()
		if dispatch && kn.kq.rule(cellClearDispatch) == answerBoth {
			kn.disabled = true
		}
	case dispatch:
		kn.active, kn.disabled = false, true
	default:
		kn.kq.queue.pushBack(kn)
	}
}

// clear is EV_CLEAR after a report.
func (kn *knote) clear() {
	kn.active, kn.triggered = false, false
	kn.fflags = 0
	if kn.kind != filterUser || kn.kq.rule(cellUserFlags) != answerMasked {
		kn.data = 0
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
	kn.dequeue()
	if kn.desc != nil {
		kn.watch.remove()
	} else {
		kq.others = without(kq.others, kn)
		k.watchers = slices.DeleteFunc(k.watchers, func(w processWatcher) bool { return w == processWatcher(kn) })
	}
	if kn.timer != nil {
		k.tasks.Disarm(kn.timer)
	}
	kq.kqueues.spareKnotes = append(kq.kqueues.spareKnotes, kn)
}

func (k *kqueues) newKnote() *knote {
	if n := len(k.spareKnotes); n > 0 {
		kn := k.spareKnotes[n-1]
		k.spareKnotes = k.spareKnotes[:n-1]
		return kn
	}
	return new(knote)
}
