package scheduler

import (
	"slices"
	"strconv"
	"strings"
)

// The joints of a workload.
const (
	elementJoint = "+"
	wordJoint    = ","
	atomJoint    = "."
)

// ShrinkWorkload returns a simpler workload that still fails. A workload is
// elements joined by "+"; the first is its version and never changes. An element
// is words joined by ","; its first word is its kind and stays as long as the
// element does. A word is atoms joined by ".". An atom that is a number, with or
// without a unit ("5", "7ms"), can be lowered.
//
// ShrinkWorkload takes out elements, in big blocks first, then words. Then it
// lowers numbers: to 0, to 1, by half, by smaller parts, by one. It repeats all of
// this until nothing helps. It calls fails with candidates, at most budget times
// (0 means 1000) and never twice with the same one, and returns text unchanged if
// text does not fail. The workload that it returns has failed when it was tried.
// fails must return false for a candidate that the suite cannot read. If the
// answer of fails depends only on its argument, ShrinkWorkload is deterministic.
func ShrinkWorkload(text string, fails func(text string) bool, budget int) string {
	if budget <= 0 {
		budget = defaultTries
	}
	s := &workloadShrinker{fails: fails, budget: budget, tried: map[string]bool{}, best: parseElements(text)}
	if !s.try(s.best) {
		return text
	}
	for changed := true; changed; {
		changed = s.dropElements()
		changed = s.dropWords() || changed
		changed = s.lowerAtoms() || changed
	}
	return s.best.String()
}

// elements is a workload: its elements, their words, the atoms of these.
type elements [][][]string

func parseElements(text string) elements {
	var all elements
	for element := range strings.SplitSeq(text, elementJoint) {
		var words [][]string
		for word := range strings.SplitSeq(element, wordJoint) {
			words = append(words, strings.Split(word, atomJoint))
		}
		all = append(all, words)
	}
	return all
}

func (e elements) String() string {
	var b strings.Builder
	for i, words := range e {
		if i > 0 {
			b.WriteString(elementJoint)
		}
		for j, atoms := range words {
			if j > 0 {
				b.WriteString(wordJoint)
			}
			b.WriteString(strings.Join(atoms, atomJoint))
		}
	}
	return b.String()
}

// with returns e with other words in element i.
func (e elements) with(i int, words [][]string) elements {
	changed := slices.Clone(e)
	changed[i] = words
	return changed
}

type workloadShrinker struct {
	fails  func(string) bool
	budget int
	best   elements        // the simplest that failed
	tried  map[string]bool // never ranged over
}

// try makes candidate the best if it fails.
func (s *workloadShrinker) try(candidate elements) bool {
	text := candidate.String()
	if s.budget == 0 || s.tried[text] {
		return false
	}
	s.budget--
	s.tried[text] = true
	if !s.fails(text) {
		return false
	}
	s.best = candidate
	return true
}

// dropBlocks asks drop for parts 1 to count-1 of something that has count
// parts, in blocks from all of them down to single ones, the last block first.
// drop takes parts from to to-1 out and reports whether it did.
func dropBlocks(count int, drop func(from, to int) bool) (dropped bool) {
	for size := count - 1; size > 0; size /= 2 {
		for end := count; end > 1; {
			from := max(end-size, 1)
			if drop(from, end) {
				count -= end - from
				dropped = true
			}
			end = from
		}
		size = min(size, count) // what is left may be less
	}
	return dropped
}

func (s *workloadShrinker) dropElements() bool {
	return dropBlocks(len(s.best), func(from, to int) bool {
		return s.try(slices.Concat(s.best[:from], s.best[to:]))
	})
}

func (s *workloadShrinker) dropWords() (dropped bool) {
	for i := len(s.best) - 1; i > 0; i-- {
		dropped = dropBlocks(len(s.best[i]), func(from, to int) bool {
			words := s.best[i]
			return s.try(s.best.with(i, slices.Concat(words[:from], words[to:])))
		}) || dropped
	}
	return dropped
}

func (s *workloadShrinker) lowerAtoms() (lowered bool) {
	for i := len(s.best) - 1; i > 0; i-- {
		for j := range s.best[i] {
			for k := range s.best[i][j] {
				for s.lowerAtom(i, j, k) {
					lowered = true
				}
			}
		}
	}
	return lowered
}

// lowerAtom makes one number smaller.
func (s *workloadShrinker) lowerAtom(i, j, k int) bool {
	atom := s.best[i][j][k]
	n, unit, ok := parseAtom(atom)
	if !ok {
		return false
	}
	to := func(lower uint64) bool {
		atoms := slices.Clone(s.best[i][j])
		atoms[k] = strconv.FormatUint(lower, 10) + unit
		words := slices.Clone(s.best[i])
		words[j] = atoms
		return s.try(s.best.with(i, words))
	}
	if n > 0 && to(0) || n > 1 && to(1) {
		return true
	}
	for by := n / 2; by > 0; by /= 2 {
		if to(n - by) {
			return true
		}
	}
	return false
}

// parseAtom reads a number with an optional unit of letters: "5", "7ms".
func parseAtom(atom string) (n uint64, unit string, ok bool) {
	digits := len(atom) - len(strings.TrimLeft(atom, "0123456789"))
	unit = atom[digits:]
	n, err := strconv.ParseUint(atom[:digits], 10, 64)
	if err != nil || strings.Trim(unit, "abcdefghijklmnopqrstuvwxyz") != "" {
		return 0, "", false
	}
	return n, unit, true
}
