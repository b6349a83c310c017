package scheduler

import "fmt"

// Replay is the strategy that makes a recorded run again. It makes one run: Begin
// returns false for run 1.
type Replay struct {
	digits   []byte     // of a tape
	saved    []Decision // or each decision with its point and bound
	strict   bool
	asked    int
	diverged error
}

// NewReplay returns the strategy that takes the digits of a tape; past their
// end every choice is quiet. A strict replay accepts only digits. A digit beyond
// the bound of its choice is a divergence: the run ends, and Err says where. If
// strict is false, NewReplay does the same as NewReplayBytes.
func NewReplay(digits string, strict bool) *Replay {
	return &Replay{digits: []byte(digits), strict: strict}
}

// NewReplayBytes returns the strategy that accepts every byte string as a tape,
// for fuzzing. It takes a digit modulo the bound of its choice. Any other byte
// is quiet, and so is every choice past the end. It keeps tape and does not
// change it.
func NewReplayBytes(tape []byte) *Replay { return &Replay{digits: tape} }

// NewReplayDecisions returns the strategy that repeats decisions. The run must ask
// each of them again with the same point and bound. The first one that differs
// ends the run, and Err names it. Past the end every choice is quiet. The strategy
// keeps decisions and does not change it.
func NewReplayDecisions(decisions []Decision) *Replay {
	return &Replay{saved: decisions, strict: true}
}

// Begin starts the replay.
func (s *Replay) Begin(run int) bool {
	s.asked, s.diverged = 0, nil
	return run == 0
}

// Choose returns the recorded answer, -1 if the run has diverged.
func (s *Replay) Choose(c *Choice) int {
	i := s.asked
	s.asked++
	if s.diverged != nil {
		return -1
	}
	if i < len(s.saved) {
		if d := s.saved[i]; d.Point != c.Point || int(d.N) != c.N {
			s.diverged = fmt.Errorf("scheduler: diverged at decision %d: recorded was %v, asked is %s of %d", i, d, c.Point, c.N)
			return -1
		}
		return int(s.saved[i].Got)
	}
	if i >= len(s.digits) {
		return 0
	}
	v := digitValue(s.digits[i])
	switch {
	case !s.strict:
		return max(v, 0) % c.N
	case v < 0:
		s.diverged = fmt.Errorf("scheduler: no digit at decision %d: %q, asked is %s of %d", i, s.digits[i], c.Point, c.N)
		return -1
	case v >= c.N:
		s.diverged = fmt.Errorf("scheduler: diverged at decision %d: digit %q is %d, asked is %s of %d (0 to %d)",
			i, s.digits[i], v, c.Point, c.N, c.N-1)
		return -1
	}
	return v
}

// End notices a strict replay that ended early.
func (s *Replay) End(Result) {
	recorded := len(s.digits) + len(s.saved)
	if s.strict && s.diverged == nil && s.asked < recorded {
		s.diverged = fmt.Errorf("scheduler: diverged: the run ended after %d decisions, recorded were %d", s.asked, recorded)
	}
}

// Err returns where a strict replay diverged from the recorded run, nil if it has
// not.
func (s *Replay) Err() error { return s.diverged }
