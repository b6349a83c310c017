package machine

// Buffer is a queue of bytes. Its memory is kept while it is in use.
type Buffer struct {
	bytes []byte
	head  int
}

// Len returns how many bytes there are.
func (b *Buffer) Len() int { return len(b.bytes) - b.head }

// Put adds bytes at the end.
func (b *Buffer) Put(p []byte) { b.bytes = append(b.bytes, p...) }

// Take moves bytes to p and returns how many.
func (b *Buffer) Take(p []byte) int {
	n := copy(p, b.bytes[b.head:])
	b.Drop(n)
	return n
}

// Front returns the bytes, which stay.
func (b *Buffer) Front() []byte { return b.bytes[b.head:] }

// Move puts the first n bytes of b at the end of to.
func (b *Buffer) Move(to *Buffer, n int) {
	to.Put(b.bytes[b.head : b.head+n])
	b.Drop(n)
}

// Drop removes the first n bytes, of which there are as many.
func (b *Buffer) Drop(n int) {
	b.head += n
	switch {
	case b.head == len(b.bytes):
		b.bytes, b.head = b.bytes[:0], 0
	case b.head > 4096 && b.head > len(b.bytes)/2:
		b.bytes = b.bytes[:copy(b.bytes, b.bytes[b.head:])]
		b.head = 0
	}
}

// Clear removes all bytes.
func (b *Buffer) Clear() { b.bytes, b.head = b.bytes[:0], 0 }
