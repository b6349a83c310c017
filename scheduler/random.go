package scheduler

// random draws every choice.
type random struct {
	seed uint64
	gen  generator
}

// NewRandom returns the strategy that draws every choice: uniformly over the
// alternatives at choices with Alts, by Choice.Quiet at the others. A run
// depends only on seed and on its number.
func NewRandom(seed uint64) Strategy { return &random{seed: seed} }

func (s *random) Begin(run int) bool {
	s.gen = newGenerator(s.seed, run)
	return true
}

func (s *random) Choose(c *Choice) int {
	if len(c.Alts) > 0 {
		return s.gen.below(c.N)
	}
	return s.gen.draw(c)
}

func (s *random) End(Result) {}

func (s *random) Independent() {}
