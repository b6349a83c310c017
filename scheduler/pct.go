package scheduler

import "fmt"

// pct is probabilistic concurrency testing: Burckhardt, Kothari, Musuvathi,
// Nagarakatte, "A Randomized Scheduler with Probabilistic Guarantees of
// Finding Bugs", ASPLOS 2010.
type pct struct {
	seed    uint64
	length  *runLength
	gen     generator
	asked   int
	changes []int  // decisions at which a priority changes
	done    []bool // which of them have
	rank    priorities
	lowest  uint64 // below every priority given so far
	last    uint64 // the actor that was chosen last
	streak  int    // how often in a row, while others could act
}

// Priorities: those of actors that were never lowered have this bit; the
// change points have small numbers; actors lowered for fairness go below them.
const (
	pctInitial = uint64(1) << 63
	pctChanged = uint64(1) << 62
)

// NewPCT returns the strategy of probabilistic concurrency testing, for bugs
// that need depth ordered events. Every actor gets a random priority, and the
// actor with the highest priority acts. At depth-1 random decisions, the actor
// that would act is put below all others. NewPCT draws choices without Alts by
// Choice.Quiet. It learns how long runs are from the first LearningRuns runs.
//
// An actor that acts 64 times in a row while others could is also put below the
// others, because a task that polls would otherwise never let the task act that
// it waits for. NewPCT panics if depth < 1.
func NewPCT(seed uint64, depth int) Strategy { return newPCT(seed, depth, &runLength{}) }

func newPCT(seed uint64, depth int, length *runLength) *pct {
	if depth < 1 {
		panic(fmt.Sprintf("scheduler: NewPCT of depth %d", depth))
	}
	return &pct{
		seed: seed ^ uint64(depth)<<32, length: length,
		changes: make([]int, depth-1), done: make([]bool, depth-1),
	}
}

func (s *pct) Begin(run int) bool {
	s.length.begin(run)
	s.gen = newGenerator(s.seed, run)
	s.asked, s.streak, s.lowest = 0, 0, pctChanged
	s.rank.clear()
	clear(s.done)
	for i := range s.changes {
		s.changes[i] = s.gen.below(s.length.estimate())
	}
	return true
}

func (s *pct) Choose(c *Choice) int {
	s.asked++
	if len(c.Alts) == 0 {
		return s.gen.draw(c)
	}
	top := s.highest(c)
	for i, at := range s.changes {
		if !s.done[i] && s.asked > at {
			s.done[i] = true
			s.rank.set(c.Alts[top].Actor, pctChanged+uint64(i))
			top = s.highest(c)
		}
	}
	if actor := c.Alts[top].Actor; s.streak > 0 && actor == s.last {
		s.streak++
	} else {
		s.last, s.streak = actor, 1
	}
	if s.streak > maxStreak {
		s.lowest--
		s.rank.set(s.last, s.lowest)
		top = s.highest(c)
		s.last, s.streak = c.Alts[top].Actor, 1
	}
	return top
}

// highest returns the alternative whose actor has the highest priority. An
// actor that is seen for the first time gets one.
func (s *pct) highest(c *Choice) int {
	best, top := uint64(0), 0
	for i := range c.Alts {
		rank := s.rank.of(c.Alts[i].Actor)
		if rank == 0 {
			rank = s.gen.next() | pctInitial
			s.rank.set(c.Alts[i].Actor, rank)
		}
		if rank > best {
			best, top = rank, i
		}
	}
	return top
}

// priorities are those of actors, 0 for an actor that has none. Tasks, whose numbers are
// small, are in an array.
type priorities struct {
	tasks [maxTasks]uint64
	used  int // tasks from this number on have none
	steps map[uint64]uint64
}

func (p *priorities) of(actor uint64) uint64 {
	if actor < maxTasks {
		return p.tasks[actor]
	}
	return p.steps[actor]
}

func (p *priorities) set(actor, priority uint64) {
	if actor < maxTasks {
		p.tasks[actor] = priority
		p.used = max(p.used, int(actor)+1)
		return
	}
	if p.steps == nil {
		p.steps = map[uint64]uint64{}
	}
	p.steps[actor] = priority
}

func (p *priorities) clear() {
	clear(p.tasks[:p.used])
	p.used = 0
	clear(p.steps)
}

func (s *pct) End(r Result) { s.length.learn(r) }

func (s *pct) Independent() {}
