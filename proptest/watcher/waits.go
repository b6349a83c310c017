package watcher

import (
	"time"

	"reactortest/demux"
)

// idleCount counts Waits in one demux that got the loop nowhere. A loop may
// have several, in threads of their own: one that is woken for what another
// does is not idle.
type idleCount struct {
	progress int // judge.progress and moves when the last Wait began
	polls    int // Waits in a row that were asked for a millisecond or less
	reports  int // Waits in a row that reported events which were reported before in this row
	reported bool
	fresh    bool // the last Wait reported something for the first time in this row
	row      int  // the number of this row of Waits, in the run
}

// asked is what the subject asked a Wait for.
type asked struct {
	blocked bool          // the Wait has not returned
	at      int           // index into the history
	began   time.Duration // when it was called
	until   time.Duration // when it is to end; never: it waits for events
}

// roundUp returns the end of a Wait like the last one that is asked to end at
// end. The demux counts in whole Resolutions.
func (d *observedDemux) roundUp(end time.Duration) time.Duration {
	length := end - d.wait.began
	if part := length % max(d.grain, 1); length > 0 && part > 0 {
		return later(end, d.grain-part)
	}
	return end
}

// beginWait judges the pause between two Waits and the timeout of this one.
func (j *judge) beginWait(d *observedDemux, timeout time.Duration) {
	j.Lock()
	defer j.Unlock()
	j.NextRound()
	j.nested()
	d.began(j)
	at := j.Note(entry{Kind: entryWait, D: timeout, On: d.which})
	j.checkAbandoned(d, "goes on waiting", at)
	d.wait = asked{blocked: true, at: at, began: j.Clock(), until: never}
	if timeout >= 0 {
		d.wait.until = later(d.wait.began, timeout)
	}
	j.checkIdle(d, timeout, at)
	if j.Kernel == nil && len(j.demuxes) == 1 { // the loop's only thread is about to sleep
		j.checkSleep(d)
	}
}

// checkIdle counts Waits without progress.
func (j *judge) checkIdle(d *observedDemux, timeout time.Duration, at int) {
	i := &d.idle
	progress := j.progress + j.moves()
	if i.progress != progress {
		j.rows++
		*i = idleCount{progress: progress, row: j.rows}
		return
	}
	if !i.reported {
		i.reports = 0
	} else {
		i.reports++
	}
	if i.fresh {
		i.polls = 0
	}
	i.reported, i.fresh = false, false
	if !j.Holds(ruleIdleBlocks, i.reports <= idlePolls) {
		j.Fail(ruleIdleBlocks, at, "%d Waits in a row reported events again, and the loop called no function", i.reports)
	}
	if timeout < 0 || timeout > idlePoll || j.timers.anyPending() {
		i.polls = 0
		return
	}
	i.polls++
	if !j.Holds(ruleIdleBlocks, i.polls <= idlePolls) {
		j.Fail(ruleIdleBlocks, at, "the loop waited %d times in a row for %v or less, no timer is pending, and nothing happened", i.polls, idlePoll)
	}
}

// moves counts what the world has done: peers, and the network on its own. A
// loop that such a thing wakes may find that nobody wants it, and wait again.
func (j *judge) moves() int {
	n := j.peerOps
	if j.Kernel != nil {
		tasks := j.Kernel.Tasks()
		n += tasks.Steps() - tasks.Timeouts()
		for _, steps := range tasks.StepsByTask() {
			n -= int(steps)
		}
	}
	return n
}

// checkSleep finds a sleep that a stopped timer determines: it ends at the deadline
// of one, and no live timer has that deadline. Only far timers count, whose deadline
// no tick of a loop's own hits by chance.
func (j *judge) checkSleep(d *observedDemux) {
	end, at := d.wait.until, d.wait.at
	if !d.wait.blocked || end == never || end <= j.Clock() {
		return
	}
	for _, t := range j.timers.all {
		if t.delay < farDelay || !t.stopped {
			continue
		}
		gap := end - t.deadline()
		if !j.Holds(ruleNoLeakedTimer, gap < -j.Slack || gap > ms(1) || j.liveBefore(end)) {
			j.Fail(ruleNoLeakedTimer, at, "timer t%d was stopped, and the loop sleeps until its deadline %v", t.id, t.deadline())
		}
	}
}

// liveBefore reports whether a sleep until end is explained by a live timer,
// whose deadline a loop may round up.
func (j *judge) liveBefore(end time.Duration) bool {
	for _, o := range j.timers.all {
		if o.pending() && o.deadline() <= later(end, j.Slack) && end-o.deadline() < coarsest {
			return true
		}
	}
	return false
}

// endWait books what a Wait reported.
func (j *judge) endWait(d *observedDemux, events []demux.Event, timeout time.Duration) {
	j.Lock()
	defer j.Unlock()
	for _, w := range j.batch {
		w.batch, w.served = 0, 0
	}
	j.batch = j.batch[:0]
	j.handles.stale = j.handles.stale[:0]
	again := false
	for _, e := range events {
		id := -1
		if e.Op != nil {
			j.bookAccepted(e.Op)
		}
		r := j.handles.token(d, e.Token)
		if again = again || r == nil || r.row == d.idle.row; r != nil {
			r.row = d.idle.row
		}
		if r != nil && r.watch != nil {
			j.inBatch(r.watch)
			r.watch.credit |= e.Ready
			r.watch.batch |= e.Ready
			r.watch.told = true
			j.reported(d, r.watch, e.Ready)
			j.handles.stale = append(j.handles.stale, staleEvent{r.watch, e.Ready})
			id = r.watch.id
		}
		j.NoteEntered(entry{Kind: entryEvent, ID: id, Ready: e.Ready, On: d.which})
	}
	d.wait.blocked = false
	d.idle.reported, d.idle.fresh = again, len(events) > 0 && !again
	if len(events) == 0 && timeout > 0 && j.Clock() >= d.wait.until && !j.timers.anyDue(j.Clock()) {
		j.timers.wakes++
	}
}

// slept judges the moment when nothing can go on before virtual time moves:
// the loop sleeps. Whatever it should have done by then it has missed. Only
// the simulated kernel knows that moment.
func (j *judge) slept() {
	j.Lock()
	defer j.Unlock()
	if j.over || j.Broken() || !j.running {
		return
	}
	if j.closed {
		j.checkStopping()
		return
	}
	j.checkAsked()
	for _, d := range j.demuxes {
		j.checkSleep(d)
	}
	at := j.Last()
	for i := 0; i < len(j.posts) && j.waiting > 0; i++ {
		p := j.posts[i]
		if p.accepted && p.ran == 0 && p.late < 0 {
			p.late = j.Clock()
			p.lateAt = j.NoteEntered(entry{Kind: entryIdle, Text: j.Say("the loop sleeps, but p%d was accepted and has not run", p.id)})
		}
	}
	j.CountMany(ruleNoLostWakeup, len(j.posts))
	for _, w := range j.live {
		j.checkServed(w, at)
	}
}

// checkServed judges a live watch when the loop sleeps.
func (j *judge) checkServed(w *watchState, at int) {
	ready := j.Kernel.Ready(w.handle)
	due := ready & w.want
	if w.mode == demux.Level && ready&(demux.Hangup|demux.Failed) != 0 {
		due |= w.want & demux.Readable // rule W8: a read tells the truth
	}
	if w.mode&demux.Edge != 0 {
		due &= w.promised // nothing is promised for what was reported and not used up
	}
	if !w.armed {
		due = 0
	}
	if due != 0 {
		at = j.NoteEntered(entry{Kind: entryIdle, Text: j.Say("the loop sleeps")})
	}
	if due != 0 && w.cut {
		j.Broke(rulePanicLeavesRun, at, "a handler panicked and Run went on, and %s, which was reported together with it, is %s and was not dispatched", name(w.id), due)
	}
	j.checkRepeats(w, due, at)
	if due == 0 {
		j.Count(ruleReadyIsServed)
		return
	}
	j.Broke(ruleReadyIsServed, at, "the loop sleeps, but %s is %s and armed, and was not dispatched", name(w.id), due)
}
