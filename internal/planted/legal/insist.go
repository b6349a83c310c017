package legal

import (
	"time"

	"reactortest/demux"
)

// insist does not take a Wait that returned nothing for a reason to look at
// everything: unless there is work it goes back to sleep for what is left of
// the time.
type insist struct{ *Loop }

// Insist opens a loop that goes back to sleep when a Wait has returned nothing
// and there is no work, and runs its timers last in an iteration.
func Insist(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &insist{l}
	return l, nil
}

func (l *insist) step(limit time.Duration) (n int, err error) {
	n = l.runPosted(all)
	got, err := l.wait(l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	n += l.runTimers(l.host.Now())
	return n, err
}

func (l *insist) wait(timeout time.Duration) (got int, err error) {
	end := deadline(l.host.Now(), timeout)
	for left := timeout; ; left = end - l.host.Now() {
		if timeout < 0 {
			left = -1
		}
		got, err = l.demux.Wait(l.events[:], left)
		if got > 0 || err != nil || l.posted.len() > 0 || timeout >= 0 && l.host.Now() >= end {
			return got, err
		}
	}
}
