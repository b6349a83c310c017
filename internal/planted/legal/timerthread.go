package legal

import (
	"errors"
	"sync"
	"time"

	"reactortest/demux"
)

// timerThread leaves its timers to a thread of their own, which sleeps in a
// demux of its own and posts the functions of those that are due. Whether one
// is still to run is decided when the loop comes to it.
type timerThread struct {
	*Loop
	alarm demux.Demux // nothing is registered: it sleeps, and is woken
	mu    sync.Mutex
	due   timerList // guarded by mu: not posted yet
	left  int       // set, and neither run nor stopped
}

// TimerThread opens a loop that has a thread of its own that sleeps for the
// timers and posts the ones that are due, as Go's time.AfterFunc does in front
// of a loop.
func TimerThread(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	t := &timerThread{Loop: l}
	if t.alarm, err = h.Open(); err != nil {
		return nil, errors.Join(err, l.demux.Close())
	}
	l.arch = t
	h.Go("timers", t.sleep)
	return l, nil
}

// sleep is the timers' thread.
func (l *timerThread) sleep() {
	var none [1]demux.Event
	for {
		_, err := l.alarm.Wait(none[:], l.untilNext())
		if err != nil {
			return
		}
		l.postDue()
	}
}

func (l *timerThread) untilNext() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, set := l.due.next(); set {
		return max(at-l.host.Now(), 0)
	}
	return -1
}

// postDue posts what is due, in the order of the deadlines.
func (l *timerThread) postDue() {
	for {
		l.mu.Lock()
		t := l.due.due(l.host.Now(), l.due.serial)
		if t != nil {
			t.pending = true
			l.posted.push(func() { l.fire(t) })
		}
		l.mu.Unlock()
		if t == nil {
			return
		}
		_ = l.demux.Wake() // closed: there is nobody to run it
	}
}

// fire runs in the loop.
func (l *timerThread) fire(t *timer) {
	if l.end(t) {
		t.fn()
	}
}

// end reports whether t was to run, and sees to it that it does not any more.
func (l *timerThread) end(t *timer) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.pending {
		return false
	}
	l.left--
	return l.due.stop(t)
}

func (l *timerThread) afterFunc(d time.Duration, fn func()) (stop func() bool) {
	l.mu.Lock()
	t := l.due.add(deadline(l.host.Now(), d), fn)
	l.left++
	l.mu.Unlock()
	_ = l.alarm.Wake() // closed: it is too late for timers
	return func() bool {
		defer func() { _ = l.alarm.Wake() }() // it need not sleep for this one
		return l.end(t)
	}
}

func (l *timerThread) timersLeft() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left
}

func (l *timerThread) close() error {
	return errors.Join(l.demux.Close(), l.alarm.Close())
}

func (l *timerThread) step(limit time.Duration) (n int, err error) {
	n = l.runPosted(all)
	l.host.Yield("wait")
	got, err := l.demux.Wait(l.events[:], l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}
