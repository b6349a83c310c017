package scheduler

import "fmt"

// deviate is quiet but for what it was given.
type deviate struct {
	list     []Deviation
	asked    [256]int
	diverged error
}

// NewDeviations returns the strategy that is quiet except for d, such as the
// deviations of a saved regression. A deviation beyond the bound of its choice
// ends the run with an error that names both. The strategy makes one run.
func NewDeviations(d Deviations) Strategy { return &deviate{list: d.List} }

func (s *deviate) Begin(run int) bool {
	clear(s.asked[:])
	s.diverged = nil
	return run == 0
}

func (s *deviate) Choose(c *Choice) int {
	index := s.asked[c.Point]
	s.asked[c.Point]++
	for _, d := range s.list {
		if d.Point != c.Point || d.Index != index {
			continue
		}
		if d.Got >= c.N {
			s.diverged = fmt.Errorf("scheduler: diverged at %s: the choice has %d alternatives (0 to %d)", d, c.N, c.N-1)
			return -1
		}
		return d.Got
	}
	return 0
}

func (s *deviate) End(Result) {}
func (s *deviate) Err() error { return s.diverged }
