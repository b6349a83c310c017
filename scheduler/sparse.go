package scheduler

// sparse is quiet but for a few choices.
type sparse struct {
	seed       uint64
	deviations int
	length     runLength
	gen        generator
}

// NewSparse returns the strategy whose runs are quiet except at about deviations
// random choices in each run. It finds bugs that need few deviations, with short
// tapes. It learns how long runs are from the first LearningRuns runs. It panics
// if deviations < 1.
func NewSparse(seed uint64, deviations int) Strategy {
	if deviations < 1 {
		panic("scheduler: NewSparse without deviations")
	}
	return &sparse{seed: seed, deviations: deviations}
}

func (s *sparse) Begin(run int) bool {
	s.length.begin(run)
	s.gen = newGenerator(s.seed, run)
	return true
}

func (s *sparse) Choose(c *Choice) int {
	if s.gen.below(s.length.estimate()) >= s.deviations {
		return 0
	}
	return 1 + s.gen.below(c.N-1)
}

func (s *sparse) End(r Result) { s.length.learn(r) }

func (s *sparse) Independent() {}
