package fidelity

import (
	"fmt"
	"slices"
	"time"

	"reactortest/internal/sequence"
	"reactortest/scheduler"
)

// MaxBlocked is the largest number of sequences of a RunBlocked.
const MaxBlocked = 100_000_000

// BlockedOptions are the settings of RunBlocked. A nil *BlockedOptions means the
// defaults.
type BlockedOptions struct {
	Sequences int                       // of two tasks; 10 000
	Seed      uint64                    // of the sequences
	Mutation  string                    // breaks a rule of the simulation, see DuoMutations; "" none
	Progress  func(*BlockedReport) bool // called now and then; false ends the comparison; may be nil
}

// BlockedReport is the result of RunBlocked.
type BlockedReport struct {
	Sequences int
	Calls     int // of both tasks
	Blocked   int // calls of T that were seen blocked
	Either    int // sequences in which the kernel may finish two calls in either order, with different results
	First     int // of those, in which the running kernel let T act first
	Second    int // and the other way round
	Cells     []Cell
	Missing   []string          // what has not been exercised
	Failure   *sequence.Failure // the first disagreement, nil if there is none
}

// duoComparison is a RunBlocked on its way.
type duoComparison struct {
	simulated *duoSimulated
	running   *duoRunning
	gen       *duoGenerator
	report    *BlockedReport
	coverage  duoCoverage
	patience  time.Duration
}

// RunBlocked makes sequences of calls of two tasks on the simulated kernel and on the
// running one, and compares the results. One task, T, makes calls that may block, on
// descriptors that do; the other one acts meanwhile. That T is blocked is read from
// /proc/self/task. RunBlocked ends with the first disagreement. It returns an error
// if there is no running kernel to compare with (errors.ErrUnsupported), or if the
// mutation does not exist.
func RunBlocked(o *BlockedOptions) (*BlockedReport, error) {
	var options BlockedOptions
	if o != nil {
		options = *o
	}
	if options.Sequences <= 0 {
		options.Sequences = 10_000
	}
	mutation, err := lookupDuoMutation(options.Mutation)
	if err != nil {
		return nil, err
	}
	kernel, err := newDuoRunning()
	if err != nil {
		return nil, err
	}
	defer kernel.close()
	recorder := scheduler.NewRecorder(1 << 12)
	c := &duoComparison{
		simulated: newDuoSimulated(mutation), running: kernel, report: &BlockedReport{}, patience: patience,
		gen: &duoGenerator{Draw: sequence.Draw{Recorder: recorder, Call: pointCall, Argument: pointArgument}},
	}
	if mutation != nil {
		c.patience = hurry
	}
	strategy := scheduler.NewRandom(options.Seed)
	for c.report.Sequences < options.Sequences && c.report.Failure == nil && strategy.Begin(c.report.Sequences) {
		recorder.Begin(strategy)
		s := c.gen.draw()
		c.compare(s)
		strategy.End(scheduler.Result{Failed: c.report.Failure != nil, Decisions: len(recorder.Decisions())})
		c.report.Sequences++
		if options.Progress != nil && c.report.Sequences%64 == 0 && !options.Progress(c.report) {
			break
		}
	}
	c.report.Cells = c.coverage.cells()
	if c.report.Failure == nil {
		c.report.Missing = c.coverage.missing(c.report.Sequences)
	}
	return c.report, nil
}

// duoDifference is where the kernels disagree.
type duoDifference struct {
	at         int // the call
	candidates []duoStep
	seen       duoStep
	err        error
}

func (c *duoComparison) compare(s *duoSequence) {
	candidates, left, differs := c.play(s, c.patience)
	if differs != nil {
		c.fail(s, differs)
		return
	}
	steps := candidates[0]
	if len(candidates) > 1 {
		c.report.Either++
		if left[0] {
			c.report.First++
		} else {
			c.report.Second++
			steps = candidates[1]
		}
	}
	for i := range s.acts {
		if !steps[i].skipped {
			c.report.Calls++
		}
		if s.acts[i].Task && steps[i].state == duoBlocked && !steps[i].skipped {
			c.report.Blocked++
		}
	}
	c.coverage.count(s, steps)
}

// play plays s on both kernels.
func (c *duoComparison) play(s *duoSequence, patience time.Duration) (candidates [][]duoStep, left []bool, differs *duoDifference) {
	orders := []bool{false}
	for i := range s.acts {
		if s.fast(i) {
			orders = []bool{false, true}
		}
	}
	for _, late := range orders {
		steps, err := c.simulated.play(s, late)
		if err != nil {
			return nil, nil, &duoDifference{at: len(s.acts), err: err}
		}
		if len(candidates) == 0 || !slices.EqualFunc(steps, candidates[0], func(a, b duoStep) bool { return a.equal(&b) }) {
			candidates = append(candidates, steps)
		}
	}
	left, at, seen := c.running.play(s, candidates, patience)
	if at < 0 {
		return candidates, left, nil
	}
	d := &duoDifference{at: at, seen: seen}
	for i := range candidates {
		if left[i] {
			d.candidates = append(d.candidates, candidates[i][at])
		}
	}
	return candidates, left, d
}

// fail shrinks the calls, and reports them.
func (c *duoComparison) fail(s *duoSequence, found *duoDifference) {
	f := &sequence.Failure{Sequence: c.report.Sequences, Before: len(s.acts), Found: found.what(s)}
	c.report.Failure = f
	shorter := *s
	fails := func(acts []duoAct) int {
		shorter.acts = acts
		if _, _, d := c.play(&shorter, hurry*5); d != nil {
			return min(d.at+1, len(acts))
		}
		return -1
	}
	shrinker := sequence.Shrinker[duoAct]{Fails: fails, Simpler: simplerAct, Rename: func(acts []duoAct) []duoAct { return acts }}
	shorter.acts = shrinker.Shrink(slices.Clone(s.acts))
	candidates, _, again := c.play(&shorter, c.patience)
	if again == nil {
		f.What = "not repeatable: "
		shorter, again, candidates = *s, found, nil
	}
	for i := range shorter.acts {
		line := shorter.acts[i].String()
		if i < again.at && candidates != nil {
			line += " = " + candidates[0][i].String()
		}
		f.Script = append(f.Script, line)
	}
	f.What += fmt.Sprintf("objects %v; ", shorter.names()) + again.what(&shorter)
	f.Simulated, f.Running = again.simulated(), again.seen.String()+"\n               "+again.seen.conditions()
}

func (d *duoDifference) what(s *duoSequence) string {
	if d.at >= len(s.acts) {
		return "at the end"
	}
	return s.acts[d.at].String()
}

func (d *duoDifference) simulated() string {
	if d.err != nil {
		return d.err.Error()
	}
	text := ""
	for i := range d.candidates {
		if i > 0 {
			text += "\n           or: "
		}
		text += d.candidates[i].String() + "\n               " + d.candidates[i].conditions()
	}
	return text
}

// names returns what the slots are.
func (s *duoSequence) names() []string {
	var all []string
	for i := range int8(duoExtra) {
		if r := s.role(i); r != roleNone {
			all = append(all, slotName(i)+" "+r.String())
		}
	}
	return all
}

// simplerAct returns a with one argument simpler each.
func simplerAct(a duoAct) []duoAct {
	var all []duoAct
	try := func(change func(*duoAct)) {
		s := a
		if change(&s); s != a {
			all = append(all, s)
		}
	}
	try(func(s *duoAct) { s.Fast = false })
	try(func(s *duoAct) { s.Form = duoPlain })
	for i := range a.Watch {
		try(func(s *duoAct) { s.Watch[i] = duoWatch{} })
	}
	if a.Op <= duoSend && a.N < duoFew {
		try(func(s *duoAct) { s.N = min(s.N, 8) })
	}
	return all
}
