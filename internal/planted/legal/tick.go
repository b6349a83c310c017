package legal

import (
	"time"

	"reactortest/demux"
)

// tick is the longest that a ticking loop waits at once.
const tick = 100 * time.Millisecond

// ticking never waits for long: it looks at the world ten times a second even
// if nobody wakes it.
type ticking struct{ *Loop }

// Tick opens a loop that wakes up every 100 milliseconds.
func Tick(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &ticking{l}
	return l, nil
}

func (l *ticking) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(sooner(limit, tick), l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
