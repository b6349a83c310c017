package legal

import (
	"time"

	"reactortest/demux"
)

// maxSpins is how often in a row spin polls before it blocks.
const maxSpins = 3

// spin polls a few times when it has run out of work, in the hope of more,
// before it pays for a sleep.
type spin struct {
	*Loop
	spins int
}

// AdaptiveSpin opens a loop that polls before it blocks.
func AdaptiveSpin(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &spin{Loop: l}
	return l, nil
}

func (l *spin) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	timeout := l.timeout(limit, l.host.Now())
	if l.spins < maxSpins {
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
