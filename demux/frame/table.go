package frame

// Table is a list of rows. A row keeps its index as long as it is in use, so that
// a backend can give the index to the kernel as a name of the row. Take reuses the
// row that was freed last before the table grows. The zero Table has no rows.
type Table[T any] struct {
	rows []T
	free []uint32
}

// Take returns the index of a row that was not in use. A reused row has the value
// that it had when it was freed; a new row is zero.
func (t *Table[T]) Take() uint32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		return i
	}
	var zero T
	t.rows = append(t.rows, zero)
	return uint32(len(t.rows) - 1)
}

// Free ends the use of row i.
func (t *Table[T]) Free(i uint32) { t.free = append(t.free, i) }

// At returns row i. The pointer is valid until the next Take.
func (t *Table[T]) At(i uint32) *T { return &t.rows[i] }

// Rows returns all rows, including those that are not in use. The slice is valid
// until the next Take.
func (t *Table[T]) Rows() []T { return t.rows }

// Spares keeps values that are no longer used, so that they need not be allocated
// again. The zero Spares is empty.
type Spares[T any] struct{ list []*T }

// Take returns a value that was given to Give, unchanged, or else a new value,
// which is zero.
func (s *Spares[T]) Take() *T {
	if n := len(s.list); n > 0 {
		x := s.list[n-1]
		s.list = s.list[:n-1]
		return x
	}
	return new(T)
}

// Give keeps x for a later Take.
func (s *Spares[T]) Give(x *T) { s.list = append(s.list, x) }
