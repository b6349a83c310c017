package legal

import (
	"time"

	"reactortest/demux"
)

// refills is how often oneSlot waits in an iteration.
const refills = 4

// oneSlot has room for one event. A batch that was full it follows up with a
// poll, a few times, before it looks at timers and posted functions again.
type oneSlot struct{ *Loop }

// OneSlot opens a loop that takes one event from the demux at a time and
// follows a full batch up with a poll, up to four an iteration, as libuv does.
func OneSlot(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &oneSlot{l}
	return l, nil
}

func (l *oneSlot) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	timeout := l.timeout(limit, l.host.Now())
	for range refills {
		var got int
		got, err = l.demux.Wait(l.events[:1], timeout)
		n += l.dispatch(l.events[:got])
		if got == 0 || err != nil {
			break
		}
		timeout = 0
	}
	n += l.runClosing()
	return n, err
}
