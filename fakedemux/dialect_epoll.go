package fakedemux

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/scheduler"
)

// Limits of the epoll dialect.
const (
	maxNesting   = 5                // epoll_ctl(2), ELOOP
	maxEvents    = (1<<31 - 1) / 12 // of one EpollWait; more is EINVAL, epoll_wait(2)
	exclusive    = 1 << 28          // EPOLLEXCLUSIVE
	wakeLock     = 1 << 29          // EPOLLWAKEUP, ignored without CAP_BLOCK_SUSPEND
	privateBits  = epoll.EPOLLET | epoll.EPOLLONESHOT | exclusive
	exclusiveMay = readable | writable | alwaysWatched | wakeLock | epoll.EPOLLET | exclusive
)

// epolls are the epoll instances of a machine.
type epolls struct {
	kernel     *machine
	instances  pool[epollInstance]
	spareItems []*epollItem
}

func (k *epolls) begin(m *machine) { k.kernel = m }

func (k *epolls) reset() { k.instances.reset() }

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
	epolls  *epolls
	kernel  *machine
	desc    *description
	all     []*epollItem // registrations; for what looks at all of them
	ready   readyList
	waiters []*scheduler.Task // blocked in EpollWait, longest first
}

// epollItem is one registration.
type epollItem struct {
	watch      watch
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
			return readable
		}
		ep.ready.remove(it)
	}
	return 0
}

// conditions is poll without its effect.
func (ep *epollInstance) conditions() uint32 {
	for it := ep.ready.first; it != nil; it = it.next {
		if it.desc.object.conditions()&it.events != 0 {
			return readable
		}
	}
	return 0
}

func (ep *epollInstance) release() {
	for len(ep.all) > 0 {
		ep.all[len(ep.all)-1].remove()
	}
}

// add makes an instance and installs it.
func (k *epolls) add(call string) (int, *description) {
	ep := k.instances.get()
	*ep = epollInstance{epolls: k, kernel: k.kernel, all: ep.all[:0], waiters: ep.waiters[:0]}
	fd, d := k.kernel.add(ep, call)
	ep.desc = d
	return fd, d
}

// poll returns what there is to report for it.
func (it *epollItem) poll() uint32 {
	return it.desc.object.poll() & it.events
}

// notify is ep_poll_callback: a condition may have arisen.
func (it *epollItem) notify(h happening) (woken bool) {
	key := h.queue
	if key == nothing {
		return false
	}
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

func (it *epollItem) closed(int) {}

func (it *epollItem) released() { it.remove() }

func (it *epollItem) registrations(fd int) int {
	if it.fd == fd {
		return 1
	}
	return 0
}

// wakeOne lets the call go on that was blocked last, and tells those that watch
// the instance. That it is the last is seen on Linux 6.18 with three threads.
func (ep *epollInstance) wakeOne() bool {
	woken := ep.wakeWaiter()
	ep.desc.notify(readable)
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
	it.watch.remove()
	ep.epolls.spareItems = append(ep.epolls.spareItems, it)
}

// registration returns the one of d and fd at ep, nil if there is none;
// epoll(7), Q1.
func (ep *epollInstance) registration(d *description, fd int) *epollItem {
	for w := d.watches; w != nil && w.rank <= rankExclusive; w = w.next {
		if it, is := w.by.(*epollItem); is && it.ep == ep && it.fd == fd {
			return it
		}
	}
	return nil
}

// register is EPOLL_CTL_ADD. A condition that holds already is reported.
func (ep *epollInstance) register(d *description, fd int, ev *epoll.Event) failure {
	if f := [...]failure{ok, noSpace, noMemory}[ep.kernel.which(faultNoSpace, 3)]; f != ok {
		return f
	}
	it := ep.epolls.newItem()
	*it = epollItem{ep: ep, desc: d, fd: fd, events: ev.Events&^wakeLock | alwaysWatched, data: ev.Data, index: len(ep.all)}
	ep.all = append(ep.all, it)
	r := rankNewest
	if ev.Events&exclusive != 0 {
		r = rankExclusive
	}
	it.watch.add(d, it, r)
	it.recheck()
	return ok
}

func (k *epolls) newItem() *epollItem {
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
	for w := ep.desc.watches; w != nil; w = w.next {
		if it, is := w.by.(*epollItem); is {
			highest = max(highest, it.ep.height(level+1))
		}
	}
	return highest
}

// block waits until there is something to report or the timeout has passed.
func (ep *epollInstance) block(call scheduler.Call, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	k := ep.kernel
	limit := k.waitLimit(timeout)
	if k.interrupted(k.tasks.Current()) || limit.over(k.now()) {
		return -1, epoll.EINTR
	}
	d := ep.desc
	d.hold() // a blocked call keeps the instance alive, whoever closes its descriptor
	n, e := ep.await(call, events, limit)
	d.drop()
	return n, e
}

func (ep *epollInstance) await(call scheduler.Call, events []epoll.Event, limit waitLimit) (int, epoll.Errno) {
	for {
		t := ep.kernel.tasks.Current()
		ep.waiters = append(ep.waiters, t)
		why := ep.kernel.sleep(call, limit.end())
		ep.waiters = without(ep.waiters, t)
		if n := ep.collect(events); n > 0 {
			ep.kernel.caught(t) // the handler has run
			return n, 0
		}
		if ep.kernel.interrupted(t) || limit.over(ep.kernel.now()) {
			return -1, epoll.EINTR
		}
		switch why {
		case scheduler.TimedOut:
			return 0, 0
		case scheduler.Deadlocked:
			return -1, epoll.EDEADLK
		case scheduler.WokenUp:
		}
	}
}
