package fakedemux

import (
	"strings"

	"reactortest/demux"
	"reactortest/demux/epoll"
	"reactortest/demux/kqueue"
)

// dialect is the kernel whose calls a Kernel answers, and whose backend its
// Open opens.
type dialect struct {
	name   string          // as Options.Dialect and tapes have it
	kqueue *kqueue.Profile // of the calls that Kqueue returns
	open   func(k *Kernel) (backend, error)
	number func(f failure) uint16 // of errors
}

// backend is a demultiplexer over the calls of a Kernel.
type backend interface {
	demux.Demux
	demux.Handler
}

// dialects are all of them. The first is the default.
var dialects = makeDialects()

func makeDialects() []*dialect {
	all := []*dialect{{
		name:   "epoll",
		kqueue: &kqueue.FreeBSD,
		open:   func(k *Kernel) (backend, error) { return opened(epoll.Open(linuxCalls{k})) },
		number: func(f failure) uint16 { return uint16(linux[f].number) },
	}}
	for _, p := range kqueue.Profiles() {
		all = append(all, &dialect{
			name:   "kqueue-" + p.Name,
			kqueue: p,
			open:   func(k *Kernel) (backend, error) { return opened(kqueue.Open(bsdCalls{k, p}, p)) },
			number: func(f failure) uint16 { return uint16(f.bsd(p)) },
		})
	}
	return all
}

// opened turns the result of a backend's Open into a backend, nil if it failed.
func opened[D backend](d D, err error) (backend, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Dialects returns the values that Options.Dialect may have, the default first.
func Dialects() []string {
	var names []string
	for _, d := range dialects {
		names = append(names, d.name)
	}
	return names
}

// lookupDialect returns the dialect called name. It panics if there is none.
func lookupDialect(name string) *dialect {
	if name == "" {
		return dialects[0]
	}
	for _, d := range dialects {
		if d.name == name {
			return d
		}
	}
	panic("fakedemux: there is no dialect " + name + "; they are " + strings.Join(Dialects(), ", "))
}
