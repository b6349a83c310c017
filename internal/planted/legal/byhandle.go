package legal

import (
	"time"

	"reactortest/demux"
)

// byHandle looks its watches up by handle. The token has the handle and a
// generation, since the number may name another object by now.
type byHandle struct {
	*Loop
	watches map[demux.Handle]*Watch // never ranged over
	opened  uint32
}

// ByHandle opens a loop that looks watches up by handle, as asyncio does, with
// a generation in the token.
func ByHandle(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &byHandle{Loop: l, watches: make(map[demux.Handle]*Watch)}
	return l, nil
}

func (l *byHandle) register(w *Watch) error {
	l.opened++
	w.token = demux.Token(l.opened)<<32 | demux.Token(uint32(w.handle))
	if err := l.Loop.register(w); err != nil {
		return err
	}
	l.watches[w.handle] = w
	return nil
}

func (l *byHandle) deregister(w *Watch) error {
	delete(l.watches, w.handle)
	return l.Loop.deregister(w)
}

func (l *byHandle) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	for _, ev := range l.events[:got] {
		if w := l.watches[demux.Handle(uint32(ev.Token))]; w != nil && w.token == ev.Token {
			n += l.deliver(w, ev.Ready)
		}
	}
	n += l.runClosing()
	return n, err
}
