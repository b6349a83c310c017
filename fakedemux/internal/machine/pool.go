package machine

// poolKeeps is how many objects of one type a Kernel keeps from run to run. A
// run that makes more leaves the rest to the garbage collector.
const poolKeeps = 256

// Pool hands out objects whose memory is kept from run to run. An object that
// was used before comes as it was left: its maker sets every field, and keeps
// the memory of slices.
type Pool[T any] struct {
	all  []*T
	used int
}

// Get returns an object.
func (p *Pool[T]) Get() *T {
	if p.used < len(p.all) {
		p.used++
		return p.all[p.used-1]
	}
	t := new(T)
	if len(p.all) < poolKeeps {
		p.all = append(p.all, t)
		p.used++
	}
	return t
}

// Reset takes all objects back.
func (p *Pool[T]) Reset() { p.used = 0 }
