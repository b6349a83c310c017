package legal

import (
	"time"

	"reactortest/demux"
)

// pollFirst waits before it does anything else, and reads the clock once an
// iteration, when the wait is over: what is due is what was due then.
type pollFirst struct {
	*Loop
	now time.Duration
}

// PollFirst opens a loop that polls, dispatches, and then runs timers, posted
// functions and close callbacks. It reads the clock once an iteration, as
// libuv does: timers compare with a time that stands still.
func PollFirst(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &pollFirst{Loop: l}
	return l, nil
}

func (l *pollFirst) enter() error {
	l.now = l.host.Now()
	return nil
}

func (l *pollFirst) step(limit time.Duration) (n int, err error) {
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.now))
	l.now = l.host.Now()
	n = l.dispatch(l.events[:got])
	n += l.runTimers(l.now)
	n += l.runPosted(all)
	n += l.runClosing()
	return n, err
}
