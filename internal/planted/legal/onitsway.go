package legal

import (
	"time"

	"reactortest/demux"
)

// onItsWay queues the functions of the timers that are due like posted ones.
// From then on stop reports false, although the function has not run yet: it is
// on its way, as with Go's time.AfterFunc.
type onItsWay struct {
	*Loop
	left int // set, and neither run nor stopped
}

// OnItsWay opens a loop that cannot stop a timer that is due and has not run
// yet: stop reports false, and the timer runs. It is on its way, as with Go's
// time.AfterFunc.
func OnItsWay(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &onItsWay{Loop: l}
	return l, nil
}

func (l *onItsWay) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	t := l.timers.add(deadline(l.host.Now(), d), func() {
		l.left--
		fn()
	})
	l.left++
	return func() bool {
		stopped := l.timers.stop(t)
		if stopped {
			l.left--
		}
		return stopped
	}
}

func (l *onItsWay) timersLeft() int { return l.left }

func (l *onItsWay) step(limit time.Duration) (n int, err error) {
	now := l.host.Now()
	for t := l.timers.due(now, l.timers.serial); t != nil; t = l.timers.due(now, l.timers.serial) {
		l.posted.push(t.fn)
	}
	n = l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
