package watcher

import "time"

// clock is one timer of the subject as the workload uses it. It may be set
// several times.
type clock struct {
	driver *driver
	timer  Timer         // nil: it was made with AfterFunc
	stop   func() bool   // of AfterFunc
	states []*timerState // the last setting, and those before it that may yet run
	plan   *settable     // nil: it is set once
	resets int
	act    action
	links  int       // of a chain of timers that it begins
	crowd  *setCrowd // that it is one of, nil: of none
	inside bool      // its function runs

	first [1]*timerState // what states begins with
}

// setCrowd is a crowd of timers that was set.
type setCrowd struct {
	clocks []*clock
	stop   int // see crowd; 0: that has happened
}

// maxResets is how often one timer is set again.
const maxResets = 6

// setTimer sets one timer.
func (d *driver) setTimer(delay duration, act action, links int) {
	d.begin(d.newClock(clock{act: act, links: links}), delay)
}

// newClock returns a clock like c.
func (d *driver) newClock(c clock) *clock {
	d.judge.Lock()
	defer d.judge.Unlock()
	k := d.judge.memory.clocks.next()
	*k = c
	k.driver = d
	return k
}

// begin sets a clock for the first time.
func (d *driver) begin(c *clock, delay duration) {
	d.clocks = append(d.clocks, c)
	if m, can := capable[TimerMaker](d.reactor); can && c.plan != nil {
		c.timer = m.NewTimer(func() { c.fire(nil) })
	}
	c.set(delay)
}

// set sets a clock that is not set, or whose timer can be set again.
func (c *clock) set(delay duration) {
	j := c.driver.judge
	j.Lock()
	t := j.setTimer(delay)
	before := c.last()
	if c.states == nil {
		c.states = c.first[:0]
	}
	c.states = append(c.states, t)
	text := ""
	if j.Verbose { // a delay in an argument is allocated
		text = j.Say("sets t%d in %v", t.id, delay)
	}
	j.NoteEntered(entry{Kind: entryDo, N: j.depth, Text: text})
	j.Unlock()
	if c.timer == nil {
		t.clock = c
		c.stop = c.driver.reactor.AfterFunc(delay, t.run)
	} else {
		c.stopped(before, c.timer.Reset(delay), "resets")
	}
	j.Lock()
	t.by = j.Clock()
	j.Unlock()
}

// last returns the last setting, nil if there is none.
func (c *clock) last() *timerState {
	if len(c.states) == 0 {
		return nil
	}
	return c.states[len(c.states)-1]
}

// stopped books what a Stop or a Reset has reported of the setting t.
func (c *clock) stopped(t *timerState, kept bool, does string) {
	if t == nil {
		return // a Reset of a timer that was never set
	}
	j := c.driver.judge
	if j.Verbose { // the name of a call in an argument is allocated
		j.do("%s t%d: %v", does, t.id, kept)
	} else {
		j.do("")
	}
	j.stopTimer(t, kept, c.inside)
	c.settle()
}

// settle forgets settings that are over, but the last one.
func (c *clock) settle() {
	left := c.states[:0]
	for i, t := range c.states {
		if t.refused && t.pending() || i == len(c.states)-1 {
			left = append(left, t)
		}
	}
	c.states = left
}

// fire is the function of a timer. t is the setting that it is for, nil if the timer
// can be set again: then the oldest one that is to run has its turn.
func (c *clock) fire(t *timerState) {
	d, j := c.driver, c.driver.judge
	j.Lock()
	if t == nil {
		t = c.turn()
	}
	if t == nil {
		j.FailRun("a timer ran that was never set")
		j.Unlock()
		return
	}
	if j.Rounds() != t.round {
		t.link = 0
	}
	j.Unlock()
	again := j.runTimer(t)
	defer j.doneTimer()
	if again {
		return
	}
	was := c.inside
	c.inside = true
	defer func() { c.inside = was }()
	d.act(c.act, nil)
	if c.links > 1 {
		d.setTimer(0, action{}, c.links-1)
	}
	if c.crowd != nil {
		c.crowd.thin(d)
	}
	d.maybeStop(momentTimer)
}

// turn returns the oldest setting that is to run, or else the last one; nil if the
// timer was never set.
func (c *clock) turn() (t *timerState) {
	for i := len(c.states) - 1; i >= 0; i-- {
		if t == nil || c.states[i].pending() {
			t = c.states[i]
		}
	}
	return t
}

// stopNow stops the timer.
func (c *clock) stopNow() {
	t, stop := c.last(), c.stop
	if c.timer != nil {
		stop = c.timer.Stop
	}
	c.stopped(t, stop(), "stops")
}

// resetClock sets a timer again: one of those that the workload has for it, in
// turn from the last one.
func (d *driver) resetClock(arg int) {
	var all []*clock
	for _, c := range d.clocks {
		if c.plan != nil && c.resets < maxResets {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return
	}
	c := all[(len(all)-1+arg)%len(all)]
	c.resets++
	if c.timer == nil {
		c.stopNow()
	}
	c.set(c.plan.delays[c.resets%len(c.plan.delays)])
}

// setTimers sets the timers of the workload.
func (d *driver) setTimers() {
	for i := range d.load.timers {
		d.setTimer(d.load.timers[i].delay, d.load.timers[i].act, 0)
	}
	for i := range d.load.settables {
		plan := &d.load.settables[i]
		d.begin(d.newClock(clock{plan: plan, act: plan.act}), plan.delays[0])
	}
	for i := range d.load.crowds {
		d.setCrowd(&d.load.crowds[i])
	}
}

// setCrowd sets many timers, in a mixed order of eight deadlines.
func (d *driver) setCrowd(plan *crowd) {
	c := &setCrowd{stop: plan.stop}
	for i := range plan.count {
		one := d.newClock(clock{crowd: c})
		c.clocks = append(c.clocks, one)
		d.begin(one, plan.delay+duration(i*5%crowdDeadlines)*plan.spread)
	}
}

// thin is what the first timer of a crowd does that runs: it stops others, which
// are in the middle of whatever the loop keeps them in.
func (s *setCrowd) thin(d *driver) {
	every := s.stop
	s.stop = 0
	for i := every; every > 0 && i < len(s.clocks) && !d.judge.isClosed(); i += every {
		s.clocks[i].stopNow()
	}
}

// wake wakes the loop for nothing, as a Wake does whose work was done already.
// Its Wait ends early.
func (d *driver) wake(w wakes) {
	j := d.judge
	for range w.count {
		d.sleep(w.every)
		j.Lock()
		over := j.over
		j.peerOps++
		j.NoteEntered(entry{Kind: entryNudge})
		demuxes := append([]*observedDemux(nil), j.demuxes...)
		j.Unlock()
		if over {
			return
		}
		for _, o := range demuxes {
			_ = o.Demux.Wake() // closed: nobody waits
		}
	}
}

// outlive goes on until the last timer has run, or has the loop stop those that
// no run lives to see. A loop that ticks would tick a million times meanwhile.
func (d *driver) outlive() {
	j := d.judge
	if !d.load.long() || j.isClosed() {
		return
	}
	j.Lock()
	ticks := j.timers.wakes > 0
	j.Unlock()
	if j.Kernel != nil && d.load.outlives && !ticks {
		d.sleep(max(d.load.lastTimer()-j.Clock(), 0) + coarsest + MaxTimerGrain + quiescence)
		return
	}
	d.lastPost(func() {
		for _, c := range d.clocks {
			if t := c.last(); t.pending() && t.delay > farDelay+time.Minute && !j.isClosed() {
				c.stopNow()
			}
		}
	})
}

// realPatience is how long a delay may be that a run on a real host waits for.
const realPatience = 100 * time.Millisecond

// awaitTimers gives a loop on a real host time for the timers that it has to run.
func (d *driver) awaitTimers() {
	j := d.judge
	for deadline := d.host.Now() + 2*quiescence; d.host.Now() < deadline; {
		j.Lock()
		wait := false
		for _, t := range j.timers.all {
			wait = wait || j.running && !j.closed && t.pending() && t.delay < realPatience
		}
		j.Unlock()
		if !wait {
			return
		}
		d.sleep(ms(1))
	}
}
