package objects

import "reactortest/fakedemux/internal/machine"

// lengths is a queue of the lengths of writes, first in, first out. The first one needs no
// memory of its own: most streams never have a second one.
type lengths struct {
	first int
	n     int
	rest  *machine.Ring[int] // behind the first, nil until there are any
}

func (l *lengths) len() int { return l.n }

func (l *lengths) push(n int) {
	if l.n++; l.n == 1 {
		l.first = n
		return
	}
	if l.rest == nil {
		l.rest = new(machine.Ring[int])
	}
	l.rest.Push(n)
}

// pop removes the first length, which there must be.
func (l *lengths) pop() {
	if l.n--; l.n > 0 {
		l.first = l.rest.Pop()
	}
}

func (l *lengths) clear() {
	l.n = 0
	if l.rest != nil {
		l.rest.Clear()
	}
}
