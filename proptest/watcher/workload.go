package watcher

import (
	"slices"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// Limits of a workload.
const (
	maxConns   = 4
	maxOps     = 8 // of one peer
	maxScript  = 3 // dispatches of one watch that have an action of their own
	maxTimers  = 4
	maxPosters = 3
	maxPosts   = 5 // of one poster
	chainLinks = 8 // of a function that posts itself, or a timer that sets itself
	floodBytes = 40
	maxDrains  = 4              // of one op of a peer
	smallReads = 3 * floodBytes // dispatches of one watch in which its handler reads little
	// connectTries is how often, a millisecond apart, a peer asks for the result
	// of its connect: the backlog may be full, and nobody accepts.
	connectTries = 10
	// closeTries is how often, a millisecond apart, a run that has ended looks
	// whether Close has returned too.
	closeTries = 100
	farDelay   = time.Hour + 37*time.Millisecond // no loop's own tick ends there
)

// connKind is what a watch watches.
type connKind uint8

const (
	connPair connKind = iota
	connTCP
	connPipe
	connListen // a listener; the peer connects once for each of its ops
	connKinds
)

// connNames are the kinds as the history and the text of a workload have them.
var connNames = [connKinds]string{"pair", "tcp", "pipe", "listener"}

// String returns the kind as the history has it.
func (c connKind) String() string { return connNames[c] }

// actionKind is what a function that the loop calls does besides.
type actionKind uint8

const (
	actNothing actionKind = iota
	actCloseOther
	actReplaceOther // closes watch and handle, opens a new one: the number is the same
	actModifyOther
	actPost
	actTimer
	actStopTimer
	actPostChain
	actTimerChain
	actCloseFunc
	actCloseTwice
	actStopFar
	actCloseLoop
	actReset
	actTurn    // Modify with another mode
	actOutput  // has more to write: Modify adds Writable
	actPause   // Modify to no interest, and back 1 ms later
	actDup     // watches a duplicate of a handle that is watched
	actPanic   // a handler panics
	actReenter // a handler runs the loop

	actCloseThenPost  // closes another watch; the close function posts
	actCloseThenTimer // and there it sets a timer
	actionKinds
	actResume = actionKinds // what actPause ends with; not drawn
)

// action is one step of a script. arg is reduced modulo what there is.
type action struct {
	kind actionKind
	arg  int
	on   *link // that is to want something again after actPause; not drawn
}

// opKind is what a peer does.
type opKind uint8

const (
	opWrite opKind = iota
	opSleep
	opShut
	opRead
	opFlood
	opDrain // reads everything, several times, 1 ms apart
	opKinds
)

type peerOp struct {
	kind opKind
	size int
	wait time.Duration
}

// conn is one connection: what the subject watches and what the peer does.
type conn struct {
	kind     connKind
	mode     demux.Mode
	want     demux.Ready
	readSize int  // bytes that each of the first dispatches reads, 0: until ErrAgain
	output   int  // bytes to write when Writable, until ErrAgain; 0: a few
	keeps    bool // Writable stays wanted in edge mode when all is written
	noRearm  bool // a oneshot watch stays silent after its first event
	script   []action
	ops      []peerOp
	stays    bool // the peer does not close
}

type timerPlan struct {
	delay time.Duration
	act   action
}

type poster struct {
	waits []time.Duration // before each post
	acts  []action
}

// workload is what a run does with the subject.
type workload struct {
	conns    []conn
	timers   []timerPlan
	posters  []poster
	selfEnds bool // run by RunWhileAlive: no posters
	inner    bool // the loop closes itself from a posted function
	stops    []stop
	timing
	numbers
}

// drawer draws a workload; every 0 is the plain choice.
type drawer struct{ *core.Drawer }

// drawWorkload draws a workload. The plain one is one pair whose peer writes
// once and closes, one timer, one post, and a Close from outside.
func drawWorkload(from *core.Drawer) *workload {
	d := drawer{from}
	w, again := from.Spare().(*workload)
	if !again {
		w = &workload{}
	}
	w.empty()
	w.selfEnds = d.Pick(6) == 5
	for range 1 + d.Pick(maxConns) {
		d.conn(extend(&w.conns), w.selfEnds)
	}
	for range [...]int{1, 2, 3, 4, 0}[d.Pick(5)] {
		delay := [...]time.Duration{ms(1), ms(1), ms(2), ms(1) / 2, 0, ms(7), farDelay}[d.Pick(7)]
		if w.selfEnds && delay == farDelay {
			delay = ms(3)
		}
		w.timers = append(w.timers, timerPlan{delay: delay, act: d.action(w.selfEnds)})
	}
	posters := [...]int{1, 2, 3, 0}[d.Pick(4)]
	if w.selfEnds {
		posters = 0
	}
	for range posters {
		d.poster(extend(&w.posters))
	}
	w.inner = d.Rarely()
	w.stops = d.stops(w.stops)
	d.timing(w)
	d.numbers(w)
	return w
}

// empty makes w a workload without anything. Its slices keep their memory.
func (w *workload) empty() {
	*w = workload{
		conns: w.conns[:0], timers: w.timers[:0], posters: w.posters[:0], stops: w.stops[:0],
		timing: timing{settables: w.settables[:0], crowds: w.crowds[:0], wakes: w.wakes[:0]},
	}
}

// extend adds an element to a slice and returns it, as it was left there.
func extend[T any](s *[]T) *T {
	n := len(*s)
	if n == cap(*s) {
		*s = slices.Grow(*s, 1)
	}
	*s = (*s)[:n+1]
	return &(*s)[n]
}

// offer returns the plan with what a demultiplexer with these traits offers in
// the place of a mode that it does not.
func (c conn) offer(t demux.Traits) conn {
	if mode := offered(t, c.mode); mode != c.mode {
		c.mode = mode
		c.noRearm = c.noRearm && mode&demux.Oneshot != 0
	}
	return c
}

// offered returns mode, or what is nearest to it of what the demultiplexer
// offers.
func offered(t demux.Traits, mode demux.Mode) demux.Mode {
	for _, m := range [...]demux.Mode{mode, mode &^ demux.Edge, mode ^ demux.Oneshot, demux.Level, demux.Oneshot, demux.Edge} {
		if t.Supports(m) {
			return m
		}
	}
	return mode
}

func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func (d drawer) conn(c *conn, selfEnds bool) {
	*c = conn{script: c.script[:0], ops: c.ops[:0]}
	c.kind = connKind(d.Pick(int(connKinds)))
	c.mode = [...]demux.Mode{demux.Level, demux.Edge, demux.Oneshot, demux.Edge | demux.Oneshot}[d.Pick(4)]
	c.want = [...]demux.Ready{demux.Readable, demux.Readable | demux.Writable, 0}[d.Pick(3)]
	if c.kind == connPipe || c.kind == connListen {
		c.want &^= demux.Writable
	}
	if c.kind == connListen {
		c.mode &^= demux.Edge // nothing is promised after EMFILE
	}
	if c.mode == demux.Level {
		c.readSize = [...]int{0, 1, 3}[d.Pick(3)]
	}
	c.noRearm = c.mode&demux.Oneshot != 0 && !selfEnds && d.Rarely()
	for range d.Pick(maxScript + 1) {
		c.script = append(c.script, d.action(selfEnds))
	}
	for range [...]int{1, 3, 5, maxOps}[d.Pick(4)] {
		c.ops = append(c.ops, d.op())
	}
	c.stays = !selfEnds && d.Rarely() || c.kind == connListen
	d.output(c)
}

func (d drawer) op() peerOp {
	o := peerOp{kind: opKind(d.Pick(int(opKinds)))}
	switch o.kind {
	case opWrite:
		o.size = [...]int{5, 1, 100, 3000}[d.Pick(4)]
	case opSleep:
		o.wait = [...]time.Duration{ms(1), ms(3), ms(1) / 2}[d.Pick(3)]
	case opFlood:
		o.size = floodBytes
	case opDrain:
		o.size = 1 + d.Pick(maxDrains)
	case opShut, opRead, opKinds:
	}
	return o
}

func (d drawer) action(selfEnds bool) action {
	a := action{kind: actionKind(d.Pick(int(actionKinds)))}
	if a.kind != actNothing {
		a.arg = d.Pick(maxConns)
	}
	ends := a.kind == actCloseLoop || a.kind == actReenter
	if (ends && a.arg != 3 || a.kind == actPanic && a.arg < 1) || selfEnds && (ends || a.kind == actPanic) {
		a = action{} // rare: it ends the run early
	}
	return a
}

func (d drawer) poster(p *poster) {
	*p = poster{waits: p.waits[:0], acts: p.acts[:0]}
	for range [...]int{1, 2, 3, maxPosts}[d.Pick(4)] {
		p.waits = append(p.waits, [...]time.Duration{0, ms(1), ms(2)}[d.Pick(3)])
		p.acts = append(p.acts, d.action(false))
	}
}

// output draws what a handler writes, and how little it reads in modes other
// than level.
func (d drawer) output(c *conn) {
	if c.kind == connListen {
		return
	}
	if c.mode != demux.Level {
		c.readSize = [...]int{0, 0, 0, 1, 3}[d.Pick(5)]
	}
	if c.want&demux.Writable != 0 {
		c.output = [...]int{0, 12_000, 5_000, 200}[d.Pick(4)]
		c.keeps = c.mode == demux.Edge && d.Rarely()
	}
}

// plainWorkload is the workload that is drawn when every draw is 0.
func plainWorkload() *workload {
	rec := scheduler.NewRecorder(0)
	return drawWorkload(core.NewDrawer(rec))
}
