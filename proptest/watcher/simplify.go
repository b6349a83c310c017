package watcher

import (
	"slices"

	"reactortest/proptest/internal/core"
)

// What is simpler, the simplest first.
var (
	simplerKinds = []string{connNames[connPair], connNames[connPipe], connNames[connTCP], connNames[connListen]}
	simplerWants = []string{"r", "none", "w", "rw"}
	// simplerActions has for an action those that do less of the same.
	simplerActions = [actionKinds][]actionKind{
		actReplaceOther: {actCloseOther},
		actCloseFunc:    {actCloseOther},

		actCloseThenPost:  {actCloseFunc, actPost},
		actCloseThenTimer: {actCloseFunc, actTimer, actCloseThenPost},
		actCloseTwice:     {actCloseOther, actCloseFunc},
		actPostChain:      {actPost},
		actTimerChain:     {actTimer, actPost},
		actStopFar:        {actTimer, actStopTimer},
	}
)

// Simplify returns simpler versions of an element.
func (s suite) Simplify(e core.Element) []core.Element {
	var all []core.Element
	with := func(i int, word core.Word) {
		changed := slices.Clone(e)
		changed[i] = word
		all = append(all, changed)
	}
	if slices.Contains(simplerKinds, e[0].Atom(0)) && len(e[0]) == 3 {
		all = append(all, stay(e)...)
		for i, order := range [][]string{simplerKinds, modeNames, simplerWants} {
			for _, atom := range order[:max(slices.Index(order, e[0][i]), 0)] {
				word := slices.Clone(e[0])
				word[i] = atom
				with(0, word)
			}
		}
	}
	switch head := e[0]; {
	case head[0] == wordMany && len(head) == 3:
		for _, mode := range modeNames[:max(slices.Index(modeNames, head[2]), 0)] {
			with(0, core.Word{wordMany, head[1], mode})
		}
	case head[0] == wordSettable && len(e) == 1:
		with(0, append(core.Word{wordTimer}, head[1:]...))
	}
	return append(all, simplerWords(e)...)
}

// simplerWords returns e with one of its words simpler.
func simplerWords(e core.Element) (all []core.Element) {
	with := func(i int, word core.Word) {
		changed := slices.Clone(e)
		changed[i] = word
		all = append(all, changed)
	}
	for i, word := range e {
		if word[0] == opNames[opFlood] && len(word) == 2 {
			with(i, core.Word{opNames[opWrite], word[1]})
		}
		for j, atom := range word[1:] {
			kind := slices.Index(actionNames[:], atom)
			if kind < 0 {
				continue
			}
			for _, simpler := range simplerActions[kind] {
				changed := slices.Clone(word)
				changed[j+1] = actionNames[simpler]
				with(i, changed)
			}
		}
	}
	return all
}

// stay returns the connection with a peer that does not close it, and one whose
// peer does nothing at all.
func stay(e core.Element) []core.Element {
	isPeers := func(w core.Word) bool { return slices.Contains(opNames[:], w[0]) }
	stays := core.Word{wordStays}
	if slices.ContainsFunc(e, func(w core.Word) bool { return w[0] == wordStays }) {
		return nil
	}
	at := slices.IndexFunc(e, func(w core.Word) bool { return w[0] == wordDo })
	if at < 0 {
		at = len(e)
	}
	quiet := slices.DeleteFunc(slices.Insert(slices.Clone(e), at, stays), isPeers)
	return []core.Element{quiet, slices.Insert(slices.Clone(e), at, stays)}
}
