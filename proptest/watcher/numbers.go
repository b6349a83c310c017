package watcher

import (
	"fmt"
	"slices"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// numbers makes the numbers of handles high, and the handles and posts many.
type numbers struct {
	burst    int        // functions that are posted one right after the other, by a thread
	early    bool       // or before Run: the queue gets as long as that
	gap      int        // handles that are open besides those that are watched
	many     int        // watches besides, all ready at once
	manyMode demux.Mode // theirs
}

const (
	rareness  = 100  // one run in so many has a gap, one many watches; two a burst
	gapSmall  = 70   // tables of 64 are too small
	gapLarge  = 1030 // so is a select of 1024
	manyCount = 70   // more than a batch of most loops holds
	manyMore  = 300  // more than a byte counts
	burstMore = 300

	limitGap  = 4096
	limitMany = 1024

	limitBurst = 4096

	wordGap   = "gap"     // handles between those that are watched
	wordMany  = "watches" // watches besides
	wordBurst = "burst"   // posts besides
)

// numbers draws what makes the numbers of handles high: handles that lie between
// those that are watched, and many watches; and how many posts are queued at once.
func (d drawer) numbers(w *workload) {
	switch d.Pick(rareness) {
	case rareness - 1:
		w.gap = [...]int{gapSmall, gapLarge}[d.Pick(2)]
	case rareness - 2:
		w.many, w.manyMode = [...]int{manyCount, manyCount, manyCount, manyMore}[d.Pick(4)], demux.Mode(d.Pick(4))
	case rareness - 3, rareness - 4:
		if !w.selfEnds {
			w.burst, w.early = [...]int{9, 20, 70, burstMore}[d.Pick(4)], d.Pick(2) == 1
		}
	}
}

// elements adds what there is to the text of a workload.
func (n *numbers) elements(add func(core.Element)) {
	if n.burst > 0 {
		e := core.Element{{wordBurst, fmt.Sprint(n.burst)}}
		if n.early {
			e = append(e, core.Word{momentNames[momentBeforeRun]})
		}
		add(e)
	}
	if n.gap > 0 {
		add(core.Element{{wordGap, fmt.Sprint(n.gap)}})
	}
	if n.many > 0 {
		add(core.Element{{wordMany, fmt.Sprint(n.many), modeNames[n.manyMode]}})
	}
}

// parse reads what elements added.
func (n *numbers) parse(e core.Element) (err error) {
	head := e[0]
	mode := slices.Index(modeNames, head.Atom(2))
	switch {
	case head[0] == wordBurst && len(head) == 2 && (len(e) == 1 || len(e) == 2 && e[1].String() == momentNames[momentBeforeRun]):
		n.burst, err = core.ParseNumber(head[1], limitBurst)
		n.early = len(e) == 2
	case head[0] == wordGap && len(e) == 1 && len(head) == 2:
		n.gap, err = core.ParseNumber(head[1], limitGap)
	case head[0] == wordMany && len(e) == 1 && len(head) == 3 && mode >= 0:
		n.many, err = core.ParseNumber(head[1], limitMany)
		n.manyMode = demux.Mode(mode)
	default:
		err = fmt.Errorf("it is gap.NUMBER, burst.NUMBER, burst.NUMBER,before-run or watches.NUMBER.MODE, of %q", modeNames)
	}
	return err
}

// startBurst posts many functions, or starts the thread that does.
func (d *driver) startBurst() {
	switch {
	case d.load.burst == 0:
	case d.load.early:
		d.postBurst()
	default:
		d.start("burst", d.postBurst)
	}
}

func (d *driver) postBurst() {
	for range d.load.burst {
		if d.post(len(d.load.posters), action{}, 1) != nil {
			return
		}
	}
}

// openGap opens handles that nobody uses, so that the next ones get high
// numbers.
func (d *driver) openGap() {
	if d.load.gap == 0 || len(d.gap) > 0 {
		return
	}
	a, b, err := d.host.Pair()
	if err != nil {
		return
	}
	d.gap = append(d.gap, a, b)
	for len(d.gap) < d.load.gap {
		h, err := d.host.Dup(a)
		if err != nil {
			return // a real host has its own limit
		}
		d.gap = append(d.gap, h)
	}
}

// watchMany has the subject watch many handles, whose peer makes all of them ready at the
// same time.
func (d *driver) watchMany() {
	if d.load.many == 0 {
		return
	}
	plan := (&conn{kind: connPair, mode: d.load.manyMode, want: demux.Readable}).offer(d.judge.Traits)
	first := len(d.links)
	for range d.load.many {
		near, far, _, err := d.open(connPair)
		if err != nil {
			break
		}
		d.watch(plan, near, far)
	}
	many := d.links[first:len(d.links):len(d.links)]
	d.start("peer of many", func() {
		for round := range 2 {
			for _, l := range many {
				_, _ = d.host.Write(l.far, payload[:1+round])
				d.judge.moved()
			}
			d.sleep(ms(1))
		}
		for _, l := range many {
			d.closeFar(l)
			d.judge.moved()
		}
	})
}
