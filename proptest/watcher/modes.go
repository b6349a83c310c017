package watcher

import (
	"errors"

	"reactortest/demux"
)

// This file judges modes, by what the demultiplexer reported and the handlers
// were told. Reports are counted, and not calls: a loop may call a handler once
// for each direction. A report counts when the handler is told of it: a loop may
// ask the demultiplexer for more than its caller wants, and keep it to itself.

// report is what the judge remembers of a report of one direction.
type report struct {
	round int    // of the Wait, 0: none
	stamp uint64 // of the last happening when that Wait began: later ones are news
	last  uint64 // of the last happening in the direction, when it was reported
}

// modeBook is what the judge knows of how a watch was called.
type modeBook struct {
	seen    [4]report   // the last one, by bit of demux.Ready
	told    [4]report   // the last one that the handler was told of
	waiting demux.Ready // reported, and not told
	behind  bool        // the demux has refused a change
	asked   bool        // Watch or Modify has succeeded, and the demux was not told since
	turned  bool        // Modify has changed the mode
	called  bool        // the handler was called since Watch, or since the last Modify
	stamp   uint64      // of the last happening when it was called
	made    bool        // Watch was called
	armed   int         // the round in which it was armed
	round   int         // of the last report that a oneshot watch was told of
	shots   int         // reports of which a oneshot watch may yet be told
	grace   [2]int      // by direction: reports in edge mode that need no happening
}

// mostPending is how many reports a watch may be told of after it is armed: one
// that was made before, and the one that it was armed for.
const mostPending = 2

// arm books that Watch or Modify has succeeded.
func (w *watchState) arm(j *judge, want demux.Ready, mode demux.Mode) {
	b := &w.kept
	b.turned = b.made && (b.turned || mode != w.mode)
	b.made, b.asked, b.called, b.armed = true, true, false, j.Rounds()
	j.setMode(w, mode)
	w.want, w.armed, w.promised, w.unread = want, true, want, false
	w.fresh()
}

// fresh says that the next report needs no reason, nor does one that was made
// before and that the handler was not told of.
func (w *watchState) fresh() {
	b := &w.kept
	b.shots = 1
	if b.waiting != 0 {
		b.shots = mostPending
	}
	b.grace = [2]int{b.shots, b.shots}
}

// loosen says that a Modify has failed. It may have armed the watch again, and a
// loop that tries again later is behind until then: what is reported meanwhile is
// not judged.
func (b *modeBook) loosen() { b.behind = true }

// touched books that the demux was told of a registration. What the loop asks
// for without having been asked is no reason for a report, unless it changes
// something, or the loop lost a report before.
func (r *registration) touched(changes bool) {
	if r.watch == nil {
		return
	}
	b := &r.watch.kept
	if b.behind {
		b.behind = false
		r.watch.fresh()
	}
	if changes || b.asked || r.watch.asked || b.waiting != 0 {
		for i := range b.grace {
			b.grace[i] = max(b.grace[i], 1)
			if b.waiting != 0 {
				b.grace[i] = mostPending
			}
		}
	}
	b.asked = false
}

// began books that a Wait begins.
func (d *observedDemux) began(j *judge) {
	d.round = j.Rounds()
	if j.Kernel != nil {
		d.stamp = j.Kernel.Happenings()
	}
}

// reported books what a Wait has reported for w.
func (j *judge) reported(d *observedDemux, w *watchState, ready demux.Ready) {
	b := &w.kept
	if d.round <= b.armed && w.live { // it began before the watch was armed
		b.shots = min(b.shots+1, mostPending)
		for i := range b.grace {
			b.grace[i] = min(b.grace[i]+1, mostPending)
		}
	}
	for bit := range b.seen {
		direction := demux.Ready(1) << bit
		if ready&direction == 0 {
			continue
		}
		r := report{round: d.round, stamp: d.stamp}
		if j.Kernel != nil {
			if d.mixed || direction&(demux.Readable|demux.Writable) == 0 {
				direction = demux.Readable | demux.Writable
			}
			r.last = j.Kernel.Happened(w.handle, direction)
		}
		b.seen[bit] = r
	}
	b.waiting |= ready & w.want
}

// checkMode judges a call of the handler of w against its mode.
func (j *judge) checkMode(w *watchState, ready demux.Ready, at int) {
	b := &w.kept
	b.called = true
	if j.Kernel != nil {
		b.stamp = j.Kernel.Happenings()
	}
	b.waiting &^= ready
	newest := 0
	for bit := range b.seen {
		if ready&(1<<bit) != 0 {
			newest = max(newest, b.seen[bit].round)
		}
	}
	if newest != b.round {
		b.round = newest
		b.shots--
		if w.mode&demux.Oneshot != 0 && !b.behind {
			if !j.Holds(ruleModeIsKept, b.shots >= 0) {
				j.Fail(ruleModeIsKept, at, "%s is in oneshot mode, and its handler was called for another report without a Modify in between", name(w.id))
			}
		}
	}
	for bit, direction := range [...]demux.Ready{demux.Readable, demux.Writable} {
		if ready&w.want&direction != 0 {
			j.checkEdge(w, bit, at)
		}
	}
}

// checkEdge judges that something happened between two reports of an edge.
func (j *judge) checkEdge(w *watchState, bit, at int) {
	b := &w.kept
	was, is := b.told[bit], b.seen[bit]
	if was.round == is.round {
		return
	}
	b.told[bit] = is
	if w.mode != demux.Edge || j.Kernel == nil || b.behind {
		return
	}
	if was.round > 0 && is.last <= was.stamp {
		b.grace[bit]--
	}
	if !j.Holds(ruleModeIsKept, b.grace[bit] >= 0) {
		j.Fail(ruleModeIsKept, at, "%s is in edge mode, and its handler was called for another report of %s, although nothing had happened to the handle since the last one", name(w.id), demux.Ready(1)<<bit)
	}
}

// checkRepeats judges a watch that is due when the loop sleeps: whether it was
// called before, and is silent because its mode was not kept.
func (j *judge) checkRepeats(w *watchState, due demux.Ready, at int) {
	b := &w.kept
	if w.mode != demux.Level && !b.turned || !w.armed || b.behind {
		return
	}
	silent := due != 0 && b.called && (b.turned || j.Kernel.Happened(w.handle, due) <= b.stamp)
	if !silent {
		j.Count(ruleModeIsKept)
		return
	}
	j.Broke(ruleModeIsKept, at, "%s is in %s mode and is still %s, but the loop sleeps without having called its handler again", name(w.id), w.mode, due)
}

// offers judges that a mode is refused for a kind of handle either always or
// never.
func (j *judge) offers(kind connKind, mode demux.Mode, err error) {
	o := &j.offered[kind][mode]
	refused := errors.Is(err, errors.ErrUnsupported)
	if err != nil && !refused {
		return
	}
	if !j.Holds(ruleModeIsKept, *o == unknown || (*o == refusedMode) == refused) {
		j.Fail(ruleModeIsKept, j.Last(), "%s mode is refused for one %s and accepted for another", mode, kind)
	}
	*o = acceptedMode
	if refused {
		*o = refusedMode
	}
}

// offer is what the subject said when it was asked for a mode.
type offer uint8

const (
	unknown offer = iota
	acceptedMode
	refusedMode
)

// owe says that a handler has used up what it was told of: in edge mode it is to
// be told of what comes.
func (j *judge) owe(w *watchState, direction demux.Ready) {
	j.Lock()
	defer j.Unlock()
	w.promised |= direction & w.want
}

// withoutWatches says that the subject refuses to watch in every mode: it is
// judged by its timers and posted functions.
func (j *judge) withoutWatches() {
	j.Lock()
	defer j.Unlock()
	j.watchless = true
	for _, rule := range watchRules {
		j.Exempt(rule, "the subject refuses to watch in every mode")
	}
}

// watchRules are about watches.
var watchRules = [...]int{
	ruleNoStaleDispatch, ruleNoSpuriousDispatch, ruleOrderWithinHandle, ruleReadyIsServed, ruleFair, ruleCloseOnce,
	ruleNoLeakedRegistration, ruleModeIsKept, rulePanicLeavesRun,
}
