package server

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"reactortest/proptest/internal/core"
)

// version is the first element of the text of a workload. It changes when a text
// would mean something else.
const version = "e1"

// Words of an element.
const (
	wordPeer     = "peer"
	wordAt       = "at"
	wordSlow     = "slow"
	wordSips     = "sips"
	wordReply    = "reply"
	wordEcho     = "echo"
	wordGreet    = "greet"
	wordCloseAt  = "close-at"
	wordAsync    = "async"
	wordBuffer   = "buffer"
	wordCloser   = "closer"
	wordOther    = "close-other"
	wordWake     = "wake"
	wordPush     = "push"
	wordTimer    = "timer"
	wordCancel   = "cancel"
	wordShortage = "shortage"
	wordStop     = "stop"
)

// String returns the text of w.
//
//	e1+peer.1,at.1ms,write.5,gap.1ms,write.300,fin+reply.0+greet.10+push.1ms.5
//
// has one peer, which connects after 1 ms, writes twice and ends its direction. The
// server greets it with 10 bytes and answers nothing, and after 1 ms another thread
// sends 5 bytes with Async.
func (w *workload) String() string {
	text := []string{version}
	add := func(words ...core.Word) { text = append(text, core.Element(words).String()) }
	for i := range w.peers {
		add(w.peers[i].words()...)
	}
	number := func(word string, n int) {
		if n != 0 {
			add(core.Word{word, fmt.Sprint(n)})
		}
	}
	if w.reply != echo {
		add(core.Word{wordReply, fmt.Sprint(w.reply)})
	}
	number(wordGreet, w.greet)
	number(wordCloseAt, w.closeAt)
	if w.async {
		add(core.Word{wordAsync})
	}
	number(wordBuffer, w.buffer)
	for _, at := range w.closers {
		add(core.Word{wordCloser, core.FormatDuration(at)})
	}
	number(wordOther, w.other)
	for _, at := range w.wakes {
		add(core.Word{wordWake, core.FormatDuration(at)})
	}
	for _, p := range w.pushes {
		add(core.Word{wordPush, core.FormatDuration(p.at), fmt.Sprint(p.size)})
	}
	for _, t := range w.timers {
		words := []core.Word{{wordTimer, core.FormatDuration(t.delay)}}
		if t.cancel {
			words = append(words, core.Word{wordCancel, core.FormatDuration(t.at)})
		}
		add(words...)
	}
	for _, s := range w.shortages {
		add(core.Word{wordShortage, core.FormatDuration(s.at), core.FormatDuration(s.length), fmt.Sprint(s.left)})
	}
	if w.stops {
		add(core.Word{wordStop, core.FormatDuration(w.stop)})
	}
	return strings.Join(text, "+")
}

// words returns the element of a peer.
func (s *script) words() []core.Word {
	words := []core.Word{{wordPeer, fmt.Sprint(s.count)}}
	if s.at > 0 {
		words = append(words, core.Word{wordAt, core.FormatDuration(s.at)})
	}
	if s.slow {
		words = append(words, core.Word{wordSlow})
	}
	if s.sips > 0 {
		words = append(words, core.Word{wordSips, fmt.Sprint(s.sips)})
	}
	for _, o := range s.ops {
		word := core.Word{opNames[o.kind]}
		if o.kind == opGap {
			word = append(word, core.FormatDuration(o.wait))
		} else {
			word = append(word, fmt.Sprint(o.size))
		}
		words = append(words, word)
	}
	last := core.Word{endNames[s.end]}
	if s.after > 0 {
		last = append(last, core.FormatDuration(s.after))
	}
	return append(words, last)
}

// parseWorkload reads what String wrote.
func parseWorkload(text string) (*workload, error) {
	elements, err := core.ParseElements(text, version)
	if err != nil {
		return nil, err
	}
	w := &workload{reply: echo}
	for _, e := range elements {
		if err := w.parse(e); err != nil {
			return nil, fmt.Errorf("element %q: %w", e, err)
		}
	}
	if n := w.copies(); n > limitPeers {
		return nil, fmt.Errorf("a workload has at most %d peers, and this has %d", limitPeers, n)
	}
	if again := w.String(); again != text {
		return nil, fmt.Errorf("elements have an order, and what is at its default is not written: this is written %q", again)
	}
	return w, nil
}

// parse takes one element.
func (w *workload) parse(e core.Element) error {
	if e[0][0] == wordPeer {
		return w.parsePeer(e)
	}
	if e[0][0] == wordTimer {
		return w.parseTimer(e)
	}
	if _, known := forms[e[0][0]]; known && len(e) > 1 {
		return fmt.Errorf("only %s and %s have several words", wordPeer, wordTimer)
	}
	return w.parseWord(e[0])
}

// parseWord takes an element of one word.
func (w *workload) parseWord(word core.Word) (err error) {
	r := reader{word: word}
	switch word[0] {
	case wordReply:
		if word.Atom(1) == wordEcho {
			return fmt.Errorf("%s.%s is the default and not written", wordReply, wordEcho)
		}
		w.reply = r.number(limitBytes)
	case wordGreet:
		w.greet = r.number(limitBytes)
	case wordCloseAt:
		w.closeAt = r.number(limitBytes)
	case wordAsync:
		w.async = true
	case wordBuffer:
		w.buffer = r.number(1 << 20)
	case wordCloser:
		w.closers = append(w.closers, r.duration())
		r.most(len(w.closers))
	case wordOther:
		w.other = r.number(limitBytes)
	case wordWake:
		w.wakes = append(w.wakes, r.duration())
		r.most(len(w.wakes))
	case wordPush:
		w.pushes = append(w.pushes, push{at: r.duration(), size: r.number(limitBytes)})
		r.most(len(w.pushes))
	case wordShortage:
		w.shortages = append(w.shortages, shortage{at: r.duration(), length: r.duration(), left: r.number(1000)})
		r.most(len(w.shortages))
	case wordStop:
		w.stops, w.stop = true, r.duration()
	default:
		return fmt.Errorf("an element is %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s or %s", wordPeer, wordReply, wordGreet, wordCloseAt,
			wordAsync, wordBuffer, wordCloser, wordOther, wordWake, wordPush, wordTimer, wordShortage, wordStop)
	}
	return r.end(forms[word[0]])
}

// forms say what the elements of one word look like.
var forms = map[string]string{
	wordReply:    "reply.BYTES",
	wordGreet:    "greet.BYTES",
	wordCloseAt:  "close-at.BYTES",
	wordAsync:    "async, which stands alone",
	wordBuffer:   "buffer.BYTES",
	wordCloser:   "closer.TIME",
	wordOther:    "close-other.CALL",
	wordWake:     "wake.TIME",
	wordPush:     "push.TIME.BYTES",
	wordShortage: "shortage.TIME.LENGTH.DESCRIPTORS",
	wordStop:     "stop.TIME",
}

func (w *workload) parseTimer(e core.Element) error {
	r := reader{word: e[0]}
	t := timerPlan{delay: r.duration()}
	err := r.end("timer.DELAY, or timer.DELAY,cancel.TIME")
	if err == nil && len(e) > 1 {
		r = reader{word: e[1]}
		t.cancel, t.at = true, r.duration()
		if err = r.end("timer.DELAY,cancel.TIME"); err == nil && (len(e) > 2 || e[1][0] != wordCancel) {
			err = fmt.Errorf("a timer is timer.DELAY, or timer.DELAY,cancel.TIME")
		}
	}
	if err == nil && len(w.timers) == limitActors {
		err = fmt.Errorf("there are at most %d", limitActors)
	}
	w.timers = append(w.timers, t)
	return err
}

func (w *workload) parsePeer(e core.Element) error {
	r := reader{word: e[0]}
	s := script{count: r.number(limitPeers)}
	if err := r.end("peer.COUNT,...,END"); err != nil {
		return err
	}
	last := len(e) - 1
	kind := slices.Index(endNames[:], e[last][0])
	if kind < 0 || last == 0 || s.count == 0 {
		return fmt.Errorf("a peer is peer.COUNT,...,END: COUNT is at least 1, and END one of %q", endNames)
	}
	for _, word := range e[1:last] {
		if err := s.parse(word); err != nil {
			return fmt.Errorf("%q: %w", word, err)
		}
	}
	s.end = end(kind)
	r = reader{word: e[last]}
	if len(e[last]) > 1 {
		s.after = r.duration()
	}
	if err := r.end("END or END.DELAY"); err != nil {
		return fmt.Errorf("%q: %w", e[last], err)
	}
	w.peers = append(w.peers, s)
	return nil
}

// parse reads one word of a peer.
func (s *script) parse(word core.Word) error {
	r := reader{word: word}
	switch kind := slices.Index(opNames[:], word[0]); {
	case word[0] == wordAt:
		s.at = r.duration()
	case word[0] == wordSlow:
		s.slow = true
	case word[0] == wordSips:
		s.sips = r.number(limitBytes)
	case kind < 0:
		return fmt.Errorf("a peer has %s.TIME, %s, %s.BYTES and %q, and its end is its last word", wordAt, wordSlow, wordSips, opNames)
	case len(s.ops) == limitOps:
		return fmt.Errorf("a peer does at most %d things", limitOps)
	case opKind(kind) == opGap:
		s.ops = append(s.ops, peerOp{kind: opGap, wait: r.duration()})
	default:
		s.ops = append(s.ops, peerOp{kind: opKind(kind), size: r.number(limitBytes)})
	}
	return r.end("WORD, WORD.BYTES or WORD.TIME")
}

// reader takes the atoms of a word, one after the other.
type reader struct {
	word core.Word
	next int // atoms that were taken, besides the first
	err  error
}

func (r *reader) atom() string {
	r.next++
	return r.word.Atom(r.next)
}

func (r *reader) keep(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) number(most int) int {
	n, err := core.ParseNumber(r.atom(), most)
	r.keep(err)
	return n
}

func (r *reader) duration() time.Duration {
	d, err := core.ParseDuration(r.atom(), limitDelay)
	r.keep(err)
	return d
}

func (r *reader) most(n int) {
	if n > limitActors {
		r.keep(fmt.Errorf("there are at most %d of %q", limitActors, r.word[0]))
	}
}

// end reports what was wrong, and what the word should look like.
func (r *reader) end(form string) error {
	if r.err != nil {
		return fmt.Errorf("it is %s: %w", form, r.err)
	}
	if len(r.word) != r.next+1 {
		return fmt.Errorf("it is %s", form)
	}
	return nil
}
