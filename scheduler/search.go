package scheduler

// search takes several strategies in turn.
type search struct {
	turn    []Strategy
	current Strategy
}

// NewSearch returns the default search: NewRandom, NewPCT of depth 2 and NewPCT
// of depth 3 in turn. Uniform draws find shallow bugs soonest; a lost wakeup
// among several threads they practically never find, and PCT does.
func NewSearch(seed uint64) Strategy {
	turn := []Strategy{NewRandom(seed), NewPCT(seed, 2), NewPCT(seed, 3)}
	return &search{turn: turn, current: turn[0]}
}

func (s *search) Begin(run int) bool {
	s.current = s.turn[run%len(s.turn)]
	return s.current.Begin(run)
}

func (s *search) Choose(c *Choice) int { return s.current.Choose(c) }

// End tells all of them: each learns from the others' runs how long runs are.
func (s *search) End(r Result) {
	for _, one := range s.turn {
		one.End(r)
	}
}
