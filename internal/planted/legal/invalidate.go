package legal

import (
	"time"

	"reactortest/demux"
)

// invalidate has no generations: its tokens are slots. The close of a watch
// strikes its events from the batch that is being dispatched instead.
type invalidate struct {
	*Loop
	batch []demux.Event // that is being dispatched
}

// Invalidate opens a loop that has no generations: when a watch is closed, its
// events are struck from the batch, as in libuv.
func Invalidate(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &invalidate{Loop: l}
	return l, nil
}

func (l *invalidate) register(w *Watch) error {
	w.token = demux.Token(w.slot)
	return l.Loop.register(w)
}

func (l *invalidate) deregister(w *Watch) error {
	for i := range l.batch {
		if l.batch[i].Token == w.token {
			l.batch[i].Token = demux.NoToken
		}
	}
	return l.Loop.deregister(w)
}

func (l *invalidate) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	l.batch = l.events[:got]
	for i := range l.batch {
		if ev := l.batch[i]; ev.Token != demux.NoToken {
			n += l.deliver(l.table.slots[ev.Token], ev.Ready)
		}
	}
	l.batch = nil
	n += l.runClosing()
	return n, err
}
