package fakedemux

// ring is a queue, first in, first out. Both ends take constant time. Its memory is
// kept while it is in use.
type ring[T any] struct {
	items []T // their number is a power of 2
	head  int
	n     int
}

func (r *ring[T]) len() int { return r.n }

// at returns the i-th item from the front.
func (r *ring[T]) at(i int) *T { return &r.items[(r.head+i)&(len(r.items)-1)] }

func (r *ring[T]) push(item T) {
	if r.n == len(r.items) {
		grown := make([]T, max(2*len(r.items), 8))
		for i := range r.n {
			grown[i] = *r.at(i)
		}
		r.items, r.head = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = item
}

func (r *ring[T]) pop() T {
	first := *r.at(0)
	r.head = (r.head + 1) & (len(r.items) - 1)
	r.n--
	return first
}

func (r *ring[T]) clear() { r.head, r.n = 0, 0 }
