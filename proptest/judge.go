package proptest

import (
	"fmt"
	"sync"
	"time"

	"reactortest/demux"
	"reactortest/fakedemux"
)

// violation is a rule that was broken, or a run that broke down.
type violation struct {
	rule string
	text string
	at   int // index into the history
}

// Error returns the rule and what happened.
func (v *violation) Error() string { return v.rule + ": " + v.text }

// watchState is what the judge knows of one watch.
type watchState struct {
	id       int
	handle   demux.Handle
	want     demux.Ready
	mode     demux.Mode
	live     bool        // watched and not closed
	asked    bool        // a method of the watch is running
	armed    bool        // not a oneshot that has fired, nor one whose Modify has failed
	credit   demux.Ready // reported for its registrations since it began
	batch    demux.Ready // reported by the last Wait
	served   demux.Ready // dispatched since the last Wait
	writable bool        // Writable is owed: not dispatched since it was armed
	waiting  []int       // dispatches of other watches while this one is ready
	closing  int         // CloseFunc functions accepted and not called
	closed   int         // CloseFunc functions called
}

type timerState struct {
	id      int
	set     time.Duration // when AfterFunc was called
	by      time.Duration // when it had returned: on a real host time passes meanwhile
	delay   time.Duration
	ran     bool
	stopped bool
	link    int // of a chain within one iteration
}

// deadline is the first moment at which t may run.
func (t *timerState) deadline() time.Duration { return t.after(t.set) }

// latest is the last moment that the subject may take for the deadline.
func (t *timerState) latest() time.Duration { return t.after(max(t.set, t.by)) }

func (t *timerState) after(start time.Duration) time.Duration {
	if t.delay > never-start {
		return never
	}
	return start + t.delay
}

type postState struct {
	id       int
	poster   int
	accepted bool
	ran      int
	late     time.Duration // when the loop slept although it was accepted; -1: it did not
	lateAt   int           // index into the history
	link     int
}

const never = time.Duration(1<<63 - 1)

// judge watches one run: it is told of everything that the subject's functions
// receive and that the subject asks of its host, keeps the history, and finds
// the first violation.
type judge struct {
	mu      sync.Mutex // real host: peers and the loop run at once; never held over a call of the subject or host
	host    demux.Host
	kernel  *fakedemux.Kernel // nil on a real host
	fair    bool              // W10 is a MUST
	verbose bool              // lines get their texts
	slack   time.Duration     // clocks of a real host are read at different moments

	history   []entry
	violation *violation
	evaluated [ruleCount]int // of all runs
	yields    int            // of the subject, in all runs
	stats     runStats

	watches     []*watchState
	timers      []*timerState
	posts       []*postState
	handles     handleBook
	demuxes     []*observedDemux // that the subject opened
	running     bool             // Run was called
	closedEarly bool             // a function of the loop closed it
	waits       int              // Waits begun
	depth       int              // functions of the loop that run now
	progress    int              // functions of the loop that were called
	peerOps     int              // calls of peers
	inPosted    *postState
	inTimer     *timerState
	closed      bool // Close of the reactor was called
	over        bool // Run has returned
}

// runStats is what a run is counted by.
type runStats struct {
	dispatches int
}

// now is the host's time.
func (j *judge) now() time.Duration { return j.host.Now() }

// reset makes the judge ready for a run on h; kernel is nil on a real host.
func (j *judge) reset(h demux.Host, kernel *fakedemux.Kernel, verbose bool) {
	evaluated, yields := j.evaluated, j.yields
	book := j.handles
	book.reset()
	*j = judge{
		host: h, kernel: kernel, fair: true, verbose: verbose, evaluated: evaluated, yields: yields, handles: book,
		history: j.history[:0], watches: j.watches[:0], timers: j.timers[:0], posts: j.posts[:0], demuxes: j.demuxes[:0],
	}
	if kernel == nil {
		j.slack = ms(1)
	}
}

// note adds a line to the history and returns its index.
func (j *judge) note(e entry) int {
	e.at, e.wait = j.now(), j.waits
	j.history = append(j.history, e)
	return len(j.history) - 1
}

// do adds a line about something that a function of the loop does.
func (j *judge) do(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e := entry{kind: entryDo}
	if j.verbose {
		e.text = fmt.Sprintf(format, args...)
	}
	j.note(e)
}

// fail records the first violation and ends the run.
func (j *judge) fail(rule string, at int, format string, args ...any) {
	if j.violation != nil {
		return
	}
	j.violation = &violation{rule: rule, text: fmt.Sprintf(format, args...), at: at}
	if j.kernel != nil {
		j.kernel.Tasks().Fail(j.violation)
	}
}

// check evaluates a rule once.
func (j *judge) check(rule ruleID, ok bool, at int, format string, args ...any) bool {
	j.evaluated[rule]++
	if !ok {
		j.fail(ruleName(rule), at, format, args...)
	}
	return ok
}

// enter is called when the loop calls a function, and leave when it returns.
func (j *judge) enter(at int) {
	j.depth++
	j.progress++
	if j.kernel != nil {
		j.kernel.Progress()
	}
	j.check(ruleOneHandler, j.depth == 1, at, "a function was called while another runs")
	if j.over {
		j.check(ruleSilentAfterClose, false, at, "a function was called after Run had returned")
	}
}

func (j *judge) leave() { j.depth-- }

// dispatch judges a call of the handler of w.
func (j *judge) dispatch(w *watchState, ready demux.Ready) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.note(entry{kind: entryDispatch, id: w.id, ready: ready})
	j.stats.dispatches++
	j.enter(at)
	if !j.check(ruleSilentAfterClose, w.live, at, "the handler of %s was called after its watch was closed", name(w.id)) {
		return
	}
	j.checkCredit(w, ready, at)
	j.checkOrder(w, ready, at)
	j.checkFair(w, at)
	w.served |= ready
	if ready&demux.Writable != 0 {
		w.writable = false
	}
	if w.mode&demux.Oneshot != 0 {
		w.armed = false
	}
}

// checkCredit judges what an event carries.
func (j *judge) checkCredit(w *watchState, ready demux.Ready, at int) {
	unasked := ready &^ (w.want | demux.Hangup | demux.Failed)
	missing := ready &^ w.credit
	other := j.handles.staleSource(w, missing)
	if other != nil {
		j.check(ruleNoStaleDispatch, false, at, "%s got %s, which was reported for %s, whose watch is closed: %s itself has received %s",
			name(w.id), missing, name(other.id), name(w.id), received(w.credit))
	}
	j.evaluated[ruleNoStaleDispatch]++
	j.check(ruleNoSpuriousDispatch, missing == 0 || other != nil, at,
		"%s got %s, which no Wait reported for it", name(w.id), missing)
	j.check(ruleNoSpuriousDispatch, unasked == 0 && ready != 0, at,
		"%s got %s and wants %s", name(w.id), ready, w.want)
}

func received(r demux.Ready) string {
	if r == 0 {
		return "nothing"
	}
	return r.String()
}

// checkOrder judges data against hang-up. A loop that calls the handler once
// for each condition may do so in either order within its rules, but not the
// hang-up before the data.
func (j *judge) checkOrder(w *watchState, ready demux.Ready, at int) {
	if ready&demux.Hangup == 0 || w.want&demux.Readable == 0 {
		return
	}
	unserved := w.batch & demux.Readable &^ (w.served | ready)
	j.check(ruleOrderWithinHandle, unserved == 0, at,
		"%s got its hang-up before the data that was reported with it", name(w.id))
}

// checkFair counts dispatches of w against every other watch that is ready in
// level mode. It needs the simulated kernel's word for what is ready.
func (j *judge) checkFair(w *watchState, at int) {
	for i := range w.waiting {
		w.waiting[i] = 0
	}
	if j.kernel == nil {
		return
	}
	for _, o := range j.watches {
		for len(o.waiting) <= w.id {
			o.waiting = append(o.waiting, 0)
		}
		if o == w || !o.live || !o.armed || o.mode != demux.Level || o.want&j.kernel.Ready(o.handle) == 0 {
			o.waiting[w.id] = 0
			continue
		}
		o.waiting[w.id]++
		if j.fair {
			j.check(ruleFair, o.waiting[w.id] <= fairDispatches, at,
				"%s was dispatched %d times while %s was ready all the time", name(w.id), o.waiting[w.id], name(o.id))
		}
	}
}

// closedWatch judges a call of a CloseFunc function.
func (j *judge) closedWatch(w *watchState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.note(entry{kind: entryClosed, id: w.id})
	j.enter(at)
	w.closed++
	j.check(ruleCloseOnce, w.closed <= w.closing, at, "the close function of %s was called %d times", name(w.id), w.closed)
}

// runTimer judges a call of a timer's function.
func (j *judge) runTimer(t *timerState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.note(entry{kind: entryTimer, id: t.id})
	j.enter(at)
	now := j.now()
	j.check(ruleTimersNotEarly, now >= t.deadline(), at,
		"timer t%d was set at %v for %v and ran at %v", t.id, t.set, t.delay, now)
	j.check(ruleCanceledTimerSilent, !t.stopped, at, "timer t%d ran after it was stopped", t.id)
	for _, o := range j.timers {
		if o == t || o.ran || o.stopped {
			continue
		}
		first := o.latest() < t.deadline()-j.slack || o.latest() == t.deadline() && o.id < t.id
		j.check(ruleTimersInOrder, !first, at, "timer t%d, due at %v, ran before t%d, due at %v",
			t.id, t.deadline(), o.id, o.deadline())
	}
	t.ran = true
	j.inTimer = t
	j.check(ruleBoundedIteration, t.link <= boundedLinks, at,
		"%d timers that were set by timers ran without a Wait between them", t.link)
}

// runPosted judges a call of a posted function.
func (j *judge) runPosted(p *postState) {
	j.mu.Lock()
	defer j.mu.Unlock()
	at := j.note(entry{kind: entryPosted, id: p.id})
	j.enter(at)
	p.ran++
	j.check(rulePostedOnce, p.ran == 1, at, "posted function p%d ran %d times", p.id, p.ran)
	j.check(ruleNoLostWakeup, p.late < 0, p.lateAt,
		"posted function p%d was accepted, and the loop slept: it ran at %v, when something else woke the loop", p.id, j.now())
	for _, o := range j.posts {
		if o.id >= p.id {
			break
		}
		if o.poster == p.poster {
			j.check(rulePostedFIFO, !o.accepted || o.ran > 0, at, "posted function p%d ran before p%d, which the same task posted earlier", p.id, o.id)
		}
	}
	j.inPosted = p
	j.check(ruleBoundedIteration, p.link <= boundedLinks, at,
		"%d functions that were posted by posted functions ran without a Wait between them", p.link)
}

// doneTimer and donePosted end what runTimer and runPosted began.
func (j *judge) doneTimer() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inTimer = nil
	j.leave()
}

func (j *judge) donePosted() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.inPosted = nil
	j.leave()
}

func (j *judge) done() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.leave()
}
