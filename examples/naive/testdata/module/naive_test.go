package naive

import (
	"testing"

	"reactortest/demux"
	"reactortest/proptest"
)

// subject adapts a Loop: Watch returns an interface, the rest fits as it is.
type subject struct{ *Loop }

func (s subject) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	w, err := s.Loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return w, nil
}

func TestLoop(t *testing.T) {
	proptest.TestReactor(t, func(t testing.TB, h demux.Host) proptest.Reactor {
		l, err := Open(h)
		if err != nil {
			t.Fatal(err)
		}
		return subject{l}
	})
}
