// Package epolls is the dialect of Linux: epoll instances over the objects of a machine.
package epolls

import (
	"time"

	"reactortest/demux/epoll"
	"reactortest/fakedemux/internal/errno"
	"reactortest/fakedemux/internal/machine"
	"reactortest/fakedemux/internal/objects"
	"reactortest/scheduler"
)

// Limits of the epoll dialect.
const (
	MaxNesting   = 5                // epoll_ctl(2), ELOOP
	MaxEvents    = (1<<31 - 1) / 12 // of one EpollWait; more is EINVAL, epoll_wait(2)
	Exclusive    = 1 << 28          // EPOLLEXCLUSIVE
	wakeLock     = 1 << 29          // EPOLLWAKEUP, ignored without CAP_BLOCK_SUSPEND
	privateBits  = epoll.EPOLLET | epoll.EPOLLONESHOT | Exclusive
	ExclusiveMay = machine.Readable | machine.Writable | machine.AlwaysWatched | wakeLock | epoll.EPOLLET | Exclusive
)

// Epolls are the epoll instances of a machine.
type Epolls struct {
	kernel     *machine.Machine
	instances  machine.Pool[Instance]
	spareItems []*epollItem
}

// Begin says whose instances they are.
func (k *Epolls) Begin(m *machine.Machine) { k.kernel = m }

// Reset begins a new run.
func (k *Epolls) Reset() { k.instances.Reset() }

// Instance is what epoll_create1(2) makes. Its rules:
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
type Instance struct {
	epolls  *Epolls
	kernel  *machine.Machine
	desc    *machine.Description
	all     []*epollItem // registrations; for what looks at all of them
	ready   readyList
	waiters []*scheduler.Task // blocked in EpollWait, longest first
}

// epollItem is one registration.
type epollItem struct {
	watch      machine.Watch
	ep         *Instance
	desc       *machine.Description
	fd         int
	Events     uint32
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

// rotate puts what is before it at the end, so that it comes first. It may be nil.
func (l *readyList) rotate(it *epollItem) {
	if it == nil || it == l.first {
		return
	}
	l.last.next, l.first.prev = l.first, l.last
	l.first, l.last = it, it.prev
	l.first.prev, l.last.next = nil, nil
}

// NormallyRead says that the instance reports POLLRDNORM with POLLIN.
func (ep *Instance) NormallyRead() {}

// Kind returns "epoll".
func (ep *Instance) Kind() string                      { return "epoll" }
func (ep *Instance) Read([]byte) (int, errno.Failure)  { return 0, errno.Invalid }
func (ep *Instance) Write([]byte) (int, errno.Failure) { return 0, errno.Invalid }

// Poll makes an epoll descriptor readable while it has something to report;
// epoll(7), Q3. What is on the list before that and has nothing to report is
// taken from it: it is at the end when it becomes ready again. Seen on Linux
// 6.18 (TestPollDropsStaleEntries).
func (ep *Instance) Poll() uint32 {
	for it := ep.ready.first; it != nil; it = ep.ready.first {
		if it.poll() != 0 {
			return machine.Readable
		}
		ep.ready.remove(it)
	}
	return 0
}

// Conditions is Poll without its effect.
func (ep *Instance) Conditions() uint32 {
	for it := ep.ready.first; it != nil; it = it.next {
		if it.with(it.desc.Object.Conditions())&it.Events != 0 {
			return machine.Readable
		}
	}
	return 0
}

// Release ends the registrations.
func (ep *Instance) Release() {
	for len(ep.all) > 0 {
		ep.all[len(ep.all)-1].Remove()
	}
}

// Add makes an instance and installs it.
func (k *Epolls) Add(call string) (int, *machine.Description) {
	ep := k.instances.Get()
	*ep = Instance{epolls: k, kernel: k.kernel, all: ep.all[:0], waiters: ep.waiters[:0]}
	fd, d := k.kernel.Add(ep, call)
	ep.desc = d
	return fd, d
}

// poll returns what there is to report for it.
func (it *epollItem) poll() uint32 {
	return it.with(it.desc.Object.Poll()) & it.Events
}

// bandBits are EPOLLRDNORM, EPOLLRDBAND, EPOLLWRNORM and EPOLLWRBAND.
const bandBits = objects.PollReadNormal | objects.PollReadBand | objects.PollWriteNormal | objects.PollWriteBand

// with returns the conditions m, and those that come with them if they are asked for.
func (it *epollItem) with(m uint32) uint32 {
	if it.Events&bandBits != 0 {
		m |= objects.Bands(it.desc.Object, m)
	}
	return m
}

// hears reports whether the key of a wakeup has a condition that is asked for. The key
// of a socket has all bands, that of a pipe the normal ones, and others have none:
// sock_def_readable, pipe_write, eventfd_write, Linux 6.18.
func (it *epollItem) hears(key uint32) bool {
	if key == 0 || key&it.Events != 0 {
		return true
	}
	if it.Events&bandBits == 0 {
		return false
	}
	read, write := uint32(objects.PollReadNormal|objects.PollReadBand), uint32(objects.PollWriteNormal|objects.PollWriteBand)
	switch it.desc.Object.(type) {
	case *objects.Stream, *objects.Listener, *objects.Datagram:
	case *objects.PipeReader, *objects.PipeWriter:
		read, write = objects.PollReadNormal, objects.PollWriteNormal
	default:
		return false
	}
	return key&machine.Readable != 0 && it.Events&read != 0 || key&machine.Writable != 0 && it.Events&write != 0
}

// Notify is ep_poll_callback: a condition may have arisen.
func (it *epollItem) Notify(h machine.Happening) (woken bool) {
	key := h.Queue
	if key == machine.Nothing {
		return false
	}
	if it.Events&^privateBits == 0 { // disabled after EPOLLONESHOT
		return false
	}
	if !it.hears(key) {
		return false
	}
	if !it.listed {
		it.ep.ready.pushBack(it)
	}
	return it.ep.wakeOne()
}

func (it *epollItem) Closed(int) {}

func (it *epollItem) Released() { it.Remove() }

func (it *epollItem) Registrations(fd int) int {
	if it.fd == fd {
		return 1
	}
	return 0
}

// wakeOne lets the call go on that was blocked last, and tells those that watch
// the instance. That it is the last is seen on Linux 6.18 with three threads.
func (ep *Instance) wakeOne() bool {
	woken := len(ep.waiters) > 0
	if woken {
		ep.wakeWaiter()
	}
	ep.desc.Notify(machine.Readable)
	return woken
}

// wakeWaiter lets the call go on that was blocked last, if there is one.
func (ep *Instance) wakeWaiter() {
	if last := len(ep.waiters) - 1; last >= 0 {
		ep.kernel.Tasks.Ready(ep.waiters[last])
		ep.waiters = ep.waiters[:last]
	}
}

// Remove ends the registration.
func (it *epollItem) Remove() {
	ep := it.ep
	last := len(ep.all) - 1
	ep.all[it.index] = ep.all[last]
	ep.all[it.index].index = it.index
	ep.all[last] = nil
	ep.all = ep.all[:last]
	if it.listed {
		ep.ready.remove(it)
	}
	it.watch.Remove()
	ep.epolls.spareItems = append(ep.epolls.spareItems, it)
}

// Registration returns the one of d and fd at ep, nil if there is none;
// epoll(7), Q1.
func (ep *Instance) Registration(d *machine.Description, fd int) *epollItem {
	for w := d.Watches; w != nil && w.Rank <= machine.RankExclusive; w = w.Next {
		if it, is := w.By.(*epollItem); is && it.ep == ep && it.fd == fd {
			return it
		}
	}
	return nil
}

// Register is EPOLL_CTL_ADD. A condition that holds already is reported.
func (ep *Instance) Register(d *machine.Description, fd int, ev *epoll.Event) errno.Failure {
	if f := [...]errno.Failure{errno.OK, errno.NoSpace, errno.NoMemory}[ep.kernel.Which(machine.FaultNoSpace, 3)]; f != errno.OK {
		return f
	}
	it := ep.epolls.newItem()
	*it = epollItem{ep: ep, desc: d, fd: fd, Events: ev.Events&^wakeLock | machine.AlwaysWatched, data: ev.Data, index: len(ep.all)}
	ep.all = append(ep.all, it)
	r := machine.RankNewest
	if ev.Events&Exclusive != 0 {
		r = machine.RankExclusive
	}
	it.watch.Add(d, it, r)
	it.recheck()
	return errno.OK
}

func (k *Epolls) newItem() *epollItem {
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

// Modify is EPOLL_CTL_MOD: it replaces interest and data together and arms
// the registration again.
func (it *epollItem) Modify(ev *epoll.Event) {
	it.Events, it.data = ev.Events&^wakeLock|machine.AlwaysWatched, ev.Data
	it.recheck()
}

// Collect fills out from the ready list and returns how many.
func (ep *Instance) Collect(out []epoll.Event) int {
	n := 0
	it := ep.ready.first
	for n < len(out) && it != nil {
		next := it.next
		switch m := it.poll(); {
		case m == 0:
			ep.ready.remove(it)
		case n > 0 && it.Events&privateBits != 0 && ep.kernel.Fault(machine.FaultHold):
		default:
			out[n] = epoll.Event{Events: m, Data: it.data}
			n++
			if it.Events&(epoll.EPOLLET|epoll.EPOLLONESHOT) != 0 {
				ep.ready.remove(it)
				if it.Events&epoll.EPOLLONESHOT != 0 {
					it.Events &= privateBits
				}
			}
		}
		it = next
	}
	ep.ready.rotate(it)
	machine.Reorder(ep.kernel, out[:n])
	if ep.ready.first != nil {
		ep.wakeWaiter()
	}
	return n
}

// Depth returns how many epoll instances lie below ep, counting ep, and
// whether target is among them. It stops beyond MaxNesting.
func (ep *Instance) Depth(target *Instance, level int) (int, bool) {
	if ep == target {
		return level, true
	}
	deepest := level
	if level > MaxNesting {
		return deepest, false
	}
	for _, it := range ep.all {
		inner, isEpoll := it.desc.Object.(*Instance)
		if !isEpoll {
			continue
		}
		d, found := inner.Depth(target, level+1)
		if found {
			return d, true
		}
		deepest = max(deepest, d)
	}
	return deepest, false
}

// Height returns how many epoll instances watch ep, one above the other,
// counting ep.
func (ep *Instance) Height(level int) int {
	highest := level
	if level > MaxNesting {
		return highest
	}
	for w := ep.desc.Watches; w != nil; w = w.Next {
		if it, is := w.By.(*epollItem); is {
			highest = max(highest, it.ep.Height(level+1))
		}
	}
	return highest
}

// Block waits until there is something to report or the timeout has passed.
func (ep *Instance) Block(call scheduler.Call, events []epoll.Event, timeout time.Duration) (int, epoll.Errno) {
	k := ep.kernel
	limit := k.WaitLimit(timeout)
	if k.Interrupted(k.Tasks.Current()) || limit.Over(k.Now()) {
		return -1, epoll.EINTR
	}
	d := ep.desc
	d.Hold() // a blocked call keeps the instance alive, whoever closes its descriptor
	n, e := ep.await(call, events, limit)
	d.Drop()
	return n, e
}

func (ep *Instance) await(call scheduler.Call, events []epoll.Event, limit machine.WaitLimit) (int, epoll.Errno) {
	for {
		t := ep.kernel.Tasks.Current()
		ep.waiters = append(ep.waiters, t)
		why := ep.kernel.Sleep(call, limit.End())
		ep.waiters = machine.Without(ep.waiters, t)
		if n := ep.Collect(events); n > 0 {
			ep.kernel.Caught(t) // the handler has run
			return n, 0
		}
		if ep.kernel.Interrupted(t) || limit.Over(ep.kernel.Now()) {
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
