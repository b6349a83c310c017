package fakedemux

// buffer is a queue of bytes. Its memory is kept while it is in use.
type buffer struct {
	bytes []byte
	head  int
}

func (b *buffer) len() int { return len(b.bytes) - b.head }

func (b *buffer) put(p []byte) { b.bytes = append(b.bytes, p...) }

// take moves bytes to p and returns how many.
func (b *buffer) take(p []byte) int {
	n := copy(p, b.bytes[b.head:])
	b.drop(n)
	return n
}

// front returns the bytes, which stay.
func (b *buffer) front() []byte { return b.bytes[b.head:] }

// move puts the first n bytes of b at the end of to.
func (b *buffer) move(to *buffer, n int) {
	to.put(b.bytes[b.head : b.head+n])
	b.drop(n)
}

func (b *buffer) drop(n int) {
	b.head += n
	switch {
	case b.head == len(b.bytes):
		b.bytes, b.head = b.bytes[:0], 0
	case b.head > 4096 && b.head > len(b.bytes)/2:
		b.bytes = b.bytes[:copy(b.bytes, b.bytes[b.head:])]
		b.head = 0
	}
}

func (b *buffer) clear() { b.bytes, b.head = b.bytes[:0], 0 }
