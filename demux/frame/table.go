package frame

// Table is a list of rows that keep their index for as long as they are in use,
// so that the kernel can be given the index to know a row by. A row that was
// freed is used again before the table grows, the last one first. The zero Table
// has no rows.
type Table[T any] struct {
	rows []T
	free []uint32
}

// Take returns the index of a row that is not in use. The row is as it was when
// it was freed; a new one is zero.
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

// At returns row i. The pointer is good until the next Take.
func (t *Table[T]) At(i uint32) *T { return &t.rows[i] }

// Rows returns all rows, those that are not in use too, until the next Take.
func (t *Table[T]) Rows() []T { return t.rows }

// Spares keeps what was used and is not any more, so that it need not be
// allocated again. The zero Spares has nothing.
type Spares[T any] struct{ list []*T }

// Take returns something that was given, as it was given, or else something new,
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
