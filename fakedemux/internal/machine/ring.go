package machine

// Ring is a queue, first in, first out. Both ends take constant time. Its memory is
// kept while it is in use.
type Ring[T any] struct {
	items []T // their number is a power of 2
	head  int
	n     int
}

// Len returns how many items there are.
func (r *Ring[T]) Len() int { return r.n }

// At returns the i-th item from the front.
func (r *Ring[T]) At(i int) *T { return &r.items[(r.head+i)&(len(r.items)-1)] }

// Push adds an item at the end.
func (r *Ring[T]) Push(item T) {
	if r.n == len(r.items) {
		grown := make([]T, max(2*len(r.items), 8))
		for i := range r.n {
			grown[i] = *r.At(i)
		}
		r.items, r.head = grown, 0
	}
	r.n++
	*r.At(r.n - 1) = item
}

// Pop removes the first item, which there must be.
func (r *Ring[T]) Pop() T {
	first := *r.At(0)
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.n--
	return first
}

// Clear removes all items.
func (r *Ring[T]) Clear() { r.head, r.n = 0, 0 }
