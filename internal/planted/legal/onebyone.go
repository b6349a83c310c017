package legal

import (
	"time"

	"reactortest/demux"
)

// oneByOne puts what is reported into a queue of its own and dispatches one
// event an iteration. It polls while there is something in the queue, so that
// timers and posted functions never wait for a whole batch.
type oneByOne struct {
	*Loop
	ready []*Watch // in the order they were first reported
}

// OneByOne opens a loop that keeps a queue of ready watches, dispatches one of
// them an iteration and polls in between: a design for fairness.
func OneByOne(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &oneByOne{Loop: l}
	return l, nil
}

// modify drops what is queued: the demux reports it anew if it holds.
func (l *oneByOne) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.Loop.modify(w, want, mode); err != nil {
		return err
	}
	w.queued = 0
	return nil
}

// collect queues a batch; what a watch has in the queue already is merged.
func (l *oneByOne) collect(batch []demux.Event) {
	for _, ev := range batch {
		w := l.table.get(ev.Token)
		if w == nil {
			continue
		}
		if !w.dirty {
			w.dirty = true
			l.ready = append(l.ready, w)
		}
		w.queued |= ev.Ready
	}
}

// serve dispatches the first watch in the queue that has something to be
// dispatched.
func (l *oneByOne) serve() int {
	for len(l.ready) > 0 {
		w := l.ready[0]
		l.ready = l.ready[1:]
		ready := w.queued
		w.queued, w.dirty = 0, false
		if l.deliver(w, ready) > 0 {
			return 1
		}
	}
	return 0
}

func (l *oneByOne) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	if len(l.ready) > 0 {
		limit = 0
	}
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	l.collect(l.events[:got])
	n += l.serve()
	n += l.runClosing()
	return n, err
}
