package core

import (
	"fmt"

	"reactortest/scheduler"
)

// Limits of shrinking.
const (
	shrinkTries  = 400 // runs for one part of one round
	shrinkRounds = 8
)

// shrink makes the workload and the digits of a finding simpler, by turns, to a
// fixed point, while the run breaks the same rule and does not get longer. It
// returns the verbose run of what is left.
func (s *search) shrink(f *finding, w Workload, digits string) (outcome, error) {
	longest := -1
	fails := func(o *outcome) bool {
		if o.violation == nil || o.violation.Rule != f.rule.Rule || longest >= 0 && len(o.decisions) > longest {
			return false
		}
		longest = len(o.decisions)
		return true
	}
	text := w.String()
	for range shrinkRounds {
		smaller := scheduler.ShrinkWorkload(text, func(candidate string) bool {
			c, err := s.suite.Parse(candidate)
			if err != nil || c.String() != candidate {
				return false
			}
			longest = -1 // fewer elements may take more decisions to fail
			o := s.replayLax(c, digits, f.skip, false)
			return fails(&o)
		}, shrinkTries)
		w, err := s.suite.Parse(smaller)
		if err != nil {
			return outcome{}, fmt.Errorf("proptest: the workload %q was shrunk to and cannot be read: %w", smaller, err)
		}
		fewer := scheduler.Shrink(digits, func(candidate string) ([]scheduler.Decision, bool) {
			o := s.replayLax(w, candidate, f.skip, false)
			return o.decisions, fails(&o)
		}, shrinkTries)
		if smaller == text && fewer == digits {
			break
		}
		text, digits = smaller, fewer
	}
	w, err := s.suite.Parse(text)
	if err != nil {
		return outcome{}, err
	}
	return s.replayLax(w, digits, f.skip, true), nil
}
