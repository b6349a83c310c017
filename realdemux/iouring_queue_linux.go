package realdemux

// work is what a Wait has to see to: a registration that is to be polled, or a
// task that has finished or is to be started again. One of reg and task is
// set.
type work struct {
	prev, next *work // nil while in no queue
	reg        *registration
	task       *task
}

// queue is a list of work, first in, first out. Nothing is in two queues.
type queue struct {
	head work // in a ring with all that waits
}

func (q *queue) init() { q.head.prev, q.head.next = &q.head, &q.head }

// front returns the oldest work, nil if there is none.
func (q *queue) front() *work {
	if q.head.next == &q.head {
		return nil
	}
	return q.head.next
}

// push puts w at the end, unless it is in a queue.
func (q *queue) push(w *work) {
	if w.next != nil {
		return
	}
	w.prev, w.next = q.head.prev, &q.head
	w.prev.next, w.next.prev = w, w
}

// remove takes w out of the queue that it is in, if any.
func (w *work) remove() {
	if w.next == nil {
		return
	}
	w.prev.next, w.next.prev = w.next, w.prev
	w.prev, w.next = nil, nil
}

// take moves all of other to the end of q, in its order.
func (q *queue) take(other *queue) {
	for w := other.front(); w != nil; w = other.front() {
		w.remove()
		q.push(w)
	}
}
