package legal

import (
	"cmp"
	"math"
	"slices"
	"time"

	"reactortest/demux"
)

const spokes = 16

// CoarseGrain is the tick of a CoarseWheel.
const CoarseGrain = 10 * time.Millisecond

// wheel keeps its timers in buckets, by the tick in which they run. A timer is
// up to a tick late and never early. The timers of one tick run in the order of
// their own deadlines or, if the wheel is coarse, in the order of setting.
type wheel struct {
	*Loop
	grain   time.Duration // what deadlines are rounded up to
	buckets [spokes][]*timer
	serial  uint64
	count   int
}

// Wheel opens a loop that has a timer wheel, as Netty has: deadlines are
// rounded up to a tick of 1 ms. Within a tick the order is that of the
// deadlines.
func Wheel(h demux.Host) (*Loop, error) { return newWheel(h, time.Millisecond) }

// CoarseWheel opens a loop that has a timer wheel with a tick of CoarseGrain,
// 10 ms, which it declares. Within a tick timers run in the order in which
// they were set.
func CoarseWheel(h demux.Host) (*Loop, error) { return newWheel(h, CoarseGrain) }

func newWheel(h demux.Host, grain time.Duration) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &wheel{Loop: l, grain: grain}
	return l, nil
}

// tickOf returns when a timer that is due at runs: at the first tick that is
// not before it.
func (l *wheel) tickOf(at time.Duration) time.Duration {
	if part := at % l.grain; part > 0 && at <= math.MaxInt64-l.grain {
		return at - part + l.grain
	}
	return at
}

// bucket returns where a timer that is due at is kept.
func (l *wheel) bucket(at time.Duration) *[]*timer {
	return &l.buckets[l.tickOf(at)/l.grain%spokes]
}

func (l *wheel) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	l.serial++
	t := &timer{at: deadline(l.host.Now(), d), serial: l.serial, pending: true, fn: fn}
	bucket := l.bucket(t.at)
	*bucket = append(*bucket, t)
	l.count++
	return func() bool {
		if !t.pending {
			return false
		}
		l.drop(t)
		return true
	}
}

func (l *wheel) drop(t *timer) {
	t.pending = false
	l.count--
	bucket := l.bucket(t.at)
	*bucket = slices.DeleteFunc(*bucket, func(other *timer) bool { return other == t })
}

func (l *wheel) timersLeft() int { return l.count }

// runDue runs what the ticks up to now have, in order.
func (l *wheel) runDue() (n int) {
	now := l.host.Now()
	var due []*timer
	for _, bucket := range l.buckets {
		for _, t := range bucket {
			if l.tickOf(t.at) <= now {
				due = append(due, t)
			}
		}
	}
	slices.SortFunc(due, func(a, b *timer) int {
		if ticks := cmp.Compare(l.tickOf(a.at), l.tickOf(b.at)); ticks != 0 || l.grain == CoarseGrain {
			return cmp.Or(ticks, cmp.Compare(a.serial, b.serial))
		}
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.serial, b.serial))
	})
	for _, t := range due {
		if t.pending && !l.closed.Load() { // nobody has stopped it meanwhile
			l.drop(t)
			t.fn()
			n++
		}
	}
	return n
}

// untilNext returns how long a Wait may block: to the next tick that has a
// timer.
func (l *wheel) untilNext(limit time.Duration) time.Duration {
	now := l.host.Now()
	limit = l.timeout(limit, now)
	for _, bucket := range l.buckets {
		for _, t := range bucket {
			limit = sooner(limit, max(l.tickOf(t.at)-now, 0))
		}
	}
	return limit
}

func (l *wheel) step(limit time.Duration) (n int, err error) {
	n = l.runDue()
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.untilNext(limit))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
