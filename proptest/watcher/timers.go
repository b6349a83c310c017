package watcher

import (
	"slices"
	"sort"
	"time"

	"reactortest/proptest/internal/core"
)

// timerState is what the judge knows of one setting of a timer: an AfterFunc, or
// a Reset.
type timerState struct {
	id      int
	set     time.Duration // when AfterFunc or Reset was called
	by      time.Duration // when it had returned: on a real host time passes meanwhile
	delay   time.Duration
	ran     bool
	stopped bool // Stop or Reset reported true
	refused bool // Stop or Reset reported false before it had run
	missed  bool // reported as late or lost
	link    int  // of a chain within one iteration
	round   int  // in which it was set

	// What has happened to timers before it was set and before it ran, in one count:
	// another one that ran in between ran while it was pending.
	setAfter, ranAfter int

	clock *clock // whose AfterFunc it is, nil if it is a Reset
	run   func() // the function of the AfterFunc
}

// deadline is the first moment at which t may run.
func (t *timerState) deadline() time.Duration { return later(t.set, t.delay) }

// latest is the last moment that the subject may take for the deadline.
func (t *timerState) latest() time.Duration { return later(max(t.set, t.by), t.delay) }

// pending reports whether t is still to run.
func (t *timerState) pending() bool { return !t.ran && !t.stopped }

// later returns the moment d after start.
func later(start, d time.Duration) time.Duration {
	if d > never-start {
		return never
	}
	return start + d
}

// ranTimer is a timer that has run.
type ranTimer struct {
	*timerState
	last time.Duration // the latest deadline of those that have run until then
}

// timerBook is what a run says of its timers.
type timerBook struct {
	all   []*timerState
	done  []ranTimer    // of these, those that have run, the one that ran last at the end
	count int           // see timerState.setAfter
	grain time.Duration // that the subject declares, DefaultTimerGrain at the least
	late  time.Duration // how late those that ran were, in all
	ran   int
	wakes int           // Waits that ended by their timeout, and no timer was due
	began time.Duration // when the loop was started
}

func (b *timerBook) reset() {
	*b = timerBook{all: b.all[:0], done: b.done[:0], grain: DefaultTimerGrain}
}

// anyPending reports whether a timer is to run.
func (b *timerBook) anyPending() bool {
	return slices.ContainsFunc(b.all, (*timerState).pending)
}

// anyDue reports whether a timer is to run now.
func (b *timerBook) anyDue(now time.Duration) bool {
	return slices.ContainsFunc(b.all, func(t *timerState) bool { return t.pending() && t.deadline() <= now })
}

// declare reads what the subject declares of its timers.
func (j *judge) declare(r Reactor) {
	j.Lock()
	defer j.Unlock()
	if g, is := capable[TimerGrainer](r); is {
		grain := g.TimerGrain()
		if grain < 0 || grain > MaxTimerGrain {
			j.FailRun("TimerGrain is %v, not in 0 to %v", grain, MaxTimerGrain)
		}
		j.timers.grain = max(grain, DefaultTimerGrain)
		j.Declare("its timers have a grain of %v (TimerGrain)", grain)
	}
	if t, is := capable[TieBreaker](r); is && !t.TimerTiesInOrder() {
		j.Exempt(ruleTimersTiedInOrder, "the reactor declares that timers with the same deadline run in any order (TimerTiesInOrder)")
	}
}

// setTimer books a new setting of a timer. The lock is held.
func (j *judge) setTimer(delay time.Duration) *timerState {
	b := &j.timers
	b.count++
	t := j.memory.timers.next()
	*t = timerState{id: len(b.all), set: j.Clock(), delay: delay, round: j.Rounds(), setAfter: b.count, ranAfter: -1, run: t.run}
	if t.run == nil {
		t.run = func() { t.clock.fire(t) }
	}
	if in := j.inTimer; in != nil {
		t.link = in.link + 1
	}
	b.all = append(b.all, t)
	return t
}

// runTimer judges a call of a timer's function. It reports whether the timer has
// run before.
func (j *judge) runTimer(t *timerState) (again bool) {
	j.Lock()
	defer j.Unlock()
	at := j.Note(entry{Kind: entryTimer, ID: t.id})
	j.enter(at)
	now, b := j.Clock(), &j.timers
	if !j.Holds(ruleTimersStop, !t.stopped) {
		j.Fail(ruleTimersStop, at, "timer t%d ran, although its Stop or Reset had returned true", t.id)
	}
	if !j.Holds(ruleTimersRun, !t.ran || t.stopped) {
		j.Fail(ruleTimersRun, at, "timer t%d ran a second time", t.id)
	}
	if !j.Holds(ruleTimersNotEarly, now >= t.deadline()) {
		j.Fail(ruleTimersNotEarly, at, "timer t%d was set at %v for %v and ran at %v", t.id, t.set, t.delay, now)
	}
	again = t.ran
	if t.pending() {
		b.count++
		b.late += max(now-t.latest(), 0)
		b.ran++
		t.ran, t.ranAfter = true, b.count
		j.checkTimerOrder(t, at)
		b.done = append(b.done, ranTimer{t, max(b.lastDeadline(), t.deadline())})
	}
	j.inTimer = t
	if !j.Holds(ruleBoundedIteration, t.link <= boundedLinks) {
		j.Fail(ruleBoundedIteration, at, "%d timers that were set by timers ran without a Wait between them", t.link)
	}
	return again
}

// lastDeadline returns the latest deadline of the timers that have run.
func (b *timerBook) lastDeadline() time.Duration {
	if n := len(b.done); n > 0 {
		return b.done[n-1].last
	}
	return 0
}

// checkTimerOrder looks for timers that ran while t, which runs now, was pending
// and due before them. One that is lost has not run: it is judged by another
// rule.
func (j *judge) checkTimerOrder(t *timerState, at int) {
	b := &j.timers
	ties := j.Kernel != nil && !j.Exempted(ruleTimersTiedInOrder)
	first := len(b.done) // all before it were due before t: nearly always these are all
	for latest := t.latest(); first > 0 && b.done[first-1].last >= latest; first-- {
	}
	since := sort.Search(len(b.done), func(i int) bool { return b.done[i].ranAfter >= t.setAfter })
	if earlier := first - since; earlier > 0 {
		j.CountMany(ruleTimersInOrder, earlier)
		if ties {
			j.CountMany(ruleTimersTiedInOrder, earlier)
		}
	}
	for _, o := range b.done[max(since, first):] {
		apart := o.deadline() - t.latest()
		if !j.Holds(ruleTimersInOrder, apart <= b.grain+j.Slack) {
			j.Fail(ruleTimersInOrder, at, "timer t%d, due at %v, ran before t%d, due at %v", o.id, o.deadline(), t.id, t.latest())
		}
		if ties && !j.Holds(ruleTimersTiedInOrder, apart != 0 || t.id > o.id) {
			j.Fail(ruleTimersTiedInOrder, at, "timers t%d and t%d are due at %v, and t%d, which was set later, ran first", t.id, o.id, t.deadline(), o.id)
		}
	}
}

// stopTimer judges what a Stop, or a Reset, of t has reported. inside says that
// it was called by the function of t.
func (j *judge) stopTimer(t *timerState, kept, inside bool) {
	j.Lock()
	defer j.Unlock()
	if j.closed || j.over {
		return
	}
	if kept {
		if !j.Holds(ruleTimersStop, !t.ran || inside) {
			j.Fail(ruleTimersStop, j.Last(), "timer t%d had run, but Stop or Reset returned true", t.id)
		}
		t.stopped = true
		return
	}
	j.Count(ruleTimersStop)
	t.refused = t.pending()
}

// checkAsked judges the Waits that are under way when the loop sleeps: one of
// them must end in time for the next timer.
func (j *judge) checkAsked() {
	if len(j.demuxes) == 0 {
		return // it waits elsewhere; a timer that does not run is found later
	}
	var next *timerState
	for _, t := range j.timers.all {
		if t.pending() && !t.missed && (next == nil || t.latest() < next.latest()) {
			next = t
		}
	}
	if next == nil {
		return
	}
	due := next.latest()
	var soonest *observedDemux
	for _, d := range j.demuxes {
		if !d.wait.blocked {
			continue
		}
		if d.wait.until <= d.roundUp(later(due, j.timers.grain)) {
			j.Count(ruleTimersRun)
			return
		}
		if soonest == nil || d.wait.until < soonest.wait.until {
			soonest = d
		}
	}
	next.missed = true
	rule, why := ruleTimersRun, ""
	if next.refused {
		rule, why = ruleTimersStop, ", whose Stop or Reset returned false,"
	}
	switch {
	case soonest == nil:
		j.Broke(rule, j.Last(), "timer t%d%s is lost: the loop sleeps, and none of its demultiplexers waits", next.id, why)
	case soonest.wait.until == never || later(due, j.timers.grain) < soonest.wait.began:
		j.Broke(rule, soonest.wait.at, "timer t%d%s is lost: it is due at %v, and at %v the loop went to sleep %s", next.id, why, due, soonest.wait.began, until(soonest.wait.until))
	default:
		j.Broke(rule, soonest.wait.at, "timer t%d%s is due at %v, and the loop sleeps until %v", next.id, why, due, soonest.wait.until)
	}
}

func until(end time.Duration) string {
	if end == never {
		return "forever"
	}
	return "until " + end.String()
}

// lostAfter is how long after its deadline a timer that has not run is lost. By
// then a loop that is alive has come to it, whatever the kernel did.
func (j *judge) lostAfter() time.Duration {
	if j.Kernel == nil {
		return quiescence
	}
	return coarsest
}

// checkLost judges the timers that have not run. The caller knows that the loop
// is alive.
func (j *judge) checkLost(at int) {
	now := j.Clock()
	for _, t := range j.timers.all {
		due := later(t.latest(), j.timers.grain)
		if !t.pending() || t.missed || later(due, j.lostAfter()) >= now {
			continue
		}
		t.missed = true
		rule := ruleTimersRun
		if t.refused {
			rule = ruleTimersStop
		}
		j.Broke(rule, at, "timer t%d is lost: it was due at %v, and at %v it had not run", t.id, t.latest(), now)
	}
}

// doneTimer ends what runTimer began.
func (j *judge) doneTimer() {
	j.Lock()
	defer j.Unlock()
	j.inTimer = nil
	j.leave()
}

// The figures of a report.
const (
	figureWakes = iota
	figureLateness
)

var figures = [...]core.Figure{
	figureWakes:    {Name: "wakes per idle virtual second", Per: 1e6},
	figureLateness: {Name: "mean lateness of a timer in ms", Per: 1e-3},
}

// measure hands the figures of the run to the report.
func (j *judge) measure() {
	b := &j.timers
	if j.Kernel != nil { // its time passes only while everybody sleeps
		j.Measure(figureWakes, int64(b.wakes), (j.Clock() - b.began).Microseconds())
	}
	j.Measure(figureLateness, b.late.Microseconds(), int64(b.ran))
}
