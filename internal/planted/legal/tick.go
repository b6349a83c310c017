package legal

import (
	"time"

	"reactortest/demux"
)

// ticking never waits for long: it looks at the world several times a second
// even if nobody wakes it.
type ticking struct {
	*Loop
	tick time.Duration // the longest that it waits at once
}

// Tick opens a loop that never waits for more than 100 ms at once, as Redis
// does for its periodic job.
func Tick(h demux.Host) (*Loop, error) { return newTicking(h, 100*time.Millisecond) }

// SlowTick opens a loop that never waits for more than half a second at once:
// it wakes at 2 Hz.
func SlowTick(h demux.Host) (*Loop, error) { return newTicking(h, 500*time.Millisecond) }

func newTicking(h demux.Host, tick time.Duration) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &ticking{l, tick}
	return l, nil
}

func (l *ticking) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(sooner(limit, l.tick), l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
