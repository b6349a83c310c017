package legal

import (
	"errors"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// pollThread waits in a thread of its own, one Wait for each that the loop asks
// for. Meanwhile the loop waits in a demux of its own for the answer, as one
// does whose thread belongs to a foreign loop.
type pollThread struct {
	*Loop
	owner   owner
	started bool
	request signal
	answer  signal
	asked   time.Duration // of the Wait that was asked for
	got     int
	err     error
}

// signal passes the turn from one thread to another.
type signal struct {
	demux demux.Demux // nothing is registered
	set   atomic.Bool
}

func (s *signal) give() {
	s.set.Store(true)
	_ = s.demux.Wake() // closed: nobody waits
}

func (s *signal) take() error {
	var none [1]demux.Event
	for !s.set.Swap(false) {
		if _, err := s.demux.Wait(none[:], -1); err != nil {
			return err
		}
	}
	return nil
}

// PollThread opens a loop that has a thread of its own that waits and passes
// the batch on, as Electron does to live in a foreign loop.
func PollThread(h demux.Host) (*Loop, error) {
	l, err := newLoop(h)
	if err != nil {
		return nil, err
	}
	p := &pollThread{Loop: l}
	if p.request.demux, err = h.Open(); err != nil {
		return nil, errors.Join(err, l.demux.Close())
	}
	if p.answer.demux, err = h.Open(); err != nil {
		return nil, errors.Join(err, l.demux.Close(), p.request.demux.Close())
	}
	l.arch = p
	return l, nil
}

// poll is the thread that waits.
func (l *pollThread) poll() {
	for l.request.take() == nil {
		l.got, l.err = l.demux.Wait(l.events[:], l.asked)
		l.answer.give()
	}
}

func (l *pollThread) enter() error {
	if !l.owner.enter() {
		return demux.ErrClosed
	}
	if !l.started {
		l.started = true
		l.host.Go("poll", l.poll)
	}
	return nil
}

func (l *pollThread) leave() error {
	if l.owner.leave() {
		return l.release()
	}
	return nil
}

func (l *pollThread) close() error {
	if l.owner.close() {
		return l.release()
	}
	return ignoreClosed(l.demux.Wake())
}

func (l *pollThread) release() error {
	return errors.Join(l.demux.Close(), l.request.demux.Close(), l.answer.demux.Close())
}

func (l *pollThread) step(limit time.Duration) (n int, err error) {
	n = l.runTimers(l.host.Now())
	n += l.runPosted(all)
	got, err := l.wait(l.timeout(limit, l.host.Now()))
	n += l.dispatch(l.events[:got])
	n += l.runClosing()
	return n, err
}

// wait has the thread wait, if Run has started it.
func (l *pollThread) wait(timeout time.Duration) (int, error) {
	if !l.started {
		return l.demux.Wait(l.events[:], timeout)
	}
	l.asked = timeout
	l.host.Yield("wait")
	l.request.give()
	if err := l.answer.take(); err != nil {
		return 0, err
	}
	return l.got, l.err
}
