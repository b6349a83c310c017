package scheduler

// roundRobin gives every actor its turn.
type roundRobin struct {
	last    uint64
	started bool
}

// NewRoundRobin returns the strategy that gives the turn to another actor at
// every choice with Alts, in the order of their numbers; other choices are
// quiet. It is the fairest schedule, with the most switches. All its runs are the
// same unless the subject changes.
func NewRoundRobin() Strategy { return &roundRobin{} }

func (s *roundRobin) Begin(int) bool {
	s.started = false
	return true
}

func (s *roundRobin) Choose(c *Choice) int {
	if len(c.Alts) == 0 {
		return 0
	}
	first, next := 0, -1
	for i, a := range c.Alts {
		if a.Actor < c.Alts[first].Actor {
			first = i
		}
		if s.started && a.Actor > s.last && (next < 0 || a.Actor < c.Alts[next].Actor) {
			next = i
		}
	}
	if next < 0 {
		next = first
	}
	s.last, s.started = c.Alts[next].Actor, true
	return next
}

func (s *roundRobin) End(Result) {}

func (s *roundRobin) Independent() {}
