package scheduler

import "fmt"

// Explore is the strategy that makes every possible run once, depth first. It
// derives the next run from the bounds and answers of the last one, so it need
// not remember earlier runs. The quiet run comes first. Use it for small subjects,
// because the number of runs grows exponentially.
type Explore struct {
	maxRuns   int
	path      []Decision
	depth     int // decisions of the run so far
	begun     bool
	over      bool // Begin has returned false
	exhausted bool
	runs      int
	truncated int
	diverged  error
}

// NewExplore returns an exhaustive search that gives up after maxRuns runs; 0
// means never.
func NewExplore(maxRuns int) *Explore { return &Explore{maxRuns: maxRuns} }

// Begin starts the next run. It returns false when there is none, after
// maxRuns, and after a divergence.
func (s *Explore) Begin(int) bool {
	if s.over || s.diverged != nil {
		return false
	}
	s.exhausted = s.begun && !s.advance()
	s.over = s.exhausted || s.maxRuns > 0 && s.runs >= s.maxRuns
	s.begun, s.depth = true, 0
	return !s.over
}

// advance turns the path into that of the next run: the deepest decision that
// has an alternative left takes it, and what came after is forgotten.
func (s *Explore) advance() bool {
	for len(s.path) > 0 {
		last := &s.path[len(s.path)-1]
		if last.Got+1 < last.N {
			last.Got++
			return true
		}
		s.path = s.path[:len(s.path)-1]
	}
	return false
}

// Choose returns the answer of the path, and beyond its end the quiet one.
func (s *Explore) Choose(c *Choice) int {
	i := s.depth
	s.depth++
	if i == len(s.path) {
		s.path = append(s.path, Decision{Point: c.Point, N: uint8(c.N)})
		return 0
	}
	d := s.path[i]
	if d.Point != c.Point || int(d.N) != c.N {
		s.diverged = fmt.Errorf("scheduler: the subject is not deterministic: decision %d was %s of %d, with the same past it is %s of %d",
			i, d.Point, d.N, c.Point, c.N)
		return -1
	}
	return int(d.Got)
}

// End counts the run.
func (s *Explore) End(r Result) {
	s.runs++
	if r.Truncated {
		s.truncated++
	}
	if s.depth < len(s.path) && s.diverged == nil {
		s.diverged = fmt.Errorf("scheduler: the subject is not deterministic: a run ended after %d decisions, with the same past it had made %d",
			s.depth, len(s.path))
	}
}

// Runs returns how many runs have ended.
func (s *Explore) Runs() int { return s.runs }

// Truncated returns how many runs a budget ended. How those would have continued is
// unknown.
func (s *Explore) Truncated() int { return s.truncated }

// Complete reports whether every possible run was made, to its end. Call it after
// Begin has returned false.
func (s *Explore) Complete() bool {
	return s.exhausted && s.truncated == 0 && s.diverged == nil
}

// Err returns why the search cannot go on: the subject asked a different choice
// after the same decisions. It returns nil if the search can go on.
func (s *Explore) Err() error { return s.diverged }
