package demuxsuite

import (
	"errors"
	"testing"

	"reactortest/demux"
	"reactortest/fakedemux"
	"reactortest/proptest/internal/core"
	"reactortest/scheduler"
)

// TestHostOfACaseHasAllCalls makes the calls beyond demux.Host through both hosts that a
// case has around its own, while signals interrupt them. Each call has its line.
func TestHostOfACaseHasAllCalls(t *testing.T) {
	k := fakedemux.New(&fakedemux.Options{Plan: &fakedemux.Plan{Mode: fakedemux.POSIX, Faults: fakedemux.MaxFaults}})
	strategy := scheduler.NewRandom(1)
	strategy.Begin(0)
	k.Reset(strategy)
	c := &core.Case{Host: k, Kernel: k}
	h := steadyHost{core.All{Host: &watchedHost{Host: k, c: c}}}
	err := k.Run(func() {
		c.Note(core.Entry{}) // Last of a history without lines is that of one with one
		for range 20 {
			before := c.Last()
			k.Faults(false)
			a, b, err := h.Pair()
			l, err2 := h.ListenUnix("/tmp/s", 1)
			x, err3 := h.ConnectUnix("/tmp/s")
			d, at, err4 := h.Datagram("127.0.0.1:0")
			s, _, err5 := h.ListenShared("127.0.0.1:0", 1)
			all := []error{err, err2, err3, err4, err5, h.SetNoDelay(s, true), h.SetReset(s), h.RemoveUnix("/tmp/s")}
			k.Faults(true)
			_, err = h.WriteVector(a, [][]byte{[]byte("a"), []byte("b")})
			_, err2 = h.SendTo(d, []byte("x"), at)
			_, _, err3 = h.ReceiveFrom(d, make([]byte, 1))
			k.Faults(false)
			if errors.Is(err, demux.ErrAgain) {
				err = nil // invented
			}
			for _, handle := range []demux.Handle{a, b, l, x, d, s} {
				all = append(all, h.Close(handle))
			}
			if err := errors.Join(append(all, err, err2, err3)...); err != nil {
				t.Error(err)
			}
			if lines := c.Last() - before; lines < 17 {
				t.Errorf("%d lines for 17 calls", lines)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
	interrupts := 0
	for _, d := range k.Recorder().Decisions() {
		if d.Point == fakedemux.PointSignal && d.Got != 0 {
			interrupts++
		}
	}
	if interrupts == 0 {
		t.Error("no call was interrupted")
	}
}
