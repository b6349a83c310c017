package watcher

import (
	"slices"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// watchState is what the judge knows of one watch. What checkFair looks at for
// every dispatch comes first.
type watchState struct {
	id     int
	handle demux.Handle
	want   demux.Ready
	mode   demux.Mode
	live   bool        // watched and not closed
	armed  bool        // not a oneshot that has fired, nor one whose Modify has failed
	told   bool        // reported, and not dispatched since
	shared bool        // a duplicate is watched too: whoever reads first leaves nothing
	stream bool        // what can be read stays until somebody reads; connections leave the queue of a listener by themselves
	unread bool        // it was readable, and its handler has not been called since
	asked  bool        // a method of the watch is running
	cut    bool        // reported together with a watch whose handler panicked
	credit demux.Ready // reported for its registrations since it began
	batch  demux.Ready // reported by the last Wait
	served demux.Ready // dispatched since the last Wait
	passed []passing   // other watches that were ready when this one was dispatched, by number; 0 where it is too short
	calls  uint32      // of its handler

	closing  int         // CloseFunc functions accepted
	owed     int         // of these, accepted before Close of the loop was called
	closed   int         // CloseFunc functions called
	promised demux.Ready // in edge mode: not dispatched since it was armed, or used up since
	kept     modeBook
}

// passing counts dispatches of one watch while another one is ready.
type passing struct {
	count uint32
	calls uint32 // of the other one, when this began: it has not been dispatched since
	seen  uint32 // calls of the one when it was counted last: it has not been dispatched since without counting
}

type postState struct {
	id       int
	poster   int
	accepted bool
	ran      int
	late     time.Duration // when the loop slept although it was accepted; -1: it did not
	lateAt   int           // index into the history
	link     int           // of a chain within one iteration

	driver *driver
	act    action // what it does
	links  int    // of the chain that it begins
	place  int    // among the posts of its poster
	round  int    // in which it was posted
	run    func() // the posted function
}

// posterBook is what the judge knows of the posts of one task.
type posterBook struct {
	posts int
	ran   int // the place of the youngest that has run, plus 1
}

// poster returns the book of a poster.
func (j *judge) poster(number int) *posterBook {
	i := number - nobody
	for len(j.posters) <= i {
		j.posters = append(j.posters, posterBook{})
	}
	return &j.posters[i]
}

const never = time.Duration(1<<63 - 1)

// judge watches one run: it is told of everything that the subject's functions
// receive and that the subject asks of its host, and finds the first violation.
type judge struct {
	*core.Case
	fair bool // W10 is a MUST
	rows int  // of Waits, see idleCount

	watches   []*watchState
	live      []*watchState // of these, in the same order
	level     []*watchState // of the live ones, those in level mode, in the same order
	batch     []*watchState // of all, those that were reported or dispatched since the last Wait began to return
	memory    *memory
	timers    timerBook
	posts     []*postState
	posters   []posterBook // from nobody on
	waiting   int          // of posts, those that have not run, refused ones too
	handles   handleBook
	demuxes   []*observedDemux // that the subject opened
	running   bool             // Run was called
	closes    int              // calls of Close of the reactor
	closing   int              // of these, that have not returned
	closedAt  time.Duration    // when the last one was made
	depth     int              // functions of the loop that run now
	progress  int              // functions of the loop that were called
	peerOps   int              // calls of peers
	inPosted  *postState
	inTimer   *timerState
	closed    bool // Close of the reactor was called
	over      bool // Run has returned
	offered   [connKinds][4]offer
	watchless bool // the subject refuses to watch
	inside    bool // a handler runs the loop
	blind     bool // nobody sees the Waits of the subject
}

// memory has the states that the judge keeps; the next run uses it again. On a real host
// functions of an earlier run may still be called, so there each run has its own memory.
type memory struct {
	watches       arena[watchState]
	timers        arena[timerState]
	posts         arena[postState]
	links         arena[link]
	registrations arena[registration]
	clocks        arena[clock]
}

func (m *memory) reset() {
	m.watches.reset()
	m.timers.reset()
	m.posts.reset()
	m.links.reset()
	m.registrations.reset()
	m.clocks.reset()
}

// addWatch notes a new watch. The lock is held.
func (j *judge) addWatch(h demux.Handle) *watchState {
	w := j.memory.watches.next()
	*w = watchState{id: len(j.watches), handle: h, live: true, passed: w.passed[:0]}
	j.watches, j.live, j.level = append(j.watches, w), append(j.live, w), append(j.level, w)
	return w
}

// setMode notes the mode of a watch. The lock is held.
func (j *judge) setMode(w *watchState, mode demux.Mode) {
	was := w.mode
	w.mode = mode
	if (was == demux.Level) != (mode == demux.Level) && w.live {
		j.listLevel(w)
	}
}

// listLevel puts w into the list of those in level mode, or takes it out.
func (j *judge) listLevel(w *watchState) {
	i, has := slices.BinarySearchFunc(j.level, w.id, func(o *watchState, id int) int { return o.id - id })
	switch wants := w.live && w.mode == demux.Level; {
	case has && !wants:
		j.level = slices.Delete(j.level, i, i+1)
	case wants && !has:
		j.level = slices.Insert(j.level, i, w)
	}
}

// inBatch notes that something is booked of w that the next Wait ends.
func (j *judge) inBatch(w *watchState) {
	if w.batch|w.served == 0 {
		j.batch = append(j.batch, w)
	}
}

// endWatch notes that a watch is closed. The lock is held.
func (j *judge) endWatch(w *watchState) {
	w.live = false
	j.listLevel(w)
	if i := slices.Index(j.live, w); i >= 0 {
		j.live = slices.Delete(j.live, i, i+1)
	}
}

// reset makes the judge ready for a run.
func (j *judge) reset(c *core.Case) {
	if j.memory == nil || c.Kernel == nil {
		j.memory = new(memory)
	}
	j.memory.reset()
	book := j.handles
	book.reset()
	timers := j.timers
	timers.reset()
	*j = judge{
		Case: c, fair: true, handles: book, timers: timers, memory: j.memory,
		watches: j.watches[:0], live: j.live[:0], level: j.level[:0], batch: j.batch[:0], posts: j.posts[:0], posters: j.posters[:0], demuxes: j.demuxes[:0],
	}
	if c.Kernel == nil {
		for _, rule := range [...]int{ruleReadyIsServed, ruleFair} {
			c.Exempt(rule, "it needs the simulated kernel, which knows when the loop sleeps and what is ready")
		}
		c.Exempt(ruleTimersTiedInOrder, "it needs the simulated kernel: a real clock cannot tell that two deadlines are equal")
	}
}

// do adds a line about something that a function of the loop does.
func (j *judge) do(format string, args ...any) {
	j.Lock()
	defer j.Unlock()
	j.NoteEntered(entry{Kind: entryDo, N: j.depth, Text: j.Say(format, args...)})
}

// enter is called when the loop calls a function, and leave when it returns.
func (j *judge) enter(at int) {
	j.nested()
	j.depth++
	j.progress++
	if j.watchless {
		j.Events++
	}
	if j.Kernel != nil {
		j.Kernel.Progress()
	}
	if !j.Holds(ruleOneHandler, j.depth == 1) {
		j.Fail(ruleOneHandler, at, "a function was called while another one was running")
	}
	if j.over {
		j.Broke(ruleSilentAfterClose, at, "a function was called after Run had returned")
	}
}

func (j *judge) leave() { j.depth-- }

// dispatch judges a call of the handler of w. It reports whether the handler is to
// do anything.
func (j *judge) dispatch(w *watchState, ready demux.Ready) (goOn bool) {
	j.Lock()
	defer j.Unlock()
	at := j.Note(entry{Kind: entryDispatch, ID: w.id, Ready: ready})
	j.Events++
	j.enter(at)
	if !j.Holds(ruleSilentAfterClose, w.live) {
		j.Fail(ruleSilentAfterClose, at, "the handler of %s was called after its watch was closed", name(w.id))
		return false
	}
	j.checkCredit(w, ready, at)
	j.checkOrder(w, ready, at)
	j.checkFair(w, at)
	j.inBatch(w)
	w.served |= ready
	w.cut = false
	w.promised &^= ready
	j.checkMode(w, ready, at)
	if w.mode&demux.Oneshot != 0 {
		w.armed = false
	}
	return !j.Broken()
}

// checkCredit judges what an event carries.
func (j *judge) checkCredit(w *watchState, ready demux.Ready, at int) {
	switch {
	case j.blind:
		w.credit |= j.holding(w)
	case j.Kernel == nil && len(j.demuxes) == 0: // the real kernel does not tell what holds
		w.credit |= ready
	}
	unasked := ready &^ (w.want | demux.Hangup | demux.Failed)
	missing := ready &^ w.credit
	other := j.handles.staleSource(w, missing)
	if other != nil {
		j.Broke(ruleNoStaleDispatch, at, "%s got %s, which was reported for %s, whose watch is closed; %s itself has received %s", name(w.id), missing, name(other.id), name(w.id), received(w.credit))
	}
	j.Count(ruleNoStaleDispatch)
	if !j.Holds(ruleNoSpuriousDispatch, missing == 0 || other != nil) {
		j.Fail(ruleNoSpuriousDispatch, at, "%s got %s, which no Wait reported for it", name(w.id), missing)
	}
	if !j.Holds(ruleNoSpuriousDispatch, unasked == 0 && ready != 0) {
		j.Fail(ruleNoSpuriousDispatch, at, "%s got %s, but asked for %s", name(w.id), ready, wanted(w.want))
	}
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
	if !j.Holds(ruleOrderWithinHandle, unserved == 0) {
		j.Fail(ruleOrderWithinHandle, at, "%s got its hang-up before the data that was reported with it", name(w.id))
	}
}

// checkFair counts dispatches of w while other watches are ready. It needs the
// simulated kernel's word for what is ready.
func (j *judge) checkFair(w *watchState, at int) {
	w.calls++
	w.told, w.unread = false, false
	if j.Kernel == nil {
		return
	}
	if n := len(j.watches); len(w.passed) < n {
		had := len(w.passed)
		w.passed = slices.Grow(w.passed, n-had)[:n]
		clear(w.passed[had:])
	}
	kept := 0
	for _, o := range j.level {
		if o == w || !j.contends(o) {
			continue
		}
		p := &w.passed[o.id]
		if p.calls != o.calls || p.seen+1 != w.calls {
			p.count, p.calls = 0, o.calls
		}
		p.count++
		p.seen = w.calls
		switch {
		case p.count <= fairDispatches:
			kept++
		case o.want&j.Kernel.Ready(o.handle) == 0: // somebody has read who had no business to
			p.count, o.unread = 0, false
		case j.handles.serves(o):
			j.Broke(ruleFair, at, "%s was dispatched %d times while %s was ready all the time", name(w.id), p.count, name(o.id))
		}
	}
	j.CountMany(ruleFair, kept)
}

// contends reports whether a loop must be fair to o, which is in level mode: it is
// ready and, if the demultiplexer is not fair itself, was reported.
func (j *judge) contends(o *watchState) bool {
	if !o.armed || o.shared || o.want == 0 || !j.fair && !o.told {
		return false
	}
	if o.unread {
		return true
	}
	ready := o.want & j.Kernel.Ready(o.handle)
	o.unread = o.stream && ready&demux.Readable != 0
	return ready != 0
}

// closedWatch judges a call of a CloseFunc function.
func (j *judge) closedWatch(w *watchState) {
	j.Lock()
	defer j.Unlock()
	at := j.Note(entry{Kind: entryClosed, ID: w.id})
	j.enter(at)
	w.closed++
	if !j.Holds(ruleCloseOnce, w.closed <= w.closing) {
		j.Fail(ruleCloseOnce, at, "the close function of %s was called %d times", name(w.id), w.closed)
	}
}

// runPosted judges a call of a posted function. It reports whether it is not the
// first.
func (j *judge) runPosted(p *postState) (again bool) {
	j.Lock()
	defer j.Unlock()
	if j.Rounds() != p.round {
		p.link = 0
	}
	at := j.Note(entry{Kind: entryPosted, ID: p.id})
	j.enter(at)
	if p.ran++; p.ran == 1 {
		j.waiting--
	}
	if !j.Holds(rulePostedOnce, p.ran == 1) {
		j.Fail(rulePostedOnce, at, "posted function p%d ran %d times", p.id, p.ran)
	}
	if !j.Holds(ruleNoLostWakeup, p.late < 0) {
		j.Fail(ruleNoLostWakeup, p.lateAt, "posted function p%d was accepted, and the loop slept: it ran at %v, when something else woke the loop", p.id, j.Now())
	}
	j.checkFIFO(p, at)
	j.inPosted = p
	if !j.Holds(ruleBoundedIteration, p.link <= boundedLinks) {
		j.Fail(ruleBoundedIteration, at, "%d functions that were posted by posted functions ran without a Wait between them", p.link)
	}
	return p.ran > 1
}

// checkFIFO looks for functions that the task that has posted p posted later, and that
// have run.
func (j *judge) checkFIFO(p *postState, at int) {
	b := j.poster(p.poster)
	if b.ran <= p.place+1 { // nearly always: there are none
		b.ran = p.place + 1
		j.CountMany(rulePostedFIFO, b.posts-b.ran)
		return
	}
	for _, o := range j.posts[p.id+1:] {
		if o.poster == p.poster && o.ran == 0 {
			j.Count(rulePostedFIFO)
		} else if o.poster == p.poster {
			j.Broke(rulePostedFIFO, at, "posted function p%d ran after p%d, which the same task posted later", p.id, o.id)
		}
	}
}

// donePosted ends what runPosted began.
func (j *judge) donePosted() {
	j.Lock()
	defer j.Unlock()
	j.inPosted = nil
	j.leave()
}

// doneWatch ends what dispatch began.
func (j *judge) doneWatch(w *watchState) {
	j.Lock()
	w.unread = false
	j.leave()
	j.Unlock()
}

func (j *judge) done() {
	j.Lock()
	j.leave()
	j.Unlock()
}

// wanted spells an interest.
func wanted(r demux.Ready) string {
	if r == 0 {
		return "nothing"
	}
	return r.String()
}
