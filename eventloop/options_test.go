package eventloop_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop"
	"reactortest/fakedemux"
)

// spinning is a demux that spins, on a host with threads.
type spinning struct {
	*stub
	spin  time.Duration
	locks []string
}

func (s *spinning) Open() (demux.Demux, error) { return spinningDemux{stubDemux{s.stub}, s}, nil }

func (s *spinning) LockOSThread() (unlock func()) {
	s.locks = append(s.locks, "lock")
	return func() { s.locks = append(s.locks, "unlock") }
}

type spinningDemux struct {
	stubDemux
	s *spinning
}

func (d spinningDemux) SetSpin(spin time.Duration) { d.s.spin = spin }

func TestSpin(t *testing.T) {
	s := &spinning{stub: newStub()}
	open(t, s, &eventloop.Options{Spin: eventloop.MaxSpin})
	if s.spin != eventloop.MaxSpin {
		t.Errorf("the demux spins for %v, want %v", s.spin, eventloop.MaxSpin)
	}
	for _, spin := range []time.Duration{-1, eventloop.MaxSpin + 1} {
		mustPanic(t, "Spin", func() { _, _ = eventloop.Open(newStub(), &eventloop.Options{Spin: spin}) })
	}
}

// TestOptionsThatAHostDoesNotOffer opens loops on simulated kernels, which have neither
// time to spin nor threads to lock.
func TestOptionsThatAHostDoesNotOffer(t *testing.T) {
	for name, o := range map[string]eventloop.Options{"Spin": {Spin: 1}, "LockOSThread": {LockOSThread: true}} {
		inKernel(t, func(k *fakedemux.Kernel) {
			_, err := eventloop.Open(k, &o)
			if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), name) {
				t.Errorf("%s: got %v, want an unsupported option with that name", name, err)
			}
		})
	}
	s := newStub()
	if _, err := eventloop.Open(s, &eventloop.Options{Spin: 1}); err == nil || s.closes.Load() != 1 {
		t.Errorf("got %v and %d closes of the demux, want an error and 1", err, s.closes.Load())
	}
}

func TestLockOSThread(t *testing.T) {
	s := &spinning{stub: newStub()}
	l := open(t, s, &eventloop.Options{LockOSThread: true})
	must(t, l.Post(func() { s.locks = append(s.locks, "posted") }))
	must(t, l.RunWhileAlive())
	must(t, l.Post(func() { _ = l.Close() }))
	must(t, l.Run(context.Background()))
	if got := strings.Join(s.locks, " "); got != "lock posted unlock lock unlock" {
		t.Errorf("got %q", got)
	}
}
