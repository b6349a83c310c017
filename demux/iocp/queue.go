package iocp

// work is what stands in the queue: a registration that AFD is to be asked
// about, or an operation that has finished. One of reg and task is set.
type work struct {
	prev, next *work // nil while not in the queue
	reg        *registration
	task       *task
}

// queue is a list of work, first in, first out. Nothing is in it twice.
type queue struct {
	head work // in a ring with all that waits
	size int
}

func (q *queue) init() { q.head.prev, q.head.next = &q.head, &q.head }

// push puts w at the end, unless it is in the queue.
func (q *queue) push(w *work) {
	if w.next != nil {
		return
	}
	w.prev, w.next = q.head.prev, &q.head
	w.prev.next, w.next.prev = w, w
	q.size++
}

// front returns the oldest work. The queue must not be empty.
func (q *queue) front() *work { return q.head.next }

// remove takes w out, if it is in the queue.
func (q *queue) remove(w *work) {
	if w.next == nil {
		return
	}
	w.prev.next, w.next.prev = w.next, w.prev
	w.prev, w.next = nil, nil
	q.size--
}
