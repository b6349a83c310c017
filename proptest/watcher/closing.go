package watcher

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// moment is when a workload closes the loop before its end.
type moment uint8

const (
	momentOutside   moment = iota // a thread of its own does, after a while
	momentHandler                 // a handler does
	momentTimer                   // a timer's function does
	momentPosted                  // a posted function does
	momentCloseFunc               // a close function does
	momentBeforeRun               // the loop is closed before Run is called
	moments
)

// momentNames are the moments as the text of a workload has them.
var momentNames = [moments]string{"outside", "handler", "timer", "posted", "close-func", "before-run"}

// stop is a Close that comes early.
type stop struct {
	moment moment
	wait   time.Duration // of momentOutside: how long the thread sleeps
	calls  int           // of a callback: how many calls of its kind come before
	watch  bool          // it closes a watch with a function, and then the loop
}

// Limits of stops.
const (
	limitStops = 8
	maxCalls   = 64 // that come before a Close
)

// stops draws how the loop is closed early: in one of six runs, and half of
// these close it from a second thread too, which is about the same time if the
// first Close comes from outside. It adds them to none, which is empty.
func (d drawer) stops(none []stop) []stop {
	if d.Pick(6) != 5 {
		return none
	}
	s := stop{moment: [...]moment{
		momentOutside, momentOutside, momentHandler, momentTimer, momentPosted, momentCloseFunc, momentBeforeRun,
	}[d.Pick(7)]}
	outside := stop{moment: momentOutside, wait: [...]time.Duration{ms(1), 0, ms(2), ms(1) / 2, ms(7)}[d.Pick(5)]}
	switch s.moment {
	case momentOutside:
		s = outside
	case momentHandler, momentTimer, momentPosted, momentCloseFunc:
		s.calls, s.watch = d.Pick(4), d.Pick(2) == 1
	case momentBeforeRun, moments:
		s.watch = d.Pick(2) == 1
	}
	if d.Pick(2) == 1 {
		return append(none, s, outside)
	}
	return append(none, s)
}

// Words of a stop.
const (
	wordStop      = "stop"
	wordWithWatch = "with-a-watch"
)

func (s stop) element() core.Element {
	e := core.Element{{wordStop, momentNames[s.moment]}}
	switch s.moment {
	case momentOutside:
		e[0] = append(e[0], core.FormatDuration(s.wait))
	case momentHandler, momentTimer, momentPosted, momentCloseFunc:
		e[0] = append(e[0], fmt.Sprint(s.calls))
	case momentBeforeRun, moments:
	}
	if s.watch {
		e = append(e, core.Word{wordWithWatch})
	}
	return e
}

func (w *workload) parseStop(e core.Element) (err error) {
	s := stop{}
	m := slices.Index(momentNames[:], e[0].Atom(1))
	if m < 0 {
		return fmt.Errorf("%q: a loop is closed at one of %q", e[0], momentNames)
	}
	s.moment = moment(m)
	length := 3
	switch s.moment {
	case momentOutside:
		s.wait, err = core.ParseDuration(e[0].Atom(2), maxDelay)
	case momentHandler, momentTimer, momentPosted, momentCloseFunc:
		s.calls, err = core.ParseNumber(e[0].Atom(2), maxCalls)
	case momentBeforeRun, moments:
		length = 2
	}
	if err != nil || len(e[0]) != length {
		return fmt.Errorf("%q: it is stop.outside.WAIT, stop.before-run or stop.KIND.CALLS: %w", e[0], err)
	}
	if len(e) > 2 || len(e) == 2 && (e[1].String() != wordWithWatch || s.moment == momentOutside) {
		return fmt.Errorf("a stop that is not outside may have the word %s, and no other", wordWithWatch)
	}
	s.watch = len(e) == 2
	if len(w.stops) == limitStops {
		return fmt.Errorf("a workload closes the loop early at most %d times", limitStops)
	}
	w.stops = append(w.stops, s)
	return nil
}

// startStops starts the threads that close the loop early.
func (d *driver) startStops() {
	for _, s := range d.load.stops {
		if s.moment == momentOutside {
			d.start("stopper", func() {
				d.sleep(s.wait)
				d.callClose(false)
			})
		}
	}
}

// stopBeforeRun closes the loop before Run is called, if the workload says so.
func (d *driver) stopBeforeRun() {
	for _, s := range d.load.stops {
		if s.moment == momentBeforeRun {
			if s.watch {
				d.closeFunc(d.other(0, nil), nil)
			}
			d.closeReactor(false)
		}
	}
}

// maybeStop is called at the end of each function that the loop calls. It closes
// the loop if the workload says so.
func (d *driver) maybeStop(kind moment) {
	if len(d.load.stops) == 0 {
		return
	}
	calls := d.calls[kind]
	d.calls[kind]++
	all := d.calls[moments] // functions of any kind
	d.calls[moments]++
	for _, s := range d.load.stops {
		switch {
		case d.judge.stopped():
			return
		case s.moment == momentCloseFunc && s.calls == all:
			d.closeFunc(d.other(0, nil), func() { d.stopHere(s) })
		case s.moment == kind && s.calls == calls && kind != momentCloseFunc:
			d.stopHere(s)
		}
	}
}

// stopHere closes the loop in a function that the loop has called.
func (d *driver) stopHere(s stop) {
	if s.watch {
		d.closeFunc(d.other(0, nil), nil)
	}
	d.closeReactor(true)
}

// closeReactor closes the loop if nobody has. inside says that a function of the
// loop does it.
func (d *driver) closeReactor(inside bool) {
	d.judge.Lock()
	called := d.judge.closes > 0
	d.judge.Unlock()
	if !called {
		d.callClose(inside)
	}
}

// callClose closes the loop, whether somebody else does so too or not, and then
// posts a function, which must be refused.
func (d *driver) callClose(inside bool) {
	j := d.judge
	j.Lock()
	first := j.closes == 0
	j.closes++
	j.closing++
	j.closed, j.closedAt = true, j.Clock()
	text := "calls Close"
	if inside {
		text = "  " + text
	}
	j.NoteEntered(entry{Kind: entryLoop, Text: text})
	j.Unlock()
	err := d.reactor.Close()
	j.Lock()
	alone := first && j.closes == 1
	j.closing--
	j.Unlock()
	if err != nil && alone { // what a second Close returns is not judged
		j.failRun("Close: %v", err)
	}
	_ = d.post(nobody, action{}, 1)
}

// refusesPosts reports whether a Post that begins now must be refused: every
// Close that was called has returned.
func (j *judge) refusesPosts() bool { return j.closes > 0 && j.closing == 0 }

// checkRun judges what Run returned.
func (j *judge) checkRun(err error) {
	j.Lock()
	defer j.Unlock()
	switch {
	case j.closed:
		if !j.Holds(ruleStopCompletes, err == nil) {
			j.Fail(ruleStopCompletes, j.Last(), "Run returned an error after the loop was closed: %v", err)
		}
	case err != nil:
		j.FailRun("Run: %v", err)
	}
}

// checkStopping judges the moment when the loop sleeps although it was closed.
func (j *judge) checkStopping() {
	if j.running && j.closing == 0 && j.Clock()-j.closedAt > quiescence {
		j.Broke(ruleStopCompletes, j.Last(), "Close was called at %v and has returned, but Run had not returned %v later", j.closedAt, j.Clock()-j.closedAt)
	}
}

// stuck says which rule a run breaks that cannot go on, or never ends.
func (j *judge) stuck(err error) (rule int, text string, is bool) {
	var deadlock *scheduler.Deadlock
	var livelock *scheduler.Livelock
	switch {
	case !errors.As(err, &deadlock) && !errors.As(err, &livelock):
		return 0, "", false
	case !j.closed || j.over && j.closing == 0:
		return 0, "", false
	case j.closing > 0:
		return ruleStopCompletes, fmt.Sprintf("Close was called and did not return: %v", err), true
	default:
		return ruleStopCompletes, fmt.Sprintf("Close was called, and Run did not return: %v", err), true
	}
}

// owesCloseFunc reports whether Run has returned without calling a close function
// that was accepted before Close.
func (j *judge) owesCloseFunc() bool {
	j.Lock()
	defer j.Unlock()
	return slices.ContainsFunc(j.watches, func(w *watchState) bool { return w.closed < w.owed })
}

// checkEnd judges, when Run has returned, what the loop owed before Close was
// called.
func (j *judge) checkEnd(at int) {
	for _, w := range j.watches {
		if w.owed == 0 {
			continue
		}
		if !j.Holds(ruleCloseOnce, w.closed >= w.owed) {
			j.Fail(ruleCloseOnce, at, "the close function of %s was accepted before Close, and Run has returned without calling it", name(w.id))
		}
	}
	ran := -1 // the youngest post that has run
	for _, p := range j.posts {
		if p.ran > 0 {
			ran = p.id
		}
	}
	for _, p := range j.posts {
		// What is still in the queue when Close comes may go with it: that the loop
		// slept meanwhile is no-lost-wakeup's. One that is posted later and runs
		// shows that this one is not in the queue any more.
		lost := p.late >= 0 && p.ran == 0 && ran > p.id
		if !j.Holds(rulePostedOnce, !lost) {
			j.Fail(rulePostedOnce, p.lateAt, "posted function p%d was accepted, the loop slept before Close was called, and it never ran, though p%d did", p.id, ran)
		}
	}
}
