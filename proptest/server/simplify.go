package server

import (
	"slices"

	"reactortest/proptest/internal/core"
)

var _ core.Simplifier = suite{}

// Simplify returns simpler versions of an element: a peer with another end, without the
// delay of its end, or that reads all it gets; an answer that is echoed.
func (s suite) Simplify(e core.Element) (all []core.Element) {
	if e[0][0] != wordPeer || len(e) < 2 {
		return nil
	}
	last := e[len(e)-1]
	with := func(word core.Word) {
		all = append(all, append(slices.Clone(e[:len(e)-1]), word))
	}
	for _, name := range endNames[:max(slices.Index(endNames[:], last[0]), 0)] {
		with(core.Word{name})
	}
	if len(last) > 1 {
		with(last[:1])
	}
	return all
}
