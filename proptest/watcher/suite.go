package watcher

import (
	"time"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler/bubble"
)

// SuiteName is the SUITE segment of tapes.
const SuiteName = "reactor"

// suite judges one subject.
type suite struct{ subject NewReactor }

// Suite returns the suite that judges subject, for package proptest and its
// tools.
func Suite(subject NewReactor) core.Suite {
	if subject == nil {
		panic("proptest: the subject is nil: give a function that makes the reactor")
	}
	return suite{subject}
}

func (s suite) Name() string                      { return SuiteName }
func (s suite) Properties() []core.Property       { return properties[:] }
func (s suite) NewRunner() core.Runner            { return &runner{subject: s.subject} }
func (s suite) Draw(d *core.Drawer) core.Workload { return drawWorkload(d) }

// Parse reads the text of a workload.
func (s suite) Parse(text string) (core.Workload, error) {
	if text == core.PlainWorkload {
		return plainWorkload(), nil
	}
	w, err := parseWorkload(text)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Final says of which rules a violation ends a run: a loop that spins, that runs
// what it is given again and again, or that takes every mode for level, cannot be
// stopped once it is let go on.
func (s suite) Final(rule int) bool {
	switch rule {
	case ruleIdleBlocks, ruleBoundedIteration, rulePostedOnce, ruleModeIsKept:
		return true
	default:
		return false
	}
}

// Lane returns what a task is called in a time line.
func (s suite) Lane(task string) string { return taskLane(task) }

// Cost says what a correct loop may need.
func (w *workload) Cost() core.Cost {
	c := core.Cost{Descriptors: 8, Time: quiescence}
	for i := range w.conns {
		c.Descriptors += 4 + len(w.conns[i].ops)
		c.Calls += 4
		for _, o := range w.conns[i].ops {
			c.Calls += 2 + o.size
			if o.kind == opDrain {
				c.Time += ms(o.size)
			}
			c.Time += o.wait
		}
	}
	c.Calls += (2 + chainLinks) * len(w.timers)
	c.Time += w.lastTimer()
	w.cost(&c)
	c.Descriptors += w.gap + 2*w.many + 4*maxConns
	c.Calls += w.gap + 16*w.many + 4*w.burst
	for _, p := range w.posters {
		c.Calls += (2 + chainLinks) * len(p.acts)
		for _, wait := range p.waits {
			c.Time += wait
		}
	}
	return c
}

// runner makes the runs of one goroutine.
type runner struct {
	subject NewReactor
	judge   judge
	driver  *driver // of the last run
	idle    func(time.Duration)
	blame   func(err error) (rule int, text string, is bool)
}

// Run makes one run.
func (r *runner) Run(c *core.Case) {
	j := &r.judge
	j.reset(c)
	if c.Kernel != nil {
		if r.idle == nil {
			r.idle, r.blame = func(time.Duration) { j.slept() }, j.stuckGoroutines
		}
		if b := bubble.Current(); b != nil {
			b.OnSleep = j.slept
			c.Through = func(call string, f func()) { b.Do(call, -1, f) }
		} else {
			c.Kernel.OnIdle(r.idle)
		}
		c.Blame = r.blame
	}
	d := r.newDriver(c)
	d.main(c.TB, r.subject)
	d.checkGoroutines()
}

// Timeline returns the lines of a history.
func (r *runner) Timeline(history []core.Entry, mark int) []core.Line {
	return timeline(history, mark)
}
