package legal

import (
	"time"

	"reactortest/demux"
)

// underHood asks the demux for another mode than the caller asked for, and
// arms a level watch again after its handler has returned.
type underHood struct {
	*Loop
	level   demux.Mode // what a level watch is registered as
	unarmed backlog    // level watches that are to be armed again
}

// EdgeInside opens a loop that registers everything edge-triggered, as the
// pollers of Go and Tokio do, and arms a level watch again after its handler.
func EdgeInside(h demux.Host) (*Loop, error) { return openUnderHood(h, demux.Edge) }

// OneshotInside opens a loop that makes of a level watch a oneshot
// registration that is armed again after its handler, as loops do that several
// threads wait in.
func OneshotInside(h demux.Host) (*Loop, error) { return openUnderHood(h, demux.Oneshot) }

func openUnderHood(h demux.Host, level demux.Mode) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	l.arch = &underHood{Loop: l, level: level}
	return l, nil
}

// real returns the mode to register for one that was asked for.
func (l *underHood) real(mode demux.Mode) demux.Mode {
	if mode == demux.Level {
		return l.level
	}
	if l.level == demux.Edge {
		return mode | demux.Edge
	}
	return mode
}

func (l *underHood) register(w *Watch) error {
	return l.demux.Register(w.handle, w.token, w.want, l.real(w.mode))
}

func (l *underHood) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.demux.Modify(w.handle, w.token, want, l.real(mode)); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return nil
}

func (l *underHood) rearm(w *Watch) error { return l.modify(w, w.want, w.mode) }

func (l *underHood) step(limit time.Duration) (n int, err error) {
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
		if w == nil {
			continue
		}
		n += l.deliver(w, ev.Ready)
		if !w.closed && w.mode == demux.Level {
			l.unarmed.add(w)
		}
	}
	n += l.runClosing()
	return n, err
}
