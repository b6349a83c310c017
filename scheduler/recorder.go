package scheduler

import (
	"errors"
	"fmt"
)

// Decision is the record of one choice that was made.
type Decision struct {
	Point Point
	N     uint8 // alternatives there were
	Got   uint8 // the one taken
}

// String returns d as reports and saved files have it: "order 1/2", the second
// of two alternatives.
func (d Decision) String() string {
	return fmt.Sprintf("%s %d/%d", d.Point, d.Got, d.N)
}

// DefaultDecisions is the default budget of decisions of a run.
const DefaultDecisions = 20_000

// ErrDecisions means that a run asked more choices than its budget allows.
var ErrDecisions = errors.New("the budget of decisions is spent")

// Recorder puts choices to a strategy and records the answers. One goroutine
// at a time uses it. Between runs it keeps its memory: in the steady state
// Choose does not allocate.
type Recorder struct {
	strategy  Strategy
	decisions []Decision
	max       int
	err       error
	choice    Choice // reused by Pick, Amount and Fault
}

// NewRecorder returns a recorder with a budget of maxDecisions per run; 0 means
// DefaultDecisions.
func NewRecorder(maxDecisions int) *Recorder {
	if maxDecisions <= 0 {
		maxDecisions = DefaultDecisions
	}
	return &Recorder{strategy: quietStrategy{}, max: maxDecisions}
}

// Begin starts a run whose choices s answers; a nil s stands for the quiet
// strategy. It forgets the decisions of the previous run. It does not call
// s.Begin.
func (r *Recorder) Begin(s Strategy) {
	if s == nil {
		s = quietStrategy{}
	}
	r.strategy, r.decisions, r.err = s, r.decisions[:0], nil
}

// Choose asks the strategy and records its answer. A choice with fewer than
// two alternatives is not asked: the answer is 0. After an error (see Err)
// every answer is 0 and nothing is recorded. It panics if c.N is beyond
// MaxAlternatives.
func (r *Recorder) Choose(c *Choice) int {
	switch {
	case c.N < 2 || r.err != nil:
		return 0
	case c.N > MaxAlternatives:
		panic(fmt.Sprintf("scheduler: a choice of %d at %s: more than %d alternatives", c.N, c.Point, MaxAlternatives))
	case len(r.decisions) >= r.max:
		r.err = ErrDecisions
		return 0
	}
	got := r.strategy.Choose(c)
	if got < 0 || got >= c.N {
		r.err = r.explain(c, got)
		return 0
	}
	r.decisions = append(r.decisions, Decision{Point: c.Point, N: uint8(c.N), Got: uint8(got)})
	return got
}

// explain names why a strategy's answer is no answer.
func (r *Recorder) explain(c *Choice, got int) error {
	if e, ok := r.strategy.(interface{ Err() error }); ok && e.Err() != nil {
		return e.Err()
	}
	return fmt.Errorf("scheduler: strategy %T answered %d to choice %d at %s, which has %d alternatives (0 to %d)",
		r.strategy, got, len(r.decisions), c.Point, c.N, c.N-1)
}

// Fault asks a yes-or-no question whose quiet answer is no. quiet is
// Choice.Quiet.
func (r *Recorder) Fault(p Point, quiet uint8) bool {
	r.choice = Choice{Point: p, N: 2, Quiet: quiet}
	return r.Choose(&r.choice) == 1
}

// Pick returns a number from 0 to n-1; 0 is the quiet answer. If n is beyond
// MaxAlternatives, it asks digit by digit, most significant first. It panics if
// n < 1.
func (r *Recorder) Pick(p Point, n int) int {
	if n < 1 {
		panic(fmt.Sprintf("scheduler: Pick of %d at %s", n, p))
	}
	if n <= MaxAlternatives {
		r.choice = Choice{Point: p, N: n}
		return r.Choose(&r.choice)
	}
	high := (n-1)/MaxAlternatives + 1
	q := r.Pick(p, high)
	low := min(MaxAlternatives, n-q*MaxAlternatives)
	return q*MaxAlternatives + r.Pick(p, low)
}

// ladder returns the rungs that Amount offers for max, quiet first, without
// repetition, and how many there are: all, 1, half, all but 1, a quarter.
func ladder(limit int) (rungs [5]int, n int) {
	for _, v := range [...]int{limit, 1, limit / 2, limit - 1, limit / 4} {
		known := v < 1 || v > limit
		for _, have := range rungs[:n] {
			known = known || have == v
		}
		if !known {
			rungs[n] = v
			n++
		}
	}
	return rungs, n
}

// Amount returns a number from 1 to limit, from a short ladder: all, 1, half, all
// but 1, a quarter. limit is the quiet answer, and quiet is Choice.Quiet. If
// limit < 2, Amount returns limit without asking.
func (r *Recorder) Amount(p Point, limit int, quiet uint8) int {
	rungs, n := ladder(limit)
	if n < 2 {
		return limit
	}
	r.choice = Choice{Point: p, N: n, Quiet: quiet, Limit: limit}
	return rungs[r.Choose(&r.choice)]
}

// Rung returns the amount that an alternative of a choice with this Limit stands
// for.
func Rung(limit, alternative int) int {
	rungs, n := ladder(limit)
	return rungs[min(alternative, n-1)]
}

// Decisions returns the decisions since Begin. The slice belongs to the recorder
// and is valid until the next Begin.
func (r *Recorder) Decisions() []Decision { return r.decisions }

// Err returns why the run cannot continue: ErrDecisions, a divergence of a replay,
// or a strategy that answered out of range. It returns nil if the run can
// continue.
func (r *Recorder) Err() error { return r.err }

// Digest returns a checksum of 32 bits over the workload, every (point, n, got),
// and the rule that the run broke, "" if it broke no rule. A tape carries the
// digest, so that a replay notices a wrong digit.
func Digest(workload string, decisions []Decision, rule string) uint32 {
	h := hashOn(hashOn(hashString(rule), "/"), workload)
	for _, d := range decisions {
		h = (h ^ pointHash(d.Point)) * 16777619
		h = (h ^ uint32(d.N)) * 16777619
		h = (h ^ uint32(d.Got)) * 16777619
		h ^= h >> 15
	}
	return h
}
