package scheduler

// search takes several strategies in turn.
type search struct {
	turn    []Strategy
	current Strategy
	length  *runLength // shared: each learns from the others' runs
}

// NewSearch returns the default search: two runs of NewRandom, then one of NewPCT
// of depth 3, in turn. Uniform draws find most bugs soonest. They almost never
// find a lost wakeup among several threads, but PCT does.
func NewSearch(seed uint64) Strategy {
	length := &runLength{}
	random := NewRandom(seed)
	turn := []Strategy{random, random, newPCT(seed, 3, length)}
	return &search{turn: turn, current: turn[0], length: length}
}

func (s *search) Begin(run int) bool {
	s.length.begin(run)
	s.current = s.turn[run%len(s.turn)]
	return s.current.Begin(run)
}

func (s *search) Choose(c *Choice) int { return s.current.Choose(c) }

func (s *search) End(r Result) { s.length.learn(r) }

func (s *search) Independent() {}
