package scheduler

import "strings"

// defaultTries is how often Shrink calls fails unless told otherwise.
const defaultTries = 1000

// Shrink returns a simpler tape that still fails: fewer deviations, then fewer
// digits, then smaller ones. It calls fails with the digits of candidates, at
// most budget times (0 means 1000), and returns digits unchanged if they do
// not fail at the first call. What it returns has failed; it has not only been
// guessed. Given a fails that answers by its argument alone it is
// deterministic.
//
// fails runs a tape, as NewReplayBytes does, and says which decisions were
// made and whether the failure that is being shrunk occurred. The decisions
// may be nil; with them the result is written as the run took it, without
// digits that nobody asked for. The digits may be those of a run or of a
// workload.
func Shrink(digits string, fails func(digits string) (used []Decision, failed bool), budget int) string {
	if budget <= 0 {
		budget = defaultTries
	}
	s := &shrinker{fails: fails, budget: budget, best: digits, tried: map[string]bool{}}
	if !s.try(digits, false) {
		return digits
	}
	for s.budget > 0 {
		before := s.best
		s.truncate()
		s.blocks((*shrinker).quieten)
		s.blocks((*shrinker).cut)
		s.trade()
		s.lower()
		if s.best == before {
			break
		}
	}
	return s.best
}

type shrinker struct {
	fails  func(string) ([]Decision, bool)
	budget int
	best   string
	tried  map[string]bool // candidates, never ranged over
}

// try takes candidate for best if it fails and is simpler, or if it need not
// be simpler. It reports whether it failed and was taken.
func (s *shrinker) try(candidate string, simpler bool) bool {
	if simpler {
		candidate = strings.TrimRight(candidate, "0")
		if !isSimpler(candidate, s.best) || s.tried[candidate] {
			return false
		}
	}
	if s.budget == 0 {
		return false
	}
	s.budget--
	s.tried[candidate] = true
	used, failed := s.fails(candidate)
	if !failed {
		return false
	}
	if used != nil {
		if as := Digits(used); !simpler || isSimpler(as, candidate) {
			candidate = as
		}
	}
	s.best = candidate
	return true
}

// isSimpler reports whether tape a is simpler than b: fewer deviations, then
// fewer digits, then the first digit that differs is smaller.
func isSimpler(a, b string) bool {
	if x, y := countDeviations(a), countDeviations(b); x != y {
		return x < y
	}
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b // the alphabet is in the order of bytes
}

func countDeviations(digits string) int {
	n := 0
	for i := range len(digits) {
		if digitValue(digits[i]) > 0 {
			n++
		}
	}
	return n
}

// truncate cuts the end off: halves first, then less.
func (s *shrinker) truncate() {
	for size := len(s.best); size > 0; size /= 2 {
		for len(s.best) >= size && s.try(s.best[:len(s.best)-size], true) {
		}
	}
}

// blocks goes over the tape with change, in blocks of halves down to single
// digits, last block first: what comes late depends on what came before it.
func (s *shrinker) blocks(change func(s *shrinker, from, to int) bool) {
	for size := (len(s.best) + 1) / 2; size > 0; size /= 2 {
		for end := len(s.best); end > 0; end -= size {
			end = min(end, len(s.best)) // it may have become shorter
			if end > 0 {
				change(s, max(end-size, 0), end)
			}
		}
	}
}

// quieten makes a block quiet.
func (s *shrinker) quieten(from, to int) bool {
	return s.try(s.best[:from]+strings.Repeat("0", to-from)+s.best[to:], true)
}

// cut takes a block out, for runs that need not have gone that far.
func (s *shrinker) cut(from, to int) bool {
	return s.try(s.best[:from]+s.best[to:], true)
}

// trade makes a deviation quiet although the run then asks a few choices less,
// or a few more, before it comes to the next one: a delivery that is not
// delayed need not be chosen later.
func (s *shrinker) trade() {
	const reach = 4 // choices
	for i := len(s.best) - 1; i >= 0; i-- {
		for n := 1; n <= reach && i < len(s.best) && s.best[i] != '0'; n++ {
			head, tail := s.best[:i], s.best[i+1:]
			if s.try(head+"0"+tail[min(n, len(tail)):], true) || s.try(head+strings.Repeat("0", n+1)+tail, true) {
				break
			}
		}
	}
}

// lower makes digits smaller: 1 first, then halfway, then by one.
func (s *shrinker) lower() {
	for i := len(s.best) - 1; i >= 0; i-- {
		for {
			if i >= len(s.best) {
				break
			}
			v := digitValue(s.best[i])
			if v < 2 || !s.lowerOne(i, 1) && !s.lowerOne(i, v/2) && !s.lowerOne(i, v-1) {
				break
			}
		}
	}
}

func (s *shrinker) lowerOne(i, v int) bool {
	return s.try(s.best[:i]+alphabet[v:v+1]+s.best[i+1:], true)
}
