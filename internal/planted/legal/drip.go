package legal

import (
	"time"

	"reactortest/demux"
)

// posts is how many posted functions drip runs in an iteration.
const posts = 2

// drip bounds the posted functions of an iteration: the rest keeps its place,
// and the loop wakes itself for it.
type drip struct{ *Loop }

// PostedLimit opens a loop that runs two posted functions an iteration and
// wakes itself for the rest, as loops with a budget for tasks do (Netty,
// Chromium).
func PostedLimit(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &drip{l}
	return l, nil
}

func (l *drip) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(posts)
	if l.posted.len() > 0 {
		if err := l.demux.Wake(); err != nil {
			return n + l.runClosing(), err
		}
	}
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
