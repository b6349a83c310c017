package machine

// watcher is who watches a description: a registration of epoll, a knote, or the
// overlapped operations of a handle.
type watcher interface {
	// Notify says what may have happened. It reports whether a blocked call goes on
	// because of it.
	Notify(h Happening) (woken bool)
	// Closed says that a descriptor of the description was closed.
	Closed(fd int)
	// Released says that the description has no descriptor any more, so nothing will
	// happen to it.
	Released()
	// Registrations returns how many registrations of a descriptor there are.
	Registrations(fd int) int
}

// Happening is what may have happened to an object. A kernel has two ways to tell. A
// wait queue, as Linux has it, has one list, and a key with the conditions that may have
// arisen. The lists of a BSD have the readers and the writers of an object apart, and
// some happenings concern only one of them.
type Happening struct {
	Queue uint32 // the key, 0 for any condition; nothing if the queue is not woken
	Lists uint32 // the conditions whose lists are told, 0 for both
}

// Nothing is the key of a happening that wakes no wait queue.
const Nothing = ^uint32(0)

// Rank says where in the list of a description's watches one belongs.
type Rank uint8

// The ranks, in the order in which they are told of something.
const (
	RankNewest    Rank = iota // the newest first; TestNewestRegistrationFirst
	RankExclusive             // the oldest first, until one lets a blocked call go on; epoll_ctl(2), EPOLLEXCLUSIVE
	RankReader                // the newest first: knlist_add, selrecord_knote, klist_insert, knote_insert, KNOTE_ATTACH
	RankWriter                // likewise, after the readers; soisdisconnected
	RankFile                  // likewise, of what watches a file: one list
	RankOperation             // there is one
)

// Watch is an item in the list of those that watch a description. Who watches has it in
// its own memory.
type Watch struct {
	By         watcher
	on         *Description // nil if it is in no list
	Next, prev *Watch
	Rank       Rank
}

// Add puts w into the list of d.
func (w *Watch) Add(d *Description, by watcher, r Rank) {
	w.By, w.on, w.Rank = by, d, r
	var prev *Watch
	next := d.Watches
	for next != nil && (next.Rank < r || next.Rank == r && r == RankExclusive) {
		prev, next = next, next.Next
	}
	w.prev, w.Next = prev, next
	if prev == nil {
		d.Watches = w
	} else {
		prev.Next = w
	}
	if next != nil {
		next.prev = w
	}
}

// Remove takes w out of its list.
func (w *Watch) Remove() {
	if w.on == nil {
		return
	}
	if w.prev == nil {
		w.on.Watches = w.Next
	} else {
		w.prev.Next = w.Next
	}
	if w.Next != nil {
		w.Next.prev = w.prev
	}
	w.on, w.Next, w.prev = nil, nil, nil
}

// Notify says that the conditions in key may have arisen, 0 for any of them: who
// watches is told, and blocked calls go on.
func (d *Description) Notify(key uint32) { d.NotifyAs(key, key) }

// NotifyAs is Notify, with other conditions for the lists of readers and writers.
func (d *Description) NotifyAs(key, lists uint32) {
	d.Happen(key)
	if d.Watches != nil {
		d.tellWatches(Happening{key, lists})
	}
	if d.waiting != nil {
		d.WakeWaiters(key)
	}
}

// NotifyLists tells the lists of readers and writers, and no wait queue.
func (d *Description) NotifyLists(lists uint32) {
	d.Happen(lists)
	if d.Watches != nil {
		d.tellWatches(Happening{Nothing, lists})
	}
}

func (d *Description) tellWatches(h Happening) {
	for w := d.Watches; w != nil; w = w.Next {
		if w.By.Notify(h) && w.Rank == RankExclusive {
			for w.Next != nil && w.Next.Rank == RankExclusive {
				w = w.Next
			}
		}
	}
}

// tellClosed says that a descriptor of d is closed.
func (d *Description) tellClosed(fd int) {
	for w := d.Watches; w != nil; {
		next := w.Next // w may end
		w.By.Closed(fd)
		w = next
	}
}

// Happen notes that the conditions in key, 0 for any, may have arisen.
func (d *Description) Happen(key uint32) {
	k := d.Kernel
	k.Events++
	if key&^Writable != 0 || key == 0 {
		d.Happened[0] = k.Events
	}
	if key&^DataReady != 0 || key == 0 {
		d.Happened[1] = k.Events
	}
}
