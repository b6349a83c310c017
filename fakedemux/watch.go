package fakedemux

// watcher is who watches a description: a registration of epoll, a knote, or the
// overlapped operations of a handle.
type watcher interface {
	// notify says what may have happened. It reports whether a blocked call goes on
	// because of it.
	notify(h happening) (woken bool)
	// closed says that a descriptor of the description was closed.
	closed(fd int)
	// released says that the description has no descriptor any more, so nothing will
	// happen to it.
	released()
	// registrations returns how many registrations of a descriptor there are.
	registrations(fd int) int
}

// happening is what may have happened to an object. A kernel has two ways to tell. A
// wait queue, as Linux has it, has one list, and a key with the conditions that may have
// arisen. The lists of a BSD have the readers and the writers of an object apart, and
// some happenings concern only one of them.
type happening struct {
	queue uint32 // the key, 0 for any condition; nothing if the queue is not woken
	lists uint32 // the conditions whose lists are told, 0 for both
}

// nothing is the key of a happening that wakes no wait queue.
const nothing = ^uint32(0)

// rank says where in the list of a description's watches one belongs.
type rank uint8

// The ranks, in the order in which they are told of something.
const (
	rankNewest    rank = iota // the newest first; TestNewestRegistrationFirst
	rankExclusive             // the oldest first, until one lets a blocked call go on; epoll_ctl(2), EPOLLEXCLUSIVE
	rankReader                // the newest first: knlist_add, selrecord_knote, klist_insert, knote_insert, KNOTE_ATTACH
	rankWriter                // likewise, after the readers; soisdisconnected
	rankFile                  // likewise, of what watches a file: one list
	rankOperation             // there is one
)

// watch is an item in the list of those that watch a description. Who watches has it in
// its own memory.
type watch struct {
	by         watcher
	on         *description // nil if it is in no list
	next, prev *watch
	rank       rank
}

// add puts w into the list of d.
func (w *watch) add(d *description, by watcher, r rank) {
	w.by, w.on, w.rank = by, d, r
	var prev *watch
	next := d.watches
	for next != nil && (next.rank < r || next.rank == r && r == rankExclusive) {
		prev, next = next, next.next
	}
	w.prev, w.next = prev, next
	if prev == nil {
		d.watches = w
	} else {
		prev.next = w
	}
	if next != nil {
		next.prev = w
	}
}

// remove takes w out of its list.
func (w *watch) remove() {
	if w.on == nil {
		return
	}
	if w.prev == nil {
		w.on.watches = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	}
	w.on, w.next, w.prev = nil, nil, nil
}

// notify says that the conditions in key may have arisen, 0 for any of them: who
// watches is told, and blocked calls go on.
func (d *description) notify(key uint32) { d.tell(happening{key, key}) }

// notifyAs is notify, with other conditions for the lists of readers and writers.
func (d *description) notifyAs(key, lists uint32) { d.tell(happening{key, lists}) }

// notifyLists tells the lists of readers and writers, and no wait queue.
func (d *description) notifyLists(lists uint32) {
	d.happen(lists)
	d.tellWatches(happening{nothing, lists})
}

func (d *description) tell(h happening) {
	d.happen(h.queue)
	if d.watches != nil {
		d.tellWatches(h)
	}
	if len(d.waiters) > 0 {
		d.wakeWaiters(h.queue)
	}
}

func (d *description) tellWatches(h happening) {
	woken := false
	for w := d.watches; w != nil; w = w.next {
		if woken && w.rank == rankExclusive {
			continue
		}
		woken = w.by.notify(h) && w.rank == rankExclusive
	}
}

// tellClosed says that a descriptor of d is closed.
func (d *description) tellClosed(fd int) {
	for w := d.watches; w != nil; {
		next := w.next // w may end
		w.by.closed(fd)
		w = next
	}
}

// happen notes that the conditions in key, 0 for any, may have arisen.
func (d *description) happen(key uint32) {
	k := d.kernel
	k.events++
	if key&^writable != 0 || key == 0 {
		d.happened[0] = k.events
	}
	if key&^dataReady != 0 || key == 0 {
		d.happened[1] = k.events
	}
}
