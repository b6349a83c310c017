package proptest

import (
	"cmp"
	"errors"
	"fmt"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/scheduler"
)

// Budgets of one judged run.
const (
	runSteps     = 50_000 // simulated calls
	runDecisions = 10_000
	// checkedRuns is how many runs, besides those that make a report, have
	// their calls checked to come from tasks.
	checkedRuns = 16
)

// executor makes runs of one subject and judges them. It keeps its kernel and
// its memory from run to run.
type executor struct {
	subject NewReactor
	t       testing.TB // of the caller, nil in the command
	kernel  *fakedemux.Kernel
	load    *scheduler.Recorder // draws workloads
	judge   judge
	plan    fakedemux.Plan
	traits  demux.Traits // of the kernel's demultiplexers
	notes   bool
	checked int // runs so far
}

// outcome is how one run ended. Its slices are valid until the next run.
type outcome struct {
	workload  []scheduler.Decision
	decisions []scheduler.Decision
	violation *violation
	err       error // a replay diverged, or a strategy answered out of range
	history   []entry
	foreign   string // where a goroutine that is no task called Wake
}

// digest is that of the tape of the run.
func (o *outcome) digest() uint32 {
	rule := ""
	if o.violation != nil {
		rule = o.violation.rule
	}
	return scheduler.Digest(workloadText(o.workload), o.decisions, rule)
}

// workloadText is the WORKLOAD of a tape: the digits that it is drawn from.
func workloadText(drawn []scheduler.Decision) string {
	return cmp.Or(scheduler.Digits(drawn), scheduler.PlainWorkload)
}

func newExecutor(tb testing.TB, subject NewReactor, dialect string, plan fakedemux.Plan) *executor {
	x := &executor{subject: subject, t: tb, plan: plan, notes: true}
	x.kernel = fakedemux.New(&fakedemux.Options{
		Dialect: dialect,
		Runner:  scheduler.NewCoroutinePool(),
		Plan:    &x.plan,
		Budget:  scheduler.Budget{Steps: runSteps, Decisions: runDecisions},
	})
	x.load = scheduler.NewRecorder(runDecisions)
	x.traits = traitsOf(x.kernel)
	return x
}

// traitsOf returns what the demultiplexers of h offer.
func traitsOf(h demux.Host) demux.Traits {
	d, err := h.Open()
	if err != nil {
		return demux.Traits{Level: true, Edge: true, Oneshot: true} // the run will say so
	}
	t := d.Traits()
	_ = d.Close()
	return t
}

// run makes one run on the simulated kernel: workload and schedule are drawn
// by strategies, whose Begin the caller has called.
func (x *executor) run(workload, schedule scheduler.Strategy, verbose bool) outcome {
	x.load.Begin(workload)
	load := drawWorkload(x.load)
	if err := x.load.Err(); err != nil {
		return outcome{err: fmt.Errorf("workload: %w", err)}
	}
	k := x.kernel
	k.Reset(schedule)
	k.Tasks().CheckCallers(verbose || x.checked < checkedRuns)
	x.checked++
	j := &x.judge
	j.reset(k, k, verbose)
	k.OnIdle(func(time.Duration) { j.slept() })
	load.offer(x.traits)
	d := &driver{judge: j, host: k, load: load}
	tb := &caseTB{TB: x.t, judge: j, notes: x.notes}
	err := k.Run(func() { d.main(tb, x.subject) })
	tb.cleanup()
	o := outcome{workload: x.load.Decisions(), decisions: k.Recorder().Decisions()}
	o.err = j.breakdown(err, tb)
	o.violation, o.history, o.foreign = j.violation, j.history, k.Nondeterministic()
	return o
}

// breakdown turns the end of a run that broke down into a violation. An error
// that is the strategy's it returns.
func (j *judge) breakdown(err error, tb *caseTB) error {
	if err == nil || j.violation != nil {
		return nil
	}
	last := max(len(j.history)-1, 0)
	var (
		deadlock *scheduler.Deadlock
		livelock *scheduler.Livelock
		panicked *scheduler.TaskPanic
		foreign  *scheduler.ForeignCall
		owned    *fakedemux.OwnershipError
	)
	switch {
	case errors.As(err, &owned):
		j.violation = &violation{failRun, err.Error(), last}
	case errors.As(err, &foreign):
		j.violation = &violation{failRun, err.Error(), last}
	case errors.As(err, &deadlock):
		j.violation = &violation{failDeadlock, err.Error(), last}
	case errors.As(err, &livelock):
		j.violation = &violation{failLivelock, err.Error(), last}
	case errors.As(err, &panicked) && tb.failed != "":
		j.violation = &violation{failRun, "the subject failed its case: " + tb.failed, last}
	case errors.As(err, &panicked):
		j.violation = &violation{failPanic, fmt.Sprintf("%v\n%s", err, trimStack(panicked.Stack)), last}
	default:
		return err
	}
	return nil
}

// runReal makes one run on a real host. The caller has begun the workload's
// strategy.
func (x *executor) runReal(newHost func() demux.Host, workload scheduler.Strategy, verbose bool) outcome {
	x.load.Begin(workload)
	load := drawWorkload(x.load)
	h := newHost()
	// A judge of its own: threads of the subject may be in its hands for a while
	// after the run.
	j := &judge{evaluated: x.judge.evaluated}
	j.reset(h, nil, verbose)
	load.offer(traitsOf(h))
	d := &driver{judge: j, host: h, load: load}
	tb := &caseTB{TB: x.t, judge: j, notes: x.notes}
	panicked := d.guarded(tb, x.subject)
	tb.cleanup()
	j.mu.Lock()
	defer j.mu.Unlock()
	x.judge.evaluated, x.judge.stats = j.evaluated, j.stats
	if panicked != "" && j.violation == nil {
		j.violation = &violation{failPanic, panicked, max(len(j.history)-1, 0)}
	}
	return outcome{workload: x.load.Decisions(), violation: j.violation, history: j.history}
}

// guarded runs main in a goroutine of its own, which a Goexit of the subject
// may end.
func (d *driver) guarded(tb *caseTB, subject NewReactor) (panicked string) {
	done := make(chan string)
	go func() {
		said := ""
		defer func() {
			if p := recover(); p != nil {
				said = fmt.Sprint(p)
			}
			done <- said
		}()
		d.main(tb, subject)
	}()
	return <-done
}
