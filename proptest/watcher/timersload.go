package watcher

import (
	"fmt"
	"math"
	"time"

	"reactortest/proptest/internal/core"
)

// settable is a timer that is set again by actions.
type settable struct {
	delays []time.Duration // of its settings, in turn
	act    action
}

// crowd is many timers.
type crowd struct {
	count  int
	delay  time.Duration // of the first deadline
	spread time.Duration // between two deadlines
	stop   int           // the first that runs stops every one whose number this divides; 0: none
}

// crowdDeadlines is how many different deadlines a crowd has.
const crowdDeadlines = 8

// wakes has the loop be woken for nothing.
type wakes struct {
	every time.Duration
	count int
}

// timing is what a workload has of timers, besides single ones.
type timing struct {
	settables []settable
	crowds    []crowd
	wakes     []wakes
	outlives  bool // the run goes on until the last timer is due, if the loop does not tick
}

// Words of these elements.
const (
	wordSettable = "settable"
	wordAgain    = "again"
	wordCrowd    = "crowd"
	wordWakes    = "wakes"
	wordOutlives = "outlives-timers"
)

const (
	msec31 = math.MaxInt32 * time.Millisecond // 24.8 days
	day    = 24 * time.Hour
)

// longDelays are delays that programs, or what they are built on, have taken for
// others: they overflow 32 bits of milliseconds or microseconds, or are seldom
// tried.
var longDelays = [...]time.Duration{
	ms(50), ms(1500), 30 * time.Second, msec31 - ms(1), msec31, msec31 + ms(1), 30 * day, // 32 bits with a sign
	2*msec31 + ms(1), 2*msec31 + ms(7), 7 * 7 * day, 59 * day, // and without
	math.MaxInt32 * time.Microsecond, math.MaxInt32*time.Microsecond + ms(3), 2 * time.Hour,
}

// timing draws what is rare of timers.
func (d drawer) timing(w *workload) {
	short := [...]time.Duration{ms(5), ms(1), 0, ms(2), ms(50), ms(1) / 2, ms(12)}
	switch d.Pick(12) {
	case 8:
		for range 1 + d.Pick(2) {
			s := extend(&w.settables)
			*s = settable{delays: s.delays[:0]}
			for range 2 + d.Pick(3) {
				s.delays = append(s.delays, short[d.Pick(len(short))])
			}
			s.act = d.action(w.selfEnds)
		}
		w.timers = append(w.timers, timerPlan{delay: ms(1), act: action{kind: actReset}})
	case 9:
		for range 1 + d.Pick(2) {
			w.timers = append(w.timers, timerPlan{delay: longDelays[d.Pick(len(longDelays))], act: d.action(w.selfEnds)})
		}
		w.outlives = d.Pick(2) == 1
	case 10:
		c := crowd{count: [...]int{8, 12, 20, 8, 12, 40, 20, 300}[d.Pick(8)], delay: short[d.Pick(len(short))]}
		c.spread = [...]time.Duration{ms(1), 0, ms(3), ms(1) / 2}[d.Pick(4)]
		c.stop = [...]int{0, 2, 5}[d.Pick(3)]
		w.crowds = append(w.crowds, c)
	case 11:
		w.wakes = append(w.wakes, wakes{every: [...]time.Duration{ms(1), ms(2), ms(1) / 2}[d.Pick(3)], count: [...]int{5, 1, 20}[d.Pick(3)]})
	}
}

// cost adds what timers cost.
func (t *timing) cost(c *core.Cost) {
	for _, s := range t.settables {
		c.Calls += (2 + chainLinks) * (1 + maxResets)
		for _, delay := range s.delays {
			c.Time += maxResets * delay
		}
	}
	for i := range t.crowds {
		c.Calls += 4 * t.crowds[i].count
		c.Time += t.crowds[i].delay + crowdDeadlines*t.crowds[i].spread
	}
	for _, w := range t.wakes {
		c.Calls += 4 * w.count
		c.Time += duration(w.count) * w.every
	}
}

// elements returns the text.
func (t *timing) elements() (all []core.Element) {
	for _, s := range t.settables {
		e := core.Element{{wordSettable, core.FormatDuration(s.delays[0])}}
		for _, delay := range s.delays[1:] {
			e = append(e, core.Word{wordAgain, core.FormatDuration(delay)})
		}
		if s.act.kind != actNothing {
			e = append(e, append(core.Word{wordDo}, s.act.atoms()...))
		}
		all = append(all, e)
	}
	for i := range t.crowds {
		c := &t.crowds[i]
		e := core.Element{{wordCrowd, fmt.Sprint(c.count), core.FormatDuration(c.delay), core.FormatDuration(c.spread)}}
		if c.stop > 0 {
			e = append(e, core.Word{wordStop, fmt.Sprint(c.stop)})
		}
		all = append(all, e)
	}
	for _, w := range t.wakes {
		all = append(all, core.Element{{wordWakes, core.FormatDuration(w.every), fmt.Sprint(w.count)}})
	}
	if t.outlives {
		all = append(all, core.Element{{wordOutlives}})
	}
	return all
}

// parse reads an element, and reports whether it is one of these.
func (t *timing) parse(e core.Element) (bool, error) {
	switch e[0][0] {
	case wordSettable:
		return true, t.parseSettable(e)
	case wordCrowd:
		return true, t.parseCrowd(e)
	case wordWakes:
		return true, t.parseWakes(e)
	case wordOutlives:
		t.outlives = true
		if len(e) > 1 || len(e[0]) > 1 {
			return true, fmt.Errorf("%s stands alone", wordOutlives)
		}
		return true, nil
	default:
		return false, nil
	}
}

func (t *timing) parseSettable(e core.Element) error {
	s := settable{}
	for i, word := range e {
		if i > 0 && word[0] == wordDo && i == len(e)-1 {
			act, err := parseAction(word[1:])
			if err != nil {
				return err
			}
			s.act = act
			break
		}
		delay, err := core.ParseDuration(word.Atom(1), maxDelay)
		if err != nil || len(word) != 2 || i > 0 && word[0] != wordAgain {
			return misread(err, "a timer that is set again is settable.DELAY,again.DELAY,...,do.ACTION.NUMBER")
		}
		s.delays = append(s.delays, delay)
	}
	if len(t.settables) == limitCrowds || len(s.delays) > limitTimers {
		return fmt.Errorf("a workload has at most %d timers that are set again, %d times", limitCrowds, limitTimers)
	}
	t.settables = append(t.settables, s)
	return nil
}

func (t *timing) parseCrowd(e core.Element) error {
	c := crowd{}
	var errs [4]error
	c.count, errs[0] = core.ParseNumber(e[0].Atom(1), limitTimers)
	c.delay, errs[1] = core.ParseDuration(e[0].Atom(2), maxDelay)
	c.spread, errs[2] = core.ParseDuration(e[0].Atom(3), time.Hour)
	if len(e) == 2 {
		c.stop, errs[3] = core.ParseNumber(e[1].Atom(1), limitTimers)
	}
	for _, err := range errs {
		if err != nil || len(e[0]) != 4 || len(e) > 2 || len(e) == 2 && (e[1][0] != wordStop || len(e[1]) != 2) {
			return misread(err, "many timers are crowd.COUNT.DELAY.SPREAD or crowd.COUNT.DELAY.SPREAD,stop.EVERY")
		}
	}
	if len(t.crowds) == limitCrowds {
		return fmt.Errorf("a workload has at most %d crowds", limitCrowds)
	}
	t.crowds = append(t.crowds, c)
	return nil
}

func (t *timing) parseWakes(e core.Element) error {
	w := wakes{}
	every, err := core.ParseDuration(e[0].Atom(1), time.Hour)
	if err == nil {
		w.every = every
		w.count, err = core.ParseNumber(e[0].Atom(2), limitWakes)
	}
	if err != nil || len(e[0]) != 3 || len(e) > 1 || len(t.wakes) == limitCrowds {
		return misread(err, "wakes for nothing are wakes.EVERY.COUNT, and a workload has at most %d of them", limitCrowds)
	}
	t.wakes = append(t.wakes, w)
	return nil
}

// Limits of timing that is read.
const (
	limitCrowds = 8
	limitWakes  = 1000
)

// long reports whether a run does not live to see a timer of w.
func (w *workload) long() bool {
	for _, t := range w.timers {
		if t.long() {
			return true
		}
	}
	return false
}

func (t timerPlan) long() bool { return t.delay > farDelay+time.Minute }

// lastTimer returns the longest delay of w.
func (w *workload) lastTimer() (last time.Duration) {
	for _, t := range w.timers {
		last = max(last, t.delay)
	}
	return last
}
