package watcher

import (
	"fmt"
	"slices"

	"reactortest/demux"
	"reactortest/proptest/internal/core"
)

// numbers makes the numbers of handles high, and the handles many.
type numbers struct {
	gap      int        // handles that are open besides those that are watched
	many     int        // watches besides, all ready at once
	manyMode demux.Mode // theirs
}

const (
	rareness  = 100  // one run in so many has a gap, one many watches
	gapSmall  = 70   // tables of 64 are too small
	gapLarge  = 1010 // so is a select of 1024, with the handles of a demultiplexer
	manyCount = 70   // more than a batch of most loops holds

	limitGap  = 4096
	limitMany = 1024

	wordGap  = "gap"     // handles between those that are watched
	wordMany = "watches" // watches besides
)

// numbers draws what makes the numbers of handles high: handles that lie between
// those that are watched, and many watches.
func (d drawer) numbers(w *workload) {
	switch d.Pick(rareness) {
	case rareness - 1:
		w.gap = [...]int{gapSmall, gapLarge}[d.Pick(2)]
	case rareness - 2:
		w.many, w.manyMode = manyCount, demux.Mode(d.Pick(4))
	}
}

// elements adds what there is to the text of a workload.
func (n *numbers) elements(add func(core.Element)) {
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
	case head[0] == wordGap && len(e) == 1 && len(head) == 2:
		n.gap, err = core.ParseNumber(head[1], limitGap)
	case head[0] == wordMany && len(e) == 1 && len(head) == 3 && mode >= 0:
		n.many, err = core.ParseNumber(head[1], limitMany)
		n.manyMode = demux.Mode(mode)
	default:
		err = fmt.Errorf("it is gap.NUMBER or watches.NUMBER.MODE, of %q", modeNames)
	}
	return err
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
		own := plan
		d.watch(&own, near, far)
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
