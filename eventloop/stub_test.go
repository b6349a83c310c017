package eventloop_test

import (
	"sync"
	"sync/atomic"
	"time"

	"reactortest/demux"
)

// stub is a host with one demux whose batches are written by the test: for
// what a kernel cannot be made to do, and for measuring the loop alone. Time
// is virtual: a Wait that has no batch moves it.
type stub struct {
	demux.Host // nil: a call that the loop has no business to make crashes

	openErr     error
	registerErr error
	waitErr     error
	script      [][]demux.Event // what the next Waits return
	claim       int             // if not 0, what Wait says it returned
	opens       int
	closes      atomic.Int32
	wakes       atomic.Int32
	modifies    int
	timeouts    []time.Duration // that Wait was given

	now    time.Duration
	wake   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func newStub() *stub {
	return &stub{wake: make(chan struct{}, 1), closed: make(chan struct{})}
}

func (s *stub) Open() (demux.Demux, error) {
	s.opens++
	return stubDemux{s}, s.openErr
}
func (s *stub) Now() time.Duration { return s.now }
func (s *stub) Yield(string)       {}

type stubDemux struct{ s *stub }

func (d stubDemux) Register(_ demux.Handle, tok demux.Token, want demux.Ready, mode demux.Mode) error {
	if err := d.Traits().CheckRegistration(tok, want, mode); err != nil {
		return err
	}
	return d.s.registerErr
}

func (d stubDemux) Modify(demux.Handle, demux.Token, demux.Ready, demux.Mode) error {
	d.s.modifies++
	return d.s.registerErr
}

func (d stubDemux) Deregister(demux.Handle) error {
	select {
	case <-d.s.closed:
		return demux.ErrClosed
	default:
		return d.s.registerErr
	}
}

func (d stubDemux) Wait(dst []demux.Event, timeout time.Duration) (int, error) {
	s := d.s
	if len(s.timeouts) < cap(s.timeouts) {
		s.timeouts = append(s.timeouts, timeout)
	}
	if s.waitErr != nil {
		return 0, s.waitErr
	}
	if len(s.script) > 0 {
		n := copy(dst, s.script[0])
		s.script = s.script[1:]
		if s.claim != 0 {
			return s.claim, nil
		}
		return n, nil
	}
	select {
	case <-s.closed:
		return 0, demux.ErrClosed
	case <-s.wake:
		return 0, nil
	default:
	}
	if timeout >= 0 {
		s.now += timeout
		return 0, nil
	}
	select {
	case <-s.closed:
		return 0, demux.ErrClosed
	case <-s.wake:
		return 0, nil
	}
}

func (d stubDemux) Wake() error {
	select {
	case <-d.s.closed:
		return demux.ErrClosed
	default:
	}
	d.s.wakes.Add(1)
	select {
	case d.s.wake <- struct{}{}:
	default:
	}
	return nil
}

func (d stubDemux) Traits() demux.Traits {
	return demux.Traits{Name: "stub", Level: true, Edge: true, Oneshot: true, Merged: true}
}

func (d stubDemux) Close() error {
	d.s.closes.Add(1)
	d.s.once.Do(func() { close(d.s.closed) })
	return nil
}
