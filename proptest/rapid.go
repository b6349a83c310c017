package proptest

import (
	"testing"

	"pgregory.net/rapid"

	"reactortest/scheduler"
)

// TestReactorRapid judges a reactor like TestReactor, with rapid in the place
// of the search and of the shrinker: rapid draws every decision and every part
// of the workload. The flags of rapid apply, -rapid.checks among them. A
// failure prints the same screen, with a tape that TestReactor replays.
func TestReactorRapid(t *testing.T, subject NewReactor) {
	t.Helper()
	o := (&Options{Subject: t.Name()}).withDefaults()
	s := newSearch(t, subject, o)
	defer s.watchdog.Stop()
	defer s.exec.kernel.Stop()
	rapid.Check(t, func(rt *rapid.T) {
		draws := &rapidStrategy{t: rt}
		s.watchdog.Begin()
		out := s.exec.run(draws, draws, true)
		s.watchdog.End()
		switch {
		case draws.stopped != nil:
			panic(draws.stopped)
		case out.err != nil:
			rt.Fatal(out.err)
		case out.violation != nil:
			tape := s.tape(&out)
			rt.Fatal(s.describe(0, 0, tape, &out).Screen(replayCommand(t.Name(), tape.String())))
		}
	})
}

// rapidStrategy has rapid draw each decision. A draw may panic, when rapid
// tries an input that is too short: the run is then played out quietly and the
// panic passed on from rapid's own goroutine.
type rapidStrategy struct {
	t       *rapid.T
	stopped any
}

// rapidDraws are the generators, by the number of alternatives.
var rapidDraws = func() (g [scheduler.MaxAlternatives + 1]*rapid.Generator[int]) {
	for n := 2; n < len(g); n++ {
		g[n] = rapid.IntRange(0, n-1)
	}
	return g
}()

func (s *rapidStrategy) Begin(int) bool       { return true }
func (s *rapidStrategy) End(scheduler.Result) {}

func (s *rapidStrategy) Choose(c *scheduler.Choice) (got int) {
	if s.stopped != nil {
		return 0
	}
	defer func() {
		if p := recover(); p != nil {
			s.stopped, got = p, 0
		}
	}()
	return rapidDraws[c.N].Draw(s.t, c.Point.String())
}
