package scheduler

import "strings"

// defaultTries is how often Shrink calls fails unless told otherwise.
const defaultTries = 1000

// Shrink returns a simpler tape that still fails: fewer deviations, then fewer
// digits, then smaller ones. It calls fails with the digits of candidates, at
// most budget times (0 means 1000), and returns digits unchanged if they do
// not fail at the first call. The tape that it returns has failed when it was
// tried. If the answer of fails depends only on its argument, Shrink is
// deterministic.
//
// fails runs a tape, as NewReplayBytes does. It returns the decisions that were
// made and whether the failure that is being shrunk occurred. The decisions may
// be nil. If they are not, the result has only the digits that the run asked for.
// The digits may be those of a run or of a workload.
func Shrink(digits string, fails func(digits string) (used []Decision, failed bool), budget int) string {
	if budget <= 0 {
		budget = defaultTries
	}
	s := &shrinker{fails: fails, budget: budget, tried: map[string]bool{}}
	if !s.run(digits) {
		return digits
	}
	if plain := plainDigits(digits); plain != digits && s.best == digits && !s.run(plain) {
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
	best   string          // the simplest that failed
	tried  map[string]bool // candidates, never ranged over
}

// try runs candidate if it is simpler than best. It reports whether it failed,
// and is best now.
func (s *shrinker) try(candidate string) bool {
	candidate = strings.TrimRight(candidate, "0")
	return isSimpler(candidate, s.best) && !s.tried[candidate] && s.run(candidate)
}

// run takes candidate for best if it fails, or what was used of it if that is
// simpler and fails as well.
func (s *shrinker) run(candidate string) bool {
	if s.budget == 0 {
		return false
	}
	s.budget--
	s.tried[candidate] = true
	used, failed := s.fails(candidate)
	if !failed {
		return false
	}
	s.best = candidate
	if used != nil {
		s.try(Digits(used))
	}
	return true
}

// plainDigits returns digits with nothing in them but digits, the last one not
// quiet. To a replay of bytes it is the same tape.
func plainDigits(digits string) string {
	plain := []byte(digits)
	for i, c := range plain {
		if digitValue(c) < 0 {
			plain[i] = '0'
		}
	}
	return strings.TrimRight(string(plain), "0")
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
		for len(s.best) >= size && s.try(s.best[:len(s.best)-size]) {
		}
	}
}

// blocks goes over the tape with change, in blocks of halves down to single
// digits, last block first: what comes late depends on what came before it.
func (s *shrinker) blocks(change func(s *shrinker, from, to int)) {
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
func (s *shrinker) quieten(from, to int) {
	s.try(s.best[:from] + strings.Repeat("0", to-from) + s.best[to:])
}

// cut takes a block out, for runs that need not have gone that far.
func (s *shrinker) cut(from, to int) {
	s.try(s.best[:from] + s.best[to:])
}

// trade makes a deviation quiet although the run then asks a few choices less,
// or a few more, before it comes to the next one: a delivery that is not
// delayed need not be chosen later.
func (s *shrinker) trade() {
	const reach = 4 // choices
	for i := len(s.best) - 1; i >= 0; i-- {
		for n := 1; n <= reach && i < len(s.best) && s.best[i] != '0'; n++ {
			head, tail := s.best[:i], s.best[i+1:]
			if s.try(head+"0"+tail[min(n, len(tail)):]) || s.try(head+strings.Repeat("0", n+1)+tail) {
				break
			}
		}
	}
}

// lower makes digits smaller: 1 first, then halfway, then by one.
func (s *shrinker) lower() {
	for i := len(s.best) - 1; i >= 0; i-- {
		for i < len(s.best) {
			v := digitValue(s.best[i])
			if v < 2 || !s.lowerOne(i, 1) && !s.lowerOne(i, v/2) && !s.lowerOne(i, v-1) {
				break
			}
		}
	}
}

func (s *shrinker) lowerOne(i, v int) bool {
	return s.try(s.best[:i] + alphabet[v:v+1] + s.best[i+1:])
}
