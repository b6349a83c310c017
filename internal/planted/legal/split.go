package legal

import (
	"time"

	"reactortest/demux"
)

// split calls a handler once for each direction, the writing one first, and
// goes through a batch from its end: no rule orders handles, or directions
// against each other. Closed watches are told of at the start of the next
// iteration.
type split struct{ *Loop }

// Split opens a loop that calls a handler once for each direction, the writing
// one first, takes a batch from its end, and tells of closed watches at the
// start of the next iteration.
func Split(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &split{l}
	return l, nil
}

func (l *split) step(limit time.Duration) (n int, err error) {
	n = l.runClosing()
	n += l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	for i := got - 1; i >= 0; i-- {
		ev := l.events[i]
		w := l.table.get(ev.Token)
		if w == nil {
			continue
		}
		// A hang-up goes with the data, or with what else there is.
		rest := ev.Ready &^ demux.Writable
		if ev.Ready&w.want&demux.Writable == 0 {
			n += l.deliver(w, rest)
			continue
		}
		n += l.deliver(w, demux.Writable)
		if rest&demux.Readable != 0 {
			n += l.deliver(w, rest)
		}
	}
	return n, err
}
