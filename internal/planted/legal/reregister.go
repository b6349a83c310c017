package legal

import (
	"time"

	"reactortest/demux"
)

// reregister never modifies a registration: it ends it and makes a new one,
// and one that wants nothing it does not make. It tells handlers of the two
// directions and of nothing else. That is how a loop goes about select and
// poll, which know no modification and have no hang-up.
type reregister struct{ *Loop }

// Reregister opens a loop that deregisters and registers in place of Modify,
// and does not register what wants nothing. So do loops over select and poll,
// which have no hang-up to tell of either.
func Reregister(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &reregister{l}
	return l, nil
}

func (l *reregister) register(w *Watch) error {
	if w.want == 0 {
		return nil
	}
	err := l.Loop.register(w)
	w.registered = err == nil
	return err
}

// modify cannot go back once the old registration is gone: if the new one is
// refused the watch is silent, and the caller knows.
func (l *reregister) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.deregister(w); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return l.register(w)
}

func (l *reregister) deregister(w *Watch) error {
	if !w.registered {
		return nil
	}
	w.registered = false
	return l.Loop.deregister(w)
}

func (l *reregister) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	for _, ev := range l.events[:got] {
		if w := l.table.get(ev.Token); w != nil {
			n += l.deliver(w, ev.Ready&(demux.Readable|demux.Writable)) // a caller reads to know more
		}
	}
	n += l.runClosing()
	return n, err
}
