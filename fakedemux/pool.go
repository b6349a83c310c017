package fakedemux

// poolKeeps is how many objects of one type a Kernel keeps from run to run. A
// run that makes more leaves the rest to the garbage collector.
const poolKeeps = 256

// pool hands out objects whose memory is kept from run to run. An object that
// was used before comes as it was left: its maker sets every field, and keeps
// the memory of slices.
type pool[T any] struct {
	all  []*T
	used int
}

func (p *pool[T]) get() *T {
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

func (p *pool[T]) reset() { p.used = 0 }
