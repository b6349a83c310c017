package legal

import (
	"time"

	"reactortest/demux"
)

// spin polls a few times when it has run out of work, in the hope of more,
// before it pays for a sleep.
type spin struct {
	*Loop
	spins int
	most  int // how often in a row it polls before it blocks
}

// AdaptiveSpin opens a loop that polls three times when it has run out of work
// before it blocks, as loops built for latency do.
func AdaptiveSpin(h demux.Host) (*Loop, error) { return newSpin(h, 3) }

// LongSpin opens a loop that polls 16 times when it has run out of work before
// it blocks.
func LongSpin(h demux.Host) (*Loop, error) { return newSpin(h, 16) }

func newSpin(h demux.Host, most int) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &spin{Loop: l, most: most}
	return l, nil
}

func (l *spin) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	timeout := l.timeout(limit, l.host.Now())
	if l.spins < l.most {
		timeout = 0
	}
	got, err := l.demux.Wait(l.events[:], timeout)
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	if l.spins++; n > 0 {
		l.spins = 0
	}
	return n, err
}
