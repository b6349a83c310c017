package watcher

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// version is the first element of the text of a workload. It changes when a text
// would mean something else.
const version = "w1"

// Names in the text of a workload.
var (
	actionNames = [actionKinds]string{
		actNothing: "nothing", actCloseOther: "close", actReplaceOther: "replace", actModifyOther: "modify", actPost: "post",
		actTimer: "timer", actStopTimer: "stop", actPostChain: "post-chain", actTimerChain: "timer-chain", actCloseFunc: "close-func",
		actCloseTwice: "close-twice", actStopFar: "stop-far", actCloseLoop: "close-loop", actReset: "reset",
		actTurn: "turn", actOutput: "output", actPause: "pause",
		actDup: "dup", actPanic: "panic", actReenter: "reenter",
		actCloseThenPost: "close-then-post", actCloseThenTimer: "close-then-timer",
	}
	opNames   = [opKinds]string{opWrite: "write", opSleep: "sleep", opShut: "shut", opRead: "read", opFlood: "flood", opDrain: "drain"}
	modeNames = []string{"level", "edge", "oneshot", "edge-oneshot"} // by demux.Mode
	wantNames = []string{"none", "r", "w", "rw"}                     // by demux.Ready
)

// Words of an element.
const (
	wordTimer  = "timer"
	wordPoster = "poster"
	wordEnds   = "ends-by-itself"
	wordInner  = "closes-inside"
	wordSip    = "sip"    // a handler reads little
	wordSilent = "silent" // a oneshot watch is not armed again
	wordStays  = "stays"  // the peer does not close
	wordDo     = "do"
	wordOutput = "output" // bytes that a handler writes
	wordKeeps  = "keeps"  // and it goes on wanting Writable
	wordPost   = "post"
)

// String returns the text of w.
//
//	w1+pair.level.r,write.5,do.close.2+timer.1ms+poster,post.0ms,post.1ms.modify.0
//
// has one pair, watched for reading in level mode, whose peer writes 5 bytes and
// closes and whose handler's first call closes another watch; a timer of 1 ms;
// and a poster that posts two functions, the second of which modifies a watch.
func (w *workload) String() string {
	text := []string{version}
	add := func(e core.Element) { text = append(text, e.String()) }
	for i := range w.conns {
		add(w.conns[i].element())
	}
	for _, t := range w.timers {
		e := core.Element{{wordTimer, core.FormatDuration(t.delay)}}
		if t.act.kind != actNothing {
			e = append(e, append(core.Word{wordDo}, t.act.atoms()...))
		}
		add(e)
	}
	for _, p := range w.posters {
		e := core.Element{{wordPoster}}
		for i, wait := range p.waits {
			word := core.Word{wordPost, core.FormatDuration(wait)}
			if p.acts[i].kind != actNothing {
				word = append(word, p.acts[i].atoms()...)
			}
			e = append(e, word)
		}
		add(e)
	}
	for _, e := range w.timing.elements() {
		add(e)
	}
	if w.selfEnds {
		add(core.Element{{wordEnds}})
	}
	if w.inner {
		add(core.Element{{wordInner}})
	}
	for _, s := range w.stops {
		add(s.element())
	}
	w.numbers.elements(add)
	return strings.Join(text, "+")
}

func (a action) atoms() []string {
	return []string{actionNames[a.kind], fmt.Sprint(a.arg)}
}

func (c *conn) element() core.Element {
	e := core.Element{{c.kind.String(), modeNames[c.mode], wantNames[c.want]}}
	if c.readSize > 0 {
		e = append(e, core.Word{wordSip, fmt.Sprint(c.readSize)})
	}
	if c.noRearm {
		e = append(e, core.Word{wordSilent})
	}
	if c.output > 0 {
		e = append(e, core.Word{wordOutput, fmt.Sprint(c.output)})
	}
	if c.keeps {
		e = append(e, core.Word{wordKeeps})
	}
	for _, o := range c.ops {
		word := core.Word{opNames[o.kind]}
		switch o.kind {
		case opWrite, opFlood, opDrain:
			word = append(word, fmt.Sprint(o.size))
		case opSleep:
			word = append(word, core.FormatDuration(o.wait))
		case opShut, opRead, opKinds:
		}
		e = append(e, word)
	}
	if c.stays {
		e = append(e, core.Word{wordStays})
	}
	for _, a := range c.script {
		if a.kind == actNothing {
			e = append(e, core.Word{wordDo, actionNames[actNothing]})
		} else {
			e = append(e, append(core.Word{wordDo}, a.atoms()...))
		}
	}
	return e
}

// parseWorkload reads what String wrote.
func parseWorkload(text string) (*workload, error) {
	elements, err := core.ParseElements(text, version)
	if err != nil {
		return nil, err
	}
	w := &workload{}
	for _, e := range elements {
		if err := w.parse(e); err != nil {
			return nil, fmt.Errorf("element %q: %w", e, err)
		}
	}
	return w, nil
}

// misread says what an element should look like, and what else is wrong with it
// if err says that.
func misread(err error, format string, args ...any) error {
	form := fmt.Sprintf(format, args...)
	if err == nil {
		return errors.New(form)
	}
	return fmt.Errorf("%s: %w", form, err)
}

func (w *workload) parse(e core.Element) error {
	switch head := e[0].Atom(0); head {
	case wordTimer:
		return w.parseTimer(e)
	case wordPoster:
		return w.parsePoster(e)
	case wordStop:
		return w.parseStop(e)
	case wordGap, wordMany, wordBurst:
		return w.numbers.parse(e)
	case wordEnds, wordInner:
		if len(e) > 1 || len(e[0]) > 1 {
			return fmt.Errorf("%s stands alone", head)
		}
		w.selfEnds = w.selfEnds || head == wordEnds
		w.inner = w.inner || head == wordInner
		return nil
	}
	if is, err := w.timing.parse(e); is || err != nil {
		return err
	}
	return w.parseConn(e)
}

func (w *workload) parseTimer(e core.Element) error {
	delay, err := core.ParseDuration(e[0].Atom(1), maxDelay)
	if err != nil || len(e[0]) != 2 || len(e) > 2 {
		return misread(err, "a timer is timer.DELAY or timer.DELAY,do.ACTION.NUMBER")
	}
	t := timerPlan{delay: delay}
	if len(e) == 2 {
		if e[1].Atom(0) != wordDo {
			return fmt.Errorf("%q: a timer has do.ACTION.NUMBER", e[1])
		}
		if t.act, err = parseAction(e[1][1:]); err != nil {
			return err
		}
	}
	if len(w.timers) == limitTimers {
		return fmt.Errorf("a workload has at most %d timers", limitTimers)
	}
	w.timers = append(w.timers, t)
	return nil
}

func (w *workload) parsePoster(e core.Element) error {
	if len(e[0]) > 1 || len(e)-1 > limitPosts || len(w.posters) == limitPosters {
		return fmt.Errorf("a poster is poster,post.WAIT[.ACTION.NUMBER],..., with at most %d posts, and there are at most %d", limitPosts, limitPosters)
	}
	p := poster{}
	for _, word := range e[1:] {
		wait, err := core.ParseDuration(word.Atom(1), maxDelay)
		if err != nil || word[0] != wordPost {
			return misread(err, "%q: a post is post.WAIT or post.WAIT.ACTION.NUMBER", word)
		}
		act := action{}
		if len(word) > 2 {
			if act, err = parseAction(word[2:]); err != nil {
				return err
			}
		}
		p.waits, p.acts = append(p.waits, wait), append(p.acts, act)
	}
	w.posters = append(w.posters, p)
	return nil
}

func parseAction(atoms core.Word) (action, error) {
	kind := slices.Index(actionNames[:], atoms.Atom(0))
	if kind < 0 {
		return action{}, fmt.Errorf("%q is not an action; the actions are %q", atoms.Atom(0), actionNames)
	}
	if kind == int(actNothing) && len(atoms) == 1 {
		return action{}, nil
	}
	arg, err := core.ParseNumber(atoms.Atom(1), maxConns-1)
	if err != nil || len(atoms) != 2 {
		return action{}, misread(err, "%q: an action is ACTION.NUMBER", atoms)
	}
	return action{kind: actionKind(kind), arg: arg}, nil
}

func (w *workload) parseConn(e core.Element) error {
	kind := slices.Index(connNames[:], e[0].Atom(0))
	mode, want := slices.Index(modeNames, e[0].Atom(1)), slices.Index(wantNames, e[0].Atom(2))
	if kind < 0 || mode < 0 || want < 0 || len(e[0]) != 3 {
		return fmt.Errorf("it begins with KIND.MODE.WANT, of %q, %q and %q, or with %q", connNames, modeNames, wantNames,
			[]string{
				wordTimer, wordPoster, wordEnds, wordInner, wordSettable, wordCrowd, wordWakes, wordOutlives, wordStop, wordGap, wordMany, wordBurst,
			})
	}
	c := conn{kind: connKind(kind), mode: demux.Mode(mode), want: demux.Ready(want)}
	if (c.kind == connPipe || c.kind == connListen) && c.want&demux.Writable != 0 || c.kind == connListen && c.mode&demux.Edge != 0 {
		return fmt.Errorf("a %s cannot be watched like that", c.kind)
	}
	if c.kind == connListen {
		c.stays = true
	}
	for _, word := range e[1:] {
		if err := c.parse(word); err != nil {
			return fmt.Errorf("%q: %w", word, err)
		}
	}
	if len(w.conns) == limitConns {
		return fmt.Errorf("a workload has at most %d connections", limitConns)
	}
	w.conns = append(w.conns, c)
	return nil
}

// parse reads one word of a connection.
func (c *conn) parse(word core.Word) (err error) {
	alone := func(set *bool) error {
		*set = true
		if len(word) > 1 {
			return fmt.Errorf("it stands alone")
		}
		return nil
	}
	switch word[0] {
	case wordSip:
		c.readSize, err = core.ParseNumber(word.Atom(1), maxBytes)
		return err
	case wordSilent:
		return alone(&c.noRearm)
	case wordOutput:
		c.output, err = core.ParseNumber(word.Atom(1), maxOutput)
		return err
	case wordKeeps:
		return alone(&c.keeps)
	case wordStays:
		return alone(&c.stays)
	case wordDo:
		if len(c.script) == limitScript {
			return fmt.Errorf("a handler has at most %d actions", limitScript)
		}
		a, err := parseAction(word[1:])
		c.script = append(c.script, a)
		return err
	}
	o := peerOp{kind: opKind(max(slices.Index(opNames[:], word[0]), 0))}
	switch {
	case opNames[o.kind] != word[0]:
		return fmt.Errorf("it is none of %q and %q", []string{wordSip, wordSilent, wordOutput, wordKeeps, wordStays, wordDo}, opNames)
	case len(c.ops) == limitOps:
		return fmt.Errorf("a peer does at most %d things", limitOps)
	case o.kind == opDrain:
		o.size, err = core.ParseNumber(word.Atom(1), limitDrains)
	case o.kind == opWrite || o.kind == opFlood:
		o.size, err = core.ParseNumber(word.Atom(1), maxBytes)
	case o.kind == opSleep:
		o.wait, err = core.ParseDuration(word.Atom(1), time.Hour)
	}
	c.ops = append(c.ops, o)
	return err
}

// Limits of a workload that is read. What is drawn stays far below.
const (
	limitConns   = 2048
	limitOps     = 64
	limitScript  = 16
	limitTimers  = 1024
	limitPosters = 16
	limitPosts   = 64
	limitDrains  = 64
	maxOutput    = 1 << 16
	maxBytes     = 4096                // that a peer writes at once: the size of payload
	maxDelay     = 60 * 24 * time.Hour // of a timer
)
