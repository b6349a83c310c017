package legal

import (
	"time"

	"reactortest/demux"
)

// bothWays registers every handle for both directions and edge-triggered, and
// keeps to itself who wants what: what nobody wants it drops. Whatever may hold
// when a watch is armed it has reported again.
type bothWays struct {
	*Loop
	unarmed backlog // level watches of which more may hold
}

// both is what is registered.
const both = demux.Readable | demux.Writable

// BothWays opens a loop that registers every handle for both directions,
// edge-triggered, as Go's netpoller does, and drops what nobody wants. Oneshot is
// its own affair.
func BothWays(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &bothWays{Loop: l}
	return l, nil
}

func (l *bothWays) register(w *Watch) error {
	return l.demux.Register(w.handle, w.token, both, demux.Edge)
}

func (l *bothWays) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.demux.Modify(w.handle, w.token, both, demux.Edge); err != nil {
		return err
	}
	w.want, w.mode, w.fired = want, mode, false
	return nil
}

func (l *bothWays) rearm(w *Watch) error { return l.modify(w, w.want, w.mode) }

func (l *bothWays) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	if err := l.unarmed.flush(l.rearm); err != nil {
		return n, err
	}
	if len(l.unarmed.watches) > 0 {
		limit = 0 // there was no room: try again
	}
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	for _, ev := range l.events[:got] {
		w := l.table.get(ev.Token)
		if w == nil || w.fired {
			continue
		}
		w.fired = w.mode&demux.Oneshot != 0 && ev.Ready&(w.want|demux.Hangup|demux.Failed) != 0
		called := l.deliver(w, ev.Ready)
		n += called
		if called > 0 && !w.closed && w.mode == demux.Level {
			l.unarmed.add(w)
		}
	}
	n += l.runClosing()
	return n, err
}
