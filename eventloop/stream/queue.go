package stream

// chunkSize is how many bytes a chunk of a queue holds.
const chunkSize = 16<<10 - 32

// maxSpare is how many chunks a Net keeps for later: 4 MiB.
const maxSpare = 256

// chunk is a piece of a queue.
type chunk struct {
	next       *chunk
	begin, end int // of what is queued
	data       [chunkSize]byte
}

func (x *chunk) bytes() []byte { return x.data[x.begin:x.end] }

// chunkList has chunks that are not used.
type chunkList struct {
	first *chunk
	n     int
}

func (l *chunkList) take() *chunk {
	x := l.first
	if x == nil {
		return &chunk{}
	}
	l.first, x.next = x.next, nil
	l.n--
	return x
}

func (l *chunkList) give(x *chunk) {
	x.next, x.begin, x.end = nil, 0, 0
	if l.n < maxSpare {
		x.next, l.first = l.first, x
		l.n++
	}
}

// queue has bytes that were written and not sent, in order. An empty queue has no chunks.
type queue struct {
	first, last *chunk
	size        int
}

// push appends a copy of b.
func (q *queue) push(spare *chunkList, b []byte) {
	q.size += len(b)
	for len(b) > 0 {
		if q.last == nil || q.last.end == chunkSize {
			x := spare.take()
			if q.last == nil {
				q.first = x
			} else {
				q.last.next = x
			}
			q.last = x
		}
		n := copy(q.last.data[q.last.end:], b)
		q.last.end += n
		b = b[n:]
	}
}

// pop drops the first n bytes.
func (q *queue) pop(spare *chunkList, n int) {
	q.size -= n
	for n > 0 {
		x := q.first
		part := min(n, x.end-x.begin)
		x.begin += part
		n -= part
		if x.begin == x.end {
			q.first = x.next
			if q.first == nil {
				q.last = nil
			}
			spare.give(x)
		}
	}
}

// drop drops everything.
func (q *queue) drop(spare *chunkList) { q.pop(spare, q.size) }
