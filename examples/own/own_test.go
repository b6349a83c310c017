package own_test

import (
	"context"
	"testing"
	"time"

	"reactortest/demux"
	"reactortest/eventloop" // in the place of your own loop
	"reactortest/fuzz"
	"reactortest/proptest"
	"reactortest/realdemux"
)

// mine makes a proptest.Reactor of the loop. What has the right shape already
// comes with it: Post and Close, and RunOnce and RunWhileAlive, which are
// judged because they are there.
type mine struct{ *eventloop.Loop }

func newMine(tb testing.TB, h demux.Host) proptest.Reactor {
	l, err := eventloop.Open(h, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return mine{l}
}

func (m mine) Watch(h demux.Handle, want demux.Ready, mode demux.Mode, fn func(demux.Event)) (proptest.Watch, error) {
	r, err := m.Loop.Watch(h, want, mode, fn)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (m mine) AfterFunc(d time.Duration, fn func()) (stop func() bool) {
	return m.Loop.AfterFunc(d, fn).Stop
}

func (m mine) Run() error { return m.Loop.Run(context.Background()) }

// TestMine judges the loop on the simulated kernel, then on the real one.
func TestMine(t *testing.T) {
	(&proptest.Options{Host: realdemux.NewHost, HostRuns: 10}).TestReactor(t, newMine)
}

// FuzzMine lets go test -fuzz make up the tapes.
func FuzzMine(f *testing.F) {
	fuzz.Seed(f)
	f.Fuzz(fuzz.Target(newMine))
}
