package fakedemux

import (
	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Limits of the epoll dialect.
const (
	maxNesting    = 5                // epoll_ctl(2), ELOOP
	maxReordered  = 8                // events of a batch whose order is a choice
	maxEvents     = (1<<31 - 1) / 12 // of one EpollWait; more is EINVAL, epoll_wait(2)
	exclusive     = 1 << 28          // EPOLLEXCLUSIVE
	wakeLock      = 1 << 29          // EPOLLWAKEUP, ignored without CAP_BLOCK_SUSPEND
	privateBits   = epoll.EPOLLET | epoll.EPOLLONESHOT | exclusive
	exclusiveMay  = epoll.EPOLLIN | epoll.EPOLLOUT | alwaysWatched | wakeLock | epoll.EPOLLET | exclusive
	alwaysWatched = epoll.EPOLLERR | epoll.EPOLLHUP // epoll_ctl(2): not necessary to set
)

// epollInstance is what epoll_create1(2) makes. Its rules:
//
//   - The ready list is first in, first out. A level-triggered registration
//     that was reported goes to the end of it, so that more ready
//     registrations than fit in a batch take turns; epoll_wait(2).
//   - A registration is found by description and number together; epoll(7), Q1
//     and Q6.
//   - EPOLLERR and EPOLLHUP are reported whether asked for or not;
//     epoll_ctl(2).
//   - After EPOLLONESHOT has fired everything is off, those two as well, until
//     EPOLL_CTL_MOD; epoll_ctl(2).
type epollInstance struct {
	kernel  *Kernel
	desc    *description
	all     []*epollItem // registrations; for what looks at all of them
	ready   readyList
	waiters []*scheduler.Task // blocked in EpollWait, longest first
}

// epollItem is one registration.
type epollItem struct {
	ep         *epollInstance
	desc       *description
	fd         int
	events     uint32
	data       uint64
	index      int // in ep.all
	next, prev *epollItem
	listed     bool
}

// readyList is a doubly linked list of the registrations that may have
// something to report.
type readyList struct {
	first, last *epollItem
}

func (l *readyList) pushBack(it *epollItem) {
	it.prev, it.next, it.listed = l.last, nil, true
	if l.last != nil {
		l.last.next = it
	} else {
		l.first = it
	}
	l.last = it
}

func (l *readyList) remove(it *epollItem) {
	if it.prev != nil {
		it.prev.next = it.next
	} else {
		l.first = it.next
	}
	if it.next != nil {
		it.next.prev = it.prev
	} else {
		l.last = it.prev
	}
	it.prev, it.next, it.listed = nil, nil, false
}

// prepend puts what is left of rest before l.
func (l *readyList) prepend(rest readyList) {
	if rest.first == nil {
		return
	}
	if l.first == nil {
		*l = rest
		return
	}
	rest.last.next, l.first.prev = l.first, rest.last
	l.first = rest.first
}

func (ep *epollInstance) kind() string                { return "epoll" }
func (ep *epollInstance) read([]byte) (int, failure)  { return 0, invalid }
func (ep *epollInstance) write([]byte) (int, failure) { return 0, invalid }

// poll makes an epoll descriptor readable while it has something to report;
// epoll(7), Q3. What is on the list before that and has nothing to report is
// taken from it: it is at the end when it becomes ready again. Seen on Linux
// 6.18 (TestPollDropsStaleEntries).
func (ep *epollInstance) poll() uint32 {
	for it := ep.ready.first; it != nil; it = ep.ready.first {
		if it.poll() != 0 {
			return epoll.EPOLLIN
		}
		ep.ready.remove(it)
	}
	return 0
}

// conditions is poll without its effect.
func (ep *epollInstance) conditions() uint32 {
	for it := ep.ready.first; it != nil; it = it.next {
		if conditions(it.desc.object)&it.events != 0 {
			return epoll.EPOLLIN
		}
	}
	return 0
}

// conditions returns what holds for o, and changes nothing.
func conditions(o object) uint32 {
	switch o := o.(type) {
	case *stream:
		return o.conditions()
	case *epollInstance:
		return o.conditions()
	case *kqueueInstance:
		return o.poll()
	default:
		return o.poll()
	}
}

func (ep *epollInstance) release() {
	for len(ep.all) > 0 {
		ep.all[len(ep.all)-1].remove()
	}
}

func (k *Kernel) newEpoll() *epollInstance {
	ep := k.epolls.get()
	*ep = epollInstance{kernel: k, all: ep.all[:0], waiters: ep.waiters[:0]}
	return ep
}

// poll returns what there is to report for it.
func (it *epollItem) poll() uint32 {
	return it.desc.object.poll() & it.events
}

// wake says that conditions in key may have arisen, 0 for any. It reports
// whether a blocked call goes on because of it.
func (it *epollItem) wake(key uint32) bool {
	if it.events&^privateBits == 0 { // disabled after EPOLLONESHOT
		return false
	}
	if key != 0 && key&it.events == 0 {
		return false
	}
	if !it.listed {
		it.ep.ready.pushBack(it)
	}
	return it.ep.wakeOne()
}

// wakeOne lets the call go on that was blocked last, and tells those that watch
// the instance. That it is the last is seen on Linux 6.18 with three threads.
func (ep *epollInstance) wakeOne() bool {
	woken := ep.wakeWaiter()
	ep.desc.notify(epoll.EPOLLIN)
	return woken
}

func (ep *epollInstance) wakeWaiter() bool {
	last := len(ep.waiters) - 1
	if last < 0 {
		return false
	}
	ep.kernel.tasks.Ready(ep.waiters[last])
	ep.waiters = ep.waiters[:last]
	return true
}

// remove ends the registration.
func (it *epollItem) remove() {
	ep := it.ep
	last := len(ep.all) - 1
	ep.all[it.index] = ep.all[last]
	ep.all[it.index].index = it.index
	ep.all[last] = nil
	ep.all = ep.all[:last]
	if it.listed {
		ep.ready.remove(it)
	}
	list := &it.desc.items
	if it.events&exclusive != 0 {
		list = &it.desc.alone
	}
	*list = without(*list, it)
	ep.kernel.spareItems = append(ep.kernel.spareItems, it)
}

// registration returns the one of d and fd at ep, nil if there is none;
// epoll(7), Q1.
func (d *description) registration(ep *epollInstance, fd int) *epollItem {
	for _, list := range [...][]*epollItem{d.items, d.alone} {
		for _, it := range list {
			if it.ep == ep && it.fd == fd {
				return it
			}
		}
	}
	return nil
}

// add is EPOLL_CTL_ADD. A condition that holds already is reported.
func (ep *epollInstance) add(d *description, fd int, ev *epoll.Event) failure {
	if f := [...]failure{ok, noSpace, noMemory}[ep.kernel.which(faultNoSpace, 3)]; f != ok {
		return f
	}
	it := ep.kernel.newItem()
	*it = epollItem{ep: ep, desc: d, fd: fd, events: ev.Events&^wakeLock | alwaysWatched, data: ev.Data, index: len(ep.all)}
	ep.all = append(ep.all, it)
	d.watched = true
	if ev.Events&exclusive != 0 {
		d.alone = append(d.alone, it)
	} else {
		d.items = append(d.items, it)
	}
	it.recheck()
	return ok
}

func (k *Kernel) newItem() *epollItem {
	if n := len(k.spareItems); n > 0 {
		it := k.spareItems[n-1]
		k.spareItems = k.spareItems[:n-1]
		return it
	}
	return new(epollItem)
}

// recheck puts it on the ready list if there is something to report.
func (it *epollItem) recheck() {
	if it.poll() == 0 || it.listed {
		return
	}
	it.ep.ready.pushBack(it)
	it.ep.wakeOne()
}

// modify is EPOLL_CTL_MOD: it replaces interest and data together and arms
// the registration again.
func (it *epollItem) modify(ev *epoll.Event) {
	it.events, it.data = ev.Events&^wakeLock|alwaysWatched, ev.Data
	it.recheck()
}

// collect fills out from the ready list and returns how many.
func (ep *epollInstance) collect(out []epoll.Event) int {
	list := ep.ready
	ep.ready = readyList{}
	n := 0
	for n < len(out) && list.first != nil {
		it := list.first
		list.remove(it)
		conditions := it.poll()
		if conditions == 0 {
			continue
		}
		if n > 0 && it.events&privateBits != 0 && ep.kernel.fault(faultHold) {
			ep.ready.pushBack(it)
			continue
		}
		out[n] = epoll.Event{Events: conditions, Data: it.data}
		n++
		switch {
		case it.events&epoll.EPOLLONESHOT != 0:
			it.events &= privateBits
		case it.events&epoll.EPOLLET == 0:
			ep.ready.pushBack(it)
		}
	}
	ep.ready.prepend(list)
	reorder(ep.kernel, out[:n])
	if ep.ready.first != nil {
		ep.wakeWaiter()
	}
	return n
}

// reorder lets the strategy choose the order of the events of a batch.
func reorder[E any](k *Kernel, batch []E) {
	if len(batch) < 2 || !k.may(faultOrder) {
		return
	}
	for i := range min(len(batch)-1, maxReordered) {
		k.choice = scheduler.Choice{Point: PointOrder, N: min(len(batch)-i, maxReordered), Quiet: classes[faultOrder].quiet}
		j := i + k.recorder.Choose(&k.choice)
		ev := batch[j]
		copy(batch[i+1:j+1], batch[i:j])
		batch[i] = ev
	}
}

// depth returns how many epoll instances lie below ep, counting ep, and
// whether target is among them. It stops beyond maxNesting.
func (ep *epollInstance) depth(target *epollInstance, level int) (int, bool) {
	if ep == target {
		return level, true
	}
	deepest := level
	if level > maxNesting {
		return deepest, false
	}
	for _, it := range ep.all {
		inner, isEpoll := it.desc.object.(*epollInstance)
		if !isEpoll {
			continue
		}
		d, found := inner.depth(target, level+1)
		if found {
			return d, true
		}
		deepest = max(deepest, d)
	}
	return deepest, false
}

// height returns how many epoll instances watch ep, one above the other,
// counting ep.
func (ep *epollInstance) height(level int) int {
	highest := level
	if level > maxNesting {
		return highest
	}
	for _, it := range ep.desc.items { // EPOLLEXCLUSIVE does not nest
		highest = max(highest, it.ep.height(level+1))
	}
	return highest
}
