package legal

import (
	"time"

	"reactortest/demux"
)

// The plain way of everything: what an architecture does not replace.

func (l *Loop) register(w *Watch) error {
	return l.demux.Register(w.handle, w.token, w.want, w.mode)
}

func (l *Loop) modify(w *Watch, want demux.Ready, mode demux.Mode) error {
	if err := l.demux.Modify(w.handle, w.token, want, mode); err != nil {
		return err
	}
	w.want, w.mode = want, mode
	return nil
}

func (l *Loop) deregister(w *Watch) error { return l.demux.Deregister(w.handle) }

func (l *Loop) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	t := l.timers.add(deadline(l.host.Now(), d), fn)
	return func() bool { return l.timers.stop(t) }
}

func (l *Loop) timersLeft() int { return len(l.timers.list) }

// post wakes the loop for every function: the demux coalesces.
func (l *Loop) post(fn func()) error {
	if err := l.push(fn); err != nil {
		return err
	}
	return ignoreClosed(l.demux.Wake())
}

// push queues fn.
func (l *Loop) push(fn func()) error {
	l.host.Yield("post")
	if l.closed.Load() {
		return demux.ErrClosed
	}
	l.posted.push(fn)
	l.host.Yield("post-queued")
	return nil
}

func (l *Loop) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}

func (l *Loop) enter() error { return nil }

func (l *Loop) leave() error { return nil }

func (l *Loop) close() error { return l.demux.Close() }

// runTimers runs the timers that were due at now when it began.
func (l *Loop) runTimers(now time.Duration) (n int) {
	for last := l.timers.serial; !l.closed.Load(); n++ {
		t := l.timers.due(now, last)
		if t == nil {
			break
		}
		t.fn()
	}
	return n
}

// runPosted runs what is posted, most functions at the most.
func (l *Loop) runPosted(most int) (n int) {
	for _, fn := range l.posted.take(most) {
		if !l.closed.Load() {
			fn()
			n++
		}
	}
	return n
}

// dispatch calls the handlers of a batch.
func (l *Loop) dispatch(batch []demux.Event) (n int) {
	for _, ev := range batch {
		if w := l.table.get(ev.Token); w != nil {
			n += l.deliver(w, ev.Ready)
		}
	}
	return n
}

// deliver calls the handler of w if something of ready is still wanted, and
// returns how many functions it called.
func (l *Loop) deliver(w *Watch, ready demux.Ready) int {
	ready &= w.want | demux.Hangup | demux.Failed
	if w.closed || ready == 0 || l.closed.Load() {
		return 0
	}
	w.fn(demux.Event{Token: w.token, Ready: ready})
	return 1
}

func (l *Loop) runClosing() (n int) {
	closing := l.closing
	l.closing = nil
	for _, w := range closing {
		if w.onClose != nil {
			w.onClose()
			n++
		}
	}
	return n
}

// timeout returns how long a Wait at now may block.
func (l *Loop) timeout(limit, now time.Duration) time.Duration {
	if len(l.closing) > 0 || l.ends && !l.alive() {
		return 0
	}
	if at, set := l.timers.next(); set {
		return sooner(limit, max(at-now, 0))
	}
	return limit
}
