package legal

import (
	"time"

	"reactortest/demux"
)

// lazy tells the demux of new and changed interests right before it waits: a
// watch that changes three times in an iteration costs one call. What ends it
// tells at once.
type lazy struct {
	*Loop
	changed backlog
}

// LazyInterest opens a loop that only takes note in Watch and Modify. It tells
// the demux right before it waits, as libuv does with its watcher queue, and
// tries again what there was no room for.
func LazyInterest(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &lazy{Loop: l}
	return l, nil
}

func (l *lazy) register(w *Watch) error {
	l.changed.add(w)
	return nil
}

func (l *lazy) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	w.want, w.mode = want, mode
	l.changed.add(w)
	return nil
}

func (l *lazy) deregister(w *Watch) error {
	if !w.registered {
		return nil
	}
	return l.demux.Deregister(w.handle)
}

func (l *lazy) apply(w *Watch) error {
	if w.registered {
		return l.demux.Modify(w.handle, w.token, w.want, w.mode)
	}
	err := l.demux.Register(w.handle, w.token, w.want, w.mode)
	w.registered = err == nil
	return err
}

func (l *lazy) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	if err := l.changed.flush(l.apply); err != nil {
		return n, err
	}
	if len(l.changed.watches) > 0 {
		limit = 0 // there was no room: try again
	}
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
