package stream

// A chunk of a queue holds smallChunk bytes, or largeChunk. A message that is short and has
// the queue for itself takes a small one: a thousand connections with an answer each then
// need a megabyte.
const (
	smallChunk = 1 << 10
	largeChunk = 32 << 10
)

// maxSpare is how many bytes of chunks of each size a Net keeps for later.
const maxSpare = 4 << 20

// chunk is a piece of a queue.
type chunk struct {
	next       *chunk
	begin, end int // of what is queued
	data       []byte
}

func (x *chunk) bytes() []byte { return x.data[x.begin:x.end] }

// chunks has chunks that are not used.
type chunks struct{ small, large chunkList }

// of returns the list of the chunks of a size.
func (s *chunks) of(size int) *chunkList {
	if size == smallChunk {
		return &s.small
	}
	return &s.large
}

// chunkList has chunks of one size.
type chunkList struct {
	first *chunk
	bytes int
}

func (s *chunks) take(size int) *chunk {
	l := s.of(size)
	x := l.first
	if x == nil {
		return &chunk{data: make([]byte, size)}
	}
	l.first, x.next = x.next, nil
	l.bytes -= size
	return x
}

func (s *chunks) give(x *chunk) {
	x.next, x.begin, x.end = nil, 0, 0
	if l := s.of(len(x.data)); l.bytes < maxSpare {
		x.next, l.first = l.first, x
		l.bytes += len(x.data)
	}
}

// queue has bytes that were written and not sent, in order. An empty queue has no chunks.
type queue struct {
	first, last *chunk
	size        int
}

// push appends a copy of b.
func (q *queue) push(spare *chunks, b []byte) {
	q.size += len(b)
	for len(b) > 0 {
		if q.last == nil || q.last.end == len(q.last.data) {
			size := largeChunk
			if q.last == nil && len(b) <= smallChunk {
				size = smallChunk
			}
			x := spare.take(size)
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
func (q *queue) pop(spare *chunks, n int) {
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
func (q *queue) drop(spare *chunks) { q.pop(spare, q.size) }
