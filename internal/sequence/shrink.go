package sequence

import "slices"

// Shrinker makes a failing sequence smaller. C is the type of a call.
type Shrinker[C comparable] struct {
	// Fails returns how many calls it took to fail, -1 if they did not.
	Fails func(calls []C) int
	// Simpler returns c with one argument simpler each.
	Simpler func(c C) []C
	// Rename names what the calls make anew, without gaps.
	Rename func(calls []C) []C
}

// Shrink takes calls out, halves first, then fewer, and makes arguments simpler,
// as long as the rest still fails. It returns a sequence that does not fail
// unchanged.
func (s *Shrinker[C]) Shrink(calls []C) []C {
	n := s.Fails(calls)
	if n < 0 {
		return calls
	}
	calls = calls[:n]
	for before := []C(nil); !slices.Equal(before, calls); {
		before = slices.Clone(calls)
		calls = s.cut(calls)
		for i := range calls {
			calls = s.simplify(calls, i)
		}
	}
	if named := s.Rename(calls); s.Fails(named) == len(calls) {
		return named
	}
	return calls
}

// cut takes calls out.
func (s *Shrinker[C]) cut(calls []C) []C {
	for size := max(len(calls)/2, 1); size > 0; {
		smaller := false
		for end := len(calls); end > 0; end -= size {
			end = min(end, len(calls))
			rest := slices.Delete(slices.Clone(calls), max(end-size, 0), end)
			if n := s.Fails(rest); n >= 0 {
				calls, smaller = rest[:n], true
			}
		}
		if !smaller || size > 1 {
			size /= 2
		}
	}
	return calls
}

// simplify makes the arguments of one call simpler, one at a time.
func (s *Shrinker[C]) simplify(calls []C, i int) []C {
	for again := true; again; {
		again = false
		for _, c := range s.Simpler(calls[i]) {
			rest := slices.Clone(calls)
			rest[i] = c
			if s.Fails(rest) == len(calls) {
				calls, again = rest, true
				break
			}
		}
	}
	return calls
}
